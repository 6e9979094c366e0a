"""Categories, to be managed with a key that has `categories:manage`."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request

from pingpilot_app.api import schemas
from pingpilot_app.api.auth import address_of
from pingpilot_app.api.body import read_body
from pingpilot_app.api.query import caller
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import Scope
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.category import parse_color, parse_emoji, parse_name
from pingpilot_app.domain.errors import Invalid, Problem
from pingpilot_app.domain.event import parse_json
from pingpilot_app.storage import categories, looks
from pingpilot_app.storage.api_keys import KeyEntry

M = TypeVar("M", bound=BaseModel)


def category_routes(instance: Instance) -> APIRouter:
    """Return the routes that manage the categories of `instance`."""
    router = APIRouter(prefix="/api/v1/categories", tags=["Categories"])
    Manager = Annotated[KeyEntry, Depends(caller(instance, Scope.CATEGORIES_MANAGE))]  # noqa: N806  # a type

    @router.get("", summary="All categories")
    async def list_all(key: Manager) -> schemas.CategoryList:
        found = await instance.database.read(categories.list_categories, key.account_id)
        return schemas.CategoryList(categories=[schemas.Category.of(view) for view in found])

    @router.post(
        "",
        status_code=201,
        summary="Add a category",
        openapi_extra=schemas.takes(schemas.CategoryInput),
    )
    async def add(key: Manager, request: Request) -> schemas.Category:
        wanted = parse_json(await read_body(request), schemas.CategoryInput)
        name, color = parse_name(wanted.name), parse_color(wanted.color)
        emoji = parse_emoji(wanted.emoji)
        now = datetime.now(UTC)
        what = key.act(Action.CATEGORY_CREATED, name, address_of(instance, request))
        await instance.writer.act(
            what, categories.add_category, key.account_id, name, color, emoji, now
        )
        return await _found(instance, key.account_id, name)

    @router.patch(
        "/{name}", summary="Change a category", openapi_extra=schemas.takes(schemas.CategoryChange)
    )
    async def change(key: Manager, name: str, request: Request) -> schemas.Category:
        changes = _changes(parse_json(await read_body(request), schemas.CategoryChange))
        old, new = name.lower(), changes.get("name", name.lower())
        what = key.act(Action.CATEGORY_CHANGED, old, address_of(instance, request))
        await instance.writer.change(
            what,
            looks.at_category(key.account_id, old, new),
            categories.change_category,
            key.account_id,
            old,
            changes,
            datetime.now(UTC),
        )
        return await _found(instance, key.account_id, new)

    @router.delete("/{name}", summary="Delete a category and its events")
    async def delete(key: Manager, name: str, request: Request) -> schemas.Deleted:
        what = key.act(Action.CATEGORY_DELETED, name.lower(), address_of(instance, request))
        gone = await instance.writer.act(
            what, categories.delete_category, key.account_id, name.lower()
        )
        return schemas.Deleted(
            message=f"Deleted {name.lower()} and {gone} of its events", events_deleted=gone
        )

    return router


async def _found(instance: Instance, account_id: str, name: str) -> schemas.Category:
    view = await instance.database.read(categories.find_category, account_id, name)
    return schemas.Category.of(view)


def _changes(wanted: schemas.CategoryChange) -> dict[str, Any]:
    parsers = {"name": parse_name, "color": parse_color, "emoji": parse_emoji}
    given = wanted.model_dump(exclude_unset=True)
    if not given:
        sentence = "Name at least one of name, color and emoji to change"
        raise Invalid(sentence, (Problem("", sentence),))
    return {name: parsers[name](value) for name, value in given.items()}

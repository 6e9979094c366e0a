"""Categories: what kinds of events there are."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.category import (
    DEFAULT_EMOJI,
    color_hex,
    parse_color,
    parse_emoji,
    parse_name,
)
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.storage.categories import (
    CategoryView,
    add_category,
    add_quick_start,
    delete_category,
    list_categories,
)
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.components.category_form import category_form
from pingpilot_app.ui.components.confirm import confirm
from pingpilot_app.ui.components.event_row import category_name, skeleton_rows
from pingpilot_app.ui.components.html import icon, link, moment
from pingpilot_app.ui.entered import entered, errors_of, now
from pingpilot_app.ui.live import Live, shared
from pingpilot_app.ui.session import to_sign_in
from pingpilot_app.ui.template import empty, inside


@dataclass(frozen=True)
class CategoryRow:
    """A category in the list; times are ISO 8601, `last_ping` empty where nothing came yet."""

    name: str
    emoji: str
    color: str
    events: str
    events_count: int
    fields: int
    last_ping: str
    created: str


class CategoriesState(Live, rx.State):
    """The account's categories. `doomed`: the one that the dialog asks about."""

    rows: list[CategoryRow] = []
    errors: dict[str, str] = {}
    adding: bool = False
    doomed: str = ""
    doomed_text: str = ""

    def _begin(self) -> None:
        self.doomed = ""

    async def _load(self, session: SessionView) -> None:
        self.rows = await _rows(session.account_id)

    @rx.event
    async def show_form(self, shown: bool) -> Any:
        """Open or close the form."""
        if await self._session() is None:
            return to_sign_in()
        self.adding, self.errors = shown is True, {}
        return None

    @rx.event
    async def create(self, form: dict[str, Any]) -> Any:
        """Add a category."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        try:
            await _create(session.account_id, form)
        except PingPilotError as refusal:
            self.errors = errors_of(refusal, "name")
            return None
        self.adding, self.errors = False, {}
        await self._show()
        return None

    @rx.event
    async def quick_start(self) -> Any:
        """Add bug, sale and question."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        account_id = session.account_id
        try:
            await current().writer.run(account_id, add_quick_start, account_id, now())
        except PingPilotError as refusal:
            return rx.toast.error(refusal.message)
        await self._show()
        return None

    @rx.event
    async def ask(self, name: str) -> Any:
        """Ask before a category is deleted."""
        if await self._session() is None:
            return to_sign_in()
        for row in self.rows:
            if row.name == name:
                self.doomed, self.doomed_text = row.name, _what_goes(row)
        return None

    @rx.event
    async def keep(self) -> Any:
        """Close the dialog and delete nothing."""
        if await self._session() is None:
            return to_sign_in()
        self.doomed = ""
        return None

    @rx.event
    async def delete(self) -> Any:
        """Delete the category that was asked about, with its events."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        name, self.doomed = self.doomed, ""
        if name:
            return await _delete(session.account_id, name)
        return None


async def _rows(account_id: str) -> list[CategoryRow]:
    async def load() -> list[CategoryRow]:
        found = await current().database.read(list_categories, account_id)
        return [_row(category) for category in found]

    return await shared(account_id, "categories", load)


def _row(category: CategoryView) -> CategoryRow:
    return CategoryRow(
        name=category.name,
        emoji=category.emoji or DEFAULT_EMOJI,
        color=color_hex(category.color),
        events=f"{category.events_count:,}",
        events_count=category.events_count,
        fields=category.unique_field_count,
        last_ping=iso_milliseconds(category.last_ping) if category.last_ping else "",
        created=iso_milliseconds(category.created_at),
    )


async def _create(account_id: str, form: object) -> None:
    name = parse_name(entered(form, "name"))
    color = parse_color(entered(form, "color"))
    emoji = parse_emoji(entered(form, "emoji"))
    await current().writer.run(account_id, add_category, account_id, name, color, emoji, now())


async def _delete(account_id: str, name: str) -> Any:
    try:
        gone = await current().writer.run(account_id, delete_category, account_id, name)
    except PingPilotError as refusal:
        return rx.toast.error(refusal.message)
    return rx.toast.success(f"Deleted {name} and {_count(gone)}.")


def _count(events: int) -> str:
    return f"{events:,} event{'' if events == 1 else 's'}"


def _what_goes(row: CategoryRow) -> str:
    if row.events_count == 0:
        return "It has no events. Integrations that use it will get 404 from then on."
    return (
        f"{_count(row.events_count)} and their delivery logs go with it. This cannot be undone. "
        "Integrations that use it will get 404 from then on."
    )


def categories_page() -> rx.Component:
    """Lay out the list, the form and the dialog."""
    state = CategoriesState
    return inside(
        "/categories",
        "Categories",
        "The kinds of things that happen. Each has its own colour and emoji wherever it arrives.",
        rx.cond(
            state.ready,
            rx.fragment(
                rx.cond(
                    state.adding,
                    category_form(state.errors, state.create, state.show_form(False)),
                ),
                rx.cond(state.rows, _list(), rx.cond(state.adding, rx.fragment(), _none())),
            ),
            skeleton_rows(3),
        ),
        confirm(
            opened=state.doomed != "",
            title=f"Delete the category {state.doomed}?",
            text=state.doomed_text,
            action="Delete category",
            on_yes=state.delete,
            on_no=state.keep,
        ),
        action=rx.cond(state.ready & ~state.adding & (state.rows.length() > 0), _new_button()),
    )


def _new_button() -> rx.Component:
    return rx.el.button(
        icon("plus", 16),
        "New category",
        type="button",
        on_click=CategoriesState.show_form(True),
        class_name="button primary",
    )


def _none() -> rx.Component:
    return empty(
        "tags",
        "No categories yet",
        "Every event belongs to one. Begin with bug, sale and question, or make your own.",
        rx.el.div(
            rx.el.button(
                "Quick start 🐛 💰 🤔",
                type="button",
                on_click=CategoriesState.quick_start,
                class_name="button primary",
            ),
            rx.el.button(
                "New category",
                type="button",
                on_click=CategoriesState.show_form(True),
                class_name="button",
            ),
            class_name="buttons",
        ),
    )


def _list() -> rx.Component:
    return rx.el.ul(rx.foreach(CategoriesState.rows, _item), class_name="list")


def _item(row: CategoryRow) -> rx.Component:
    return rx.el.li(
        link(
            category_name(row.color, row.emoji, row.name),
            to=f"/feed?category={row.name}",
            class_name="list-name",
        ),
        rx.el.div(
            _fact("Events", rx.el.span(row.events, class_name="figure")),
            _fact("Fields", rx.el.span(row.fields, class_name="figure")),
            _fact("Last ping", rx.cond(row.last_ping != "", moment(row.last_ping), "never")),
            _fact("Created", moment(row.created, "date")),
            class_name="facts",
        ),
        rx.el.button(
            icon("trash-2", 16),
            type="button",
            on_click=CategoriesState.ask(row.name),
            class_name="quiet square",
            aria_label=f"Delete the category {row.name}",
            title="Delete",
        ),
        key=row.name,
        class_name="list-item",
    )


def _fact(label: str, value: Any) -> rx.Component:
    return rx.el.div(rx.el.span(label, class_name="fact-label"), value, class_name="fact")

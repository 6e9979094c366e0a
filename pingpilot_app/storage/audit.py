"""The audit log: written in the transaction of the change that it tells of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, delete, insert, select

from pingpilot_app.domain.audit import Action, Entry
from pingpilot_app.domain.ids import first_id_at, id_at, new_id
from pingpilot_app.storage.tables import audit

P = ParamSpec("P")
R = TypeVar("R")

Detail = Mapping[str, str | int | bool | None]
Look = Callable[[Connection], Detail]

_PREFIX = "aud"
_ROWS_BATCH = 500
_TEXT_MAX = 500  # characters of a value; what is longer is cut
_ACTORS_AMONG = 2_000  # of the newest entries
_ACTORS_MAX = 200


@dataclass(frozen=True, slots=True)
class EntryView:
    """One act as it is shown."""

    id: str
    at: datetime
    action: Action
    actor: str
    subject: str
    detail: Mapping[str, Any]
    client: str | None


@dataclass(frozen=True, slots=True)
class ActFilter:
    """Which acts to list; None everywhere means all. `text` is looked for in the subjects."""

    actor: str | None = None
    actions: frozenset[Action] | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERY_ACT = ActFilter()


def add_entry(connection: Connection, entry: Entry, now: datetime) -> None:
    """Write down who did what."""
    connection.execute(
        insert(audit).values(
            id=new_id(_PREFIX),
            account_id=entry.account_id,
            user_id=entry.actor.user_id,
            actor=entry.actor.name,
            at=now,
            action=entry.action.value,
            subject=entry.subject,
            detail=dict(entry.detail),
            client=entry.actor.client,
        )
    )


def noted(
    connection: Connection,
    entry: Entry,
    look: Look,
    change: Callable[Concatenate[Connection, P], R],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> R:
    """Run `change(connection, …)` and write down what `look` sees differ, as `FREE → PRO`.

    What changes nothing is not written down.
    """
    before = look(connection)
    answer = change(connection, *args, **kwargs)
    differs = _differences(before, look(connection))
    if differs:
        add_entry(connection, replace(entry, detail={**entry.detail, **differs}), datetime.now(UTC))
    return answer


def _differences(before: Detail, after: Detail) -> dict[str, str]:
    names = dict.fromkeys((*before, *after))
    return {
        name: f"{_word(before.get(name))} → {_word(after.get(name))}"
        for name in names
        if before.get(name) != after.get(name)
    }


def _word(value: str | int | bool | None) -> str:
    return "nothing" if value in (None, "") else str(value)[:_TEXT_MAX]


def delete_entries(connection: Connection, before: datetime) -> int:
    """Delete some entries of acts before then; return how many."""
    batch = (
        select(audit.c.id)
        .where(audit.c.id < id_at(_PREFIX, before))
        .order_by(audit.c.id)
        .limit(_ROWS_BATCH)
    )
    return connection.execute(delete(audit).where(audit.c.id.in_(batch))).rowcount


def list_entries(
    connection: Connection,
    account_id: str | None,
    wanted: ActFilter = EVERY_ACT,
    *,
    before: str | None = None,
    limit: int = 50,
) -> list[EntryView]:
    """Return the account's acts that match, newest first; None: those that concern the instance."""
    query = _matching(account_id, wanted, before).limit(limit)
    return [
        EntryView(row.id, row.at, Action(row.action), *row[3:]) for row in connection.execute(query)
    ]


def list_actors(connection: Connection, account_id: str) -> list[str]:
    """Return who did something lately, in the order of their names."""
    newest = select(audit.c.actor).where(audit.c.account_id == account_id)
    some = newest.order_by(audit.c.id.desc()).limit(_ACTORS_AMONG).subquery()
    names = select(some.c.actor).distinct().order_by(some.c.actor).limit(_ACTORS_MAX)
    return list(connection.execute(names).scalars())


def _matching(account_id: str | None, wanted: ActFilter, before: str | None) -> Select[Any]:
    """Select acts by ids, which sort by time: the index of account and id leads."""
    columns = [audit.c[name] for name in EntryView.__slots__]
    given: list[ColumnElement[bool]] = [audit.c.account_id == account_id]  # None becomes IS NULL
    if before is not None:
        given.append(audit.c.id < before)
    if wanted.since is not None:
        given.append(audit.c.id >= first_id_at(_PREFIX, wanted.since))
    if wanted.until is not None:
        given.append(audit.c.id < first_id_at(_PREFIX, wanted.until))
    if wanted.actor is not None:
        given.append(audit.c.actor == wanted.actor)
    if wanted.actions is not None:
        given.append(audit.c.action.in_(sorted(wanted.actions)))
    if wanted.text is not None:
        given.append(audit.c.subject.icontains(wanted.text, autoescape=True))
    return select(*columns).where(*given).order_by(audit.c.id.desc())

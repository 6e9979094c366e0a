"""The table of a category's events: in the order of any column, page after page.

A field's name is only ever a bound value: it may hold quotes, dots and dollars, which a path into
JSON would have to escape in two ways for two databases.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Select,
    String,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
)

from pingpilot_app.domain.event import EventStatus, FieldValue
from pingpilot_app.domain.ids import first_id_at
from pingpilot_app.domain.search import words_of
from pingpilot_app.storage.planner import rarely
from pingpilot_app.storage.search import Asked, find_events, has_words
from pingpilot_app.storage.tables import events

TIME, STATUS, DESCRIPTION = "time", "status", "description"
FIELD = "fields."  # before the name of a field

_SLACK = timedelta(seconds=1)  # between an event's id and its created_at
_FETCHED = 5_000  # ids at once
_NUMBER, _TEXT, _OTHER, _MISSING = range(4)  # what comes first, in both directions


@dataclass(frozen=True, slots=True)
class Order:
    """By which column: time, status, description, or `fields.` and a name."""

    by: str = TIME
    descending: bool = True

    @property
    def field(self) -> str | None:
        """Return the name of the field, None where it is another column."""
        return self.by[len(FIELD) :] if self.by.startswith(FIELD) else None


NEWEST_FIRST = Order()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events of a category, in [since, until) and with the words of `text`; how sorted."""

    account_id: str
    category_id: str
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    order: Order = NEWEST_FIRST


@dataclass(frozen=True, slots=True)
class TableRow:
    """An event as a row."""

    id: str
    at: datetime
    status: EventStatus
    description: str
    fields: Mapping[str, FieldValue]


def page_of_ids(
    connection: Connection, wanted: Wanted, after: str | None = None, limit: int = 50
) -> list[str]:
    """Return the ids of the events that follow the event `after`, or of the first ones."""
    words = words_of(wanted.text)
    if words and wanted.order == NEWEST_FIRST:  # the index itself yields the newest first
        query = _plain(wanted).order_by(events.c.id.desc())
        query = query.where(events.c.id < after) if after else query
        return [row.id for row in find_events(connection, query, _asked(wanted, after), limit)]
    keys = _keys(connection, wanted.order)
    query = _sorted(connection, wanted, keys)
    place = _place(connection, wanted, keys, after) if after else None
    if place is not None:
        query = query.where(_behind(list(zip(keys, place, strict=True))))
    return list(connection.execute(query.limit(limit)).scalars())


def all_ids(connection: Connection, wanted: Wanted) -> Iterator[list[str]]:
    """Yield the ids of all events in parts, sorted once; paging would sort for each page."""
    query = _sorted(connection, wanted, _keys(connection, wanted.order))
    streamed = connection.execution_options(yield_per=_FETCHED).execute(query)
    for part in streamed.scalars().partitions():
        yield list(part)


def read_rows(connection: Connection, account_id: str, ids: Sequence[str]) -> list[TableRow]:
    """Return these events, those that are still there, in this order."""
    query = select(
        events.c.id,
        events.c.created_at,
        events.c.status,
        events.c.description,
        events.c.fields,
    ).where(events.c.account_id == account_id, events.c.id.in_(ids))
    found = {row.id: TableRow(*row) for row in connection.execute(query)}
    return [found[one] for one in ids if one in found]


def has_events(connection: Connection, account_id: str, category_id: str) -> bool:
    """Tell whether anything has ever happened in the category."""
    query = _plain(Wanted(account_id, category_id)).limit(1)
    return connection.execute(query).first() is not None


def _asked(wanted: Wanted, after: str | None = None) -> Asked:
    words = words_of(wanted.text)
    place = (wanted.category_id, wanted.since, wanted.until)
    return Asked(wanted.account_id, words, *place, after)


def _plain(wanted: Wanted) -> Select[Any]:
    """Return the query for the ids, without the words and in no order."""
    query = select(events.c.id).where(
        events.c.account_id == wanted.account_id, rarely(events.c.category_id == wanted.category_id)
    )
    if wanted.since is not None:  # by the id too, which the index has
        earliest = first_id_at("evt", wanted.since - _SLACK)
        query = query.where(events.c.created_at >= wanted.since, events.c.id >= earliest)
    return query if wanted.until is None else query.where(events.c.created_at < wanted.until)


def _sorted(connection: Connection, wanted: Wanted, keys: Sequence["_Key"]) -> Select[Any]:
    query = _with_field(connection, wanted).order_by(*(key.sorted for key in keys))
    if words_of(wanted.text):
        return query.where(has_words(connection, _asked(wanted)))
    return query.where(false()) if wanted.text.strip() else query  # no word, nothing is found


def _with_field(connection: Connection, wanted: Wanted) -> Select[Any]:
    """Return the query for the ids, joined with the field that it is sorted by."""
    query, name = _plain(wanted), wanted.order.field
    if name is None or connection.dialect.name == "postgresql":
        return query
    return query.select_from(events).outerjoin(_each, _each.c.key == literal(name, String))


@dataclass(frozen=True, slots=True)
class _Key:
    """A part of the order; never NULL, so that any two rows can be compared."""

    column: ColumnElement[Any]
    descending: bool

    @property
    def sorted(self) -> ColumnElement[Any]:
        return self.column.desc() if self.descending else self.column.asc()

    def beyond(self, value: object) -> ColumnElement[bool]:
        return self.column < value if self.descending else self.column > value


def _keys(connection: Connection, order: Order) -> list[_Key]:
    """Return what it is sorted by; the id comes last, so that no two rows are equal."""
    last = _Key(events.c.id, order.descending)
    if order.field is not None:
        in_postgresql = connection.dialect.name == "postgresql"
        kind, *values = _in_postgresql(order.field) if in_postgresql else _in_sqlite()
        return [_Key(kind, False), *(_Key(value, order.descending) for value in values), last]
    columns: dict[str, ColumnElement[Any]] = {
        STATUS: cast(events.c.status, String),
        DESCRIPTION: events.c.description,
    }
    column = columns.get(order.by)
    return [last] if column is None else [_Key(column, order.descending), last]


# The fields of an event as rows (https://www.sqlite.org/json1.html#jeach). Joined once and not
# asked by a subquery for each key of the order: JSON is parsed again each time.
_each = func.json_each(events.c.fields).table_valued("key", "type", "atom", name="one")


def _in_sqlite() -> list[ColumnElement[Any]]:
    """Return kind and value of the field that is joined, or of none."""
    kinds = {"integer": _NUMBER, "real": _NUMBER, "text": _TEXT}
    kind = case(
        (_each.c.type.is_(None), _MISSING), else_=case(kinds, value=_each.c.type, else_=_OTHER)
    )
    return [kind, func.coalesce(_each.c.atom, 0)]


def _in_postgresql(name: str) -> list[ColumnElement[Any]]:
    """Return kind, number and text: there a column has one type."""
    key = cast(literal(name, String), String)
    type_ = func.json_typeof(func.json_extract_path(events.c.fields, key))
    text = func.json_extract_path_text(events.c.fields, key, type_=String())
    kinds = {"number": _NUMBER, "string": _TEXT, "boolean": _OTHER}
    number = case((type_ == "number", cast(text, Float(53))), else_=0.0)
    words = case((type_.in_(("string", "boolean")), text), else_="")
    return [case(kinds, value=type_, else_=_MISSING), number, words.collate("C")]


def _place(
    connection: Connection, wanted: Wanted, keys: Sequence[_Key], event_id: str
) -> Sequence[Any] | None:
    """Return where an event stands in the order, None where it is gone."""
    here = replace(wanted, since=None, until=None)
    query = _with_field(connection, here).where(events.c.id == event_id)
    return connection.execute(query.with_only_columns(*(key.column for key in keys))).first()


def _behind(place: Sequence[tuple[_Key, Any]]) -> ColumnElement[bool]:
    """Return the condition that a row comes after the place."""
    if not place:
        return ~true()
    (key, value), *rest = place
    beyond = key.beyond(value)
    return or_(beyond, and_(key.column == value, _behind(rest))) if rest else beyond

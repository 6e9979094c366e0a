"""The rows of a category's table: which ones, and how they read."""

from collections.abc import Sequence
from dataclasses import dataclass

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.message.message import cut, iso_milliseconds, value_text
from pingpilot_app.storage.table import (
    DESCRIPTION,
    FIELD,
    STATUS,
    TIME,
    Order,
    TableRow,
    Wanted,
    page_of_ids,
    read_rows,
)
from pingpilot_app.ui.live import shared
from pingpilot_app.ui.pages.category.figures import FieldColumn
from pingpilot_app.ui.turn import read_in_turn

PAGE = 50  # rows
VALUE_SHOWN = 80  # characters; the event's own page shows all
DESCRIPTION_SHOWN = 160


@dataclass(frozen=True)
class Column:
    """A column's header. `sort` is what ARIA calls it: none, ascending, descending."""

    key: str
    name: str
    number: bool
    sort: str


@dataclass(frozen=True)
class Row:
    """An event; `cells` are its fields in the order of the columns, empty where it has none."""

    id: str
    path: str
    at: str
    status: str
    description: str
    cells: list[str]


async def ids_of(wanted: Wanted, after: str) -> list[str]:
    """Return the events of a page, and one more if there are more."""

    async def load() -> list[str]:
        database = current().database
        asked = (wanted, after or None, PAGE + 1)
        if wanted.order.by == TIME:
            return await database.read(page_of_ids, *asked)
        return await read_in_turn(database, page_of_ids, *asked)

    return await shared(wanted.account_id, ("ids", wanted, after), load)


async def rows_of(account_id: str, ids: Sequence[str], fields: Sequence[FieldColumn]) -> list[Row]:
    """Return these events as they are now."""
    found = await current().database.read(read_rows, account_id, ids)
    return [_row(one, fields) for one in found]


def _row(row: TableRow, fields: Sequence[FieldColumn]) -> Row:
    return Row(
        id=row.id,
        path=f"/events/{row.id}",
        at=iso_milliseconds(row.at),
        status=row.status.value,
        description=cut(row.description, DESCRIPTION_SHOWN),
        cells=[
            cut(value_text(row.fields[field.name]), VALUE_SHOWN) if field.name in row.fields else ""
            for field in fields
        ],
    )


def columns_of(fields: Sequence[FieldColumn], order: Order) -> list[Column]:
    """Return the headers, the fixed columns first."""
    fixed = ((TIME, "Time"), (STATUS, "Status"), (DESCRIPTION, "Description"))
    ours = [Column(key, name, False, _sort(key, order)) for key, name in fixed]
    keyed = [(FIELD + field.name, field) for field in fields]
    return ours + [Column(key, one.name, one.number, _sort(key, order)) for key, one in keyed]


def _sort(key: str, order: Order) -> str:
    if key != order.by:
        return "none"
    return "descending" if order.descending else "ascending"

"""What the address of a category's page asks for, and back: every view has an address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from pingpilot_app.domain.event import FIELD_NAME_MAX
from pingpilot_app.domain.period import Period
from pingpilot_app.storage.table import DESCRIPTION, FIELD, NEWEST_FIRST, STATUS, TIME, Order

TEXT_MAX = 200  # characters of a search, as in the API

_COLUMNS = (TIME, STATUS, DESCRIPTION)
_EVENT = re.compile(r"evt_[0-9a-z]{26}")


@dataclass(frozen=True)
class View:
    """A category, a period, and which part of the table in which order.

    `after` is the event that comes before the first row, empty on the first page.
    """

    name: str
    period: Period = Period.TODAY
    order: Order = NEWEST_FIRST
    text: str = ""
    after: str = ""

    @property
    def path(self) -> str:
        """Return the address."""
        given = {
            "period": "" if self.period is Period.TODAY else self.period.value,
            **filter_query(self.text, self.order),
            "after": self.after,
        }
        query = urlencode({name: value for name, value in given.items() if value})
        return f"/categories/{quote(self.name)}{'?' if query else ''}{query}"

    def sorted_by(self, column: str) -> "View":
        """Return the view in the order of a column, in the other direction if it is that already.

        The newest, and texts from A on, come first.
        """
        same = column == self.order.by
        descending = not self.order.descending if same else column == TIME
        return replace(self, order=Order(column, descending), after="")


def filter_query(text: str, order: Order) -> dict[str, str]:
    """Return what of an address narrows and sorts; what goes without saying is empty."""
    plain = order == NEWEST_FIRST
    return {
        "q": text,
        "sort": "" if plain else order.by,
        "dir": "" if plain else "desc" if order.descending else "asc",
    }


def view_of(path: str, query: Mapping[str, str]) -> View:
    """Return the view of an address; what it asks for and cannot be had is as if it were absent."""
    name = path.rstrip("/").rpartition("/")[2][:64].lower()
    after = query.get("after", "")
    period = query.get("period", "")
    return View(
        name,
        Period(period) if period in list(Period) else Period.TODAY,
        order_of(query.get("sort", ""), query.get("dir", "")),
        text_of(query.get("q", "")),
        after if _EVENT.fullmatch(after) else "",
    )


def order_of(column: object, direction: object) -> Order:
    """Return an order, the usual one where there is no such column."""
    return Order(column, direction != "asc") if is_column(column) else NEWEST_FIRST


def is_column(column: object) -> bool:
    """Tell whether it is the name of a column, `fields.` before that of a field."""
    if not isinstance(column, str) or "\x00" in column:
        return False
    is_field = column.startswith(FIELD) and 0 < len(column) - len(FIELD) <= FIELD_NAME_MAX
    return is_field or column in _COLUMNS


def text_of(text: object) -> str:
    """Return what to search for."""
    return text.replace("\x00", "").strip()[:TEXT_MAX] if isinstance(text, str) else ""

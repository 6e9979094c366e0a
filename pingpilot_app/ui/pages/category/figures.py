"""The figures of a category in a period, read once however many look at them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.figure import MEAN, figure
from pingpilot_app.domain.period import Viewer
from pingpilot_app.storage.statistics import (
    FIELDS_MAX,
    Counts,
    FieldSummary,
    count_events,
    summarize_fields,
)
from pingpilot_app.storage.table import has_events
from pingpilot_app.ui.bars import Bars, bars_of, count_text
from pingpilot_app.ui.live import shared


@dataclass(frozen=True)
class FieldCard:
    """What the numbers of a field come to."""

    name: str
    total: str
    average: str
    least: str
    greatest: str
    count: str


@dataclass(frozen=True)
class FieldColumn:
    """A field as a column of the table; `number`: all of its values are."""

    name: str
    number: bool


@dataclass(frozen=True)
class Figures:
    """All of a period but the rows. `started`: something has happened, if not in this period."""

    since: datetime
    until: datetime
    counts: Counts
    started: bool
    bars: Bars
    cards: list[FieldCard]
    columns: list[FieldColumn]

    @property
    def all_columns(self) -> bool:
        """Tell whether every field has a column."""
        return len(self.columns) < FIELDS_MAX


async def figures_of(
    account_id: str, category_id: str, edges: list[datetime], viewer: Viewer
) -> Figures:
    """Return the figures of the hours or days between the edges."""

    async def load() -> Figures:
        found = await current().database.read(_read, account_id, category_id, edges)
        return _figures(edges, viewer, *found)

    return await shared(account_id, ("figures", category_id, *edges, viewer), load)


def _read(
    connection: Connection, account_id: str, category_id: str, edges: list[datetime]
) -> tuple[list[Counts], list[FieldSummary], bool]:
    counts = count_events(connection, account_id, edges, category_id)
    fields = summarize_fields(connection, account_id, category_id, edges[0], edges[-1])
    started = any(count.total for count in counts)
    return counts, fields, started or has_events(connection, account_id, category_id)


def _figures(
    edges: list[datetime],
    viewer: Viewer,
    counts: list[Counts],
    fields: list[FieldSummary],
    started: bool,
) -> Figures:
    return Figures(
        edges[0],
        edges[-1],
        sum(counts, Counts()),
        started,
        bars_of(counts, edges, viewer),
        [_card(one) for one in fields if one.numbers],
        [FieldColumn(one.name, one.numbers == one.events) for one in fields],
    )


def _card(field: FieldSummary) -> FieldCard:
    return FieldCard(
        field.name,
        _text(field.total),
        "–" if field.average is None else figure(field.average, MEAN),
        _text(field.least),
        _text(field.greatest),
        count_text(field.numbers, "event"),
    )


def _text(value: float | None) -> str:
    return "–" if value is None else figure(value)

"""The figures of the overview, read once however many look at them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.category import DEFAULT_EMOJI, color_hex
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.period import Viewer, last_days, last_hours
from pingpilot_app.domain.quota import reset_date
from pingpilot_app.storage.categories import CategoryView, list_categories
from pingpilot_app.storage.configuration import Configuration
from pingpilot_app.storage.destinations import DestinationView, list_destinations
from pingpilot_app.storage.outages import OutageView, list_outages
from pingpilot_app.storage.replays import FailureCount, Failures, count_failures
from pingpilot_app.storage.statistics import (
    CategoryMonth,
    ChannelHealth,
    Counts,
    category_months,
    channel_health,
    count_events,
)
from pingpilot_app.ui.bars import Bars, bars_of, count_text, milliseconds_text, percent_text
from pingpilot_app.ui.live import shared
from pingpilot_app.ui.pages.overview.concerns import Concern, concerns_of

DAY = timedelta(days=1)


class Span(StrEnum):
    """How far back chart and channels go."""

    DAY = "day"  # 24 hours, by the hour
    WEEK = "week"  # 7 days
    MONTH = "month"  # 30 days


@dataclass(frozen=True)
class CategoryCard:
    """A category; times are ISO 8601, `last_ping` empty where nothing came yet."""

    name: str
    path: str
    emoji: str
    color: str
    created: str
    last_ping: str
    fields: str  # different ones, this month
    events: str  # this month


@dataclass(frozen=True)
class ChannelCard:
    """How well deliveries by a channel went."""

    channel: str
    rate: str
    note: str


@dataclass(frozen=True)
class Overview:
    """All that the page shows but the quota."""

    categories: list[CategoryCard]
    bars: Bars
    channels: list[ChannelCard]
    concerns: list[Concern]


_Found = tuple[
    list[CategoryView],
    dict[str, CategoryMonth],
    list[Counts],
    list[ChannelHealth],
    list[DestinationView],
    list[OutageView],
    FailureCount,
]


def edges_for(span: Span, now: datetime, viewer: Viewer) -> list[datetime]:
    """Return the edges of the span's hours or days."""
    if span is Span.DAY:
        return last_hours(now, viewer)
    return last_days(now, viewer, 7 if span is Span.WEEK else 30)


async def overview_of(
    account: Configuration, edges: list[datetime], viewer: Viewer, now: datetime
) -> Overview:
    """Return the overview, the chart between the edges."""

    async def load() -> Overview:
        found = await current().database.read(_read, account.account_id, edges, now)
        return _overview(account, edges, viewer, found)

    return await shared(account.account_id, ("overview", *edges, viewer), load)


def _read(connection: Connection, account_id: str, edges: list[datetime], now: datetime) -> _Found:
    """Read all of one moment."""
    month = (reset_date(now) - DAY).replace(day=1)
    return (
        list_categories(connection, account_id),
        category_months(connection, account_id, month),
        count_events(connection, account_id, edges),
        channel_health(connection, account_id, edges[0]),
        list_destinations(connection, account_id),
        list_outages(connection, account_id),
        count_failures(connection, Failures(account_id, now - DAY, now)),
    )


def _overview(
    account: Configuration, edges: list[datetime], viewer: Viewer, found: _Found
) -> Overview:
    categories, months, counts, health, destinations, outages, failures = found
    failed = failures.deliveries + failures.held
    return Overview(
        [_category(one, months.get(one.id, CategoryMonth(0, 0))) for one in categories],
        bars_of(counts, edges, viewer),
        [_channel(one) for one in health],
        concerns_of(account, destinations, outages, failed, sum(one.pending for one in counts)),
    )


def _category(category: CategoryView, month: CategoryMonth) -> CategoryCard:
    return CategoryCard(
        name=category.name,
        path=f"/categories/{category.name}",
        emoji=category.emoji or DEFAULT_EMOJI,
        color=color_hex(category.color),
        created=iso_milliseconds(category.created_at),
        last_ping=iso_milliseconds(category.last_ping) if category.last_ping else "",
        fields=f"{month.fields:,}",
        events=f"{month.events:,}",
    )


def _channel(health: ChannelHealth) -> ChannelCard:
    ended = health.delivered + health.failed
    if not ended:
        return ChannelCard(health.channel.label, "–", "Nothing was sent by it")
    rate = percent_text(health.delivered, ended)
    failed = f" · {count_text(health.failed, 'failure')}" if health.failed else ""
    note = f"median {milliseconds_text(health.median_ms)}{failed}"
    return ChannelCard(health.channel.label, rate, note)

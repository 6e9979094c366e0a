"""The month's quota, where it leads, and the months before."""

from dataclasses import dataclass
from datetime import datetime

import reflex as rx
from sqlalchemy import Connection

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.quota import (
    forecast,
    forecast_text,
    month_of,
    months_until,
    told_counts,
)
from pingpilot_app.storage.quota import QuotaNotice, quota_notices, used_by_month
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.live import Live, shared

MONTHS = 12


@dataclass(frozen=True)
class MonthBar:
    """One month of the history. `height` is of the highest, such as `62%`."""

    name: str
    year: str  # empty but for the first month shown and every January
    whole: str  # for screen readers and the tooltip
    used: str
    short: str
    height: str
    current: bool


@dataclass(frozen=True)
class AlertRow:
    """One of the notices of this month. `state` is told, waiting, ahead, missed or unreachable."""

    percent: str
    count: str
    state: str
    told_at: str
    told_by: str


class QuotaState(Live, rx.State):
    """What the page shows besides the frame's figures. `look` is calm, wait or bad."""

    used: str = ""
    of: str = ""
    left: str = ""
    forecast: str = ""
    look: str = "calm"
    bars: list[MonthBar] = []
    total: str = ""
    limit_height: str = ""  # of the limit's line in the chart; empty: it is not drawn
    alerts: list[AlertRow] = []

    async def _load(self, session: SessionView) -> None:
        moment, account_id = now(), session.account_id
        found = await current().cache.configuration(account_id, moment)
        used, limit = found.used, found.limits.events
        counts, told = await _read(account_id, moment)
        self.used = f"{used:,}"
        self.of = f"of {limit:,} events" if limit else ""
        self.left = f"{max(0, limit - used):,}" if limit else ""
        self.forecast = forecast_text(used, limit, moment)
        self.look = _look(used, limit, moment)
        self._draw([*counts[:-1], used], limit, months_until(moment, MONTHS))
        self.alerts = alert_rows(told, used, limit) if limit else []

    def _draw(self, counts: list[int], limit: int | None, months: list[str]) -> None:
        top = max(1, *counts)
        if limit is not None and limit <= 2 * top:  # else it would press the bars flat
            top = max(top, limit)
            self.limit_height = _share(limit, top)
        else:
            self.limit_height = ""
        self.bars = [
            month_bar(month, count, top, first=month == months[0])
            for month, count in zip(months, counts, strict=True)
        ]
        self.bars[-1:] = [_as_current(self.bars[-1])]
        self.total = f"{sum(counts):,}"


async def _read(account_id: str, moment: datetime) -> tuple[list[int], list[QuotaNotice]]:
    def read(connection: Connection) -> tuple[list[int], list[QuotaNotice]]:
        counts = used_by_month(connection, account_id, months_until(moment, MONTHS))
        return counts, quota_notices(connection, account_id, month_of(moment))

    async def load() -> tuple[list[int], list[QuotaNotice]]:
        return await current().database.read(read)

    return await shared(account_id, ("quota", month_of(moment)), load)


def _look(used: int, limit: int | None, moment: datetime) -> str:
    if limit is not None and used >= limit:
        return "bad"
    return "wait" if forecast(used, limit, moment).reached_at else "calm"


def month_bar(month: str, used: int, top: int, *, first: bool) -> MonthBar:
    """Return the bar of a `YYYY-MM`."""
    begin = datetime.strptime(month, "%Y-%m")  # noqa: DTZ007  # a month has no zone
    return MonthBar(
        name=f"{begin:%b}",
        # A December says no year: the January beside it does, and there is no room for both.
        year=f"{begin:%Y}" if begin.month == 1 or (first and begin.month < 12) else "",
        whole=f"{begin:%B %Y}",
        used=f"{used:,}",
        short=short_count(used),
        height=_share(used, top),
        current=False,
    )


def _as_current(bar: MonthBar) -> MonthBar:
    return MonthBar(**(vars(bar) | {"current": True}))


def _share(count: int, top: int) -> str:
    return f"{100 * count / top:.1f}%"


def short_count(count: int) -> str:
    """Return `940`, `1.2k` or `3.4M`, to stand above a bar."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            text = f"{count / size:.1f}" if count < 10 * size else f"{count / size:.0f}"
            return text.removesuffix(".0") + unit
    return str(count)


def alert_rows(told: list[QuotaNotice], used: int, limit: int) -> list[AlertRow]:
    """Return both alerts of the plan, and what was told under another plan this month."""
    by_count = {notice.used: notice for notice in told}
    rows = [
        _alert(f"{percent} %", count, by_count.pop(count, None), used)
        for percent, count in zip((80, 100), told_counts(limit), strict=True)
    ]
    return rows + [_alert("Earlier plan", one.used, one, used) for one in by_count.values()]


def _alert(percent: str, count: int, notice: QuotaNotice | None, used: int) -> AlertRow:
    told_at = notice.told_at if notice else None
    return AlertRow(
        percent=percent,
        count=f"{count:,} events" if count != 1 else "1 event",
        state=_state(notice, reached=used >= count),
        told_at=iso_milliseconds(told_at) if told_at else "",
        told_by=_told_by(notice),
    )


def _told_by(notice: QuotaNotice | None) -> str:
    if notice is None or not notice.told_by:
        return ""
    channel = Channel(notice.told_by)
    return "email" if channel is Channel.EMAIL else channel.label


def _state(notice: QuotaNotice | None, *, reached: bool) -> str:
    if notice is None:
        return "missed" if reached else "ahead"
    if notice.told_at is None:
        return "waiting"
    return "told" if notice.told_by else "unreachable"

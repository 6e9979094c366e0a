"""Today, this week, this month, as somebody who looks at a page means them.

All edges are UTC and lie on quarters of an hour, as every zone's midnight does: the figures are
kept by quarters. A day has 23, 24 or 25 hours, so nothing here adds 24 of them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

MONDAY, SUNDAY = 1, 7  # ISO weekdays
UTC_ZONE = ZoneInfo("UTC")

_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+){0,2}")
_ZONE_MAX = 64  # characters
_QUARTER = timedelta(minutes=15)
_HOUR = timedelta(hours=1)


class Period(StrEnum):
    """What a page of figures is about."""

    TODAY = "today"
    WEEK = "week"  # from the day that weeks begin with, to its next one
    MONTH = "month"  # the calendar month


@dataclass(frozen=True, slots=True)
class Viewer:
    """Where somebody looks from. `first_day` is the ISO weekday that weeks begin with."""

    zone: ZoneInfo = UTC_ZONE
    first_day: int = SUNDAY

    def preferring(self, zone: str | None, week_start: int | None) -> "Viewer":
        """Return the same with what somebody has chosen: a zone, a first day from 0 for Monday."""
        first_day = self.first_day if week_start is None else week_start + 1
        return Viewer(self.zone if zone is None else _zone(zone), first_day)


def viewer_of(zone: object, first_day: object) -> Viewer:
    """Return what a browser tells of itself; what cannot be is UTC, and Sunday."""
    known = first_day if type(first_day) is int and MONDAY <= first_day <= SUNDAY else SUNDAY
    return Viewer(_zone(zone), known)


def _zone(name: object) -> ZoneInfo:
    if isinstance(name, str) and len(name) <= _ZONE_MAX and _ZONE.fullmatch(name):
        try:
            return ZoneInfo(name)
        except (ValueError, OSError, LookupError):  # a stranger's name, or a folder of zones
            pass
    return UTC_ZONE


def edges_of(period: Period, now: datetime, viewer: Viewer) -> list[datetime]:
    """Return the edges of the period's hours (today) or days, the first and the last included."""
    today = now.astimezone(viewer.zone).date()
    if period is Period.TODAY:
        since, until = _midnights(today, 1, viewer.zone)
        return _hours(since, until, viewer.zone)
    if period is Period.WEEK:
        first = today - timedelta(days=(today.isoweekday() - viewer.first_day) % 7)
        return _midnights(first, 7, viewer.zone)
    first = today.replace(day=1)
    return _midnights(first, (_next_month(first) - first).days, viewer.zone)


def last_hours(now: datetime, viewer: Viewer, count: int = 24) -> list[datetime]:
    """Return the edges of the last hours; the one that runs is the last of them."""
    end = _hours(now - 2 * _HOUR, now + 2 * _HOUR, viewer.zone)
    until = next(edge for edge in end[1:] if edge > now)
    return [until - _HOUR * back for back in range(count, -1, -1)]


def last_days(now: datetime, viewer: Viewer, count: int) -> list[datetime]:
    """Return the edges of the last days; today is the last of them."""
    today = now.astimezone(viewer.zone).date()
    return _midnights(today - timedelta(days=count - 1), count, viewer.zone)


def _midnights(first: date, days: int, zone: ZoneInfo) -> list[datetime]:
    return [_midnight(first + timedelta(days=day), zone) for day in range(days + 1)]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when the day begins: where the clock skips midnight, at that very moment."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _hours(since: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return `since`, each full hour of the clock on the wall after it, and `until`."""
    edges, at = [since], since.replace(minute=since.minute // 15 * 15, second=0, microsecond=0)
    while (at := at + _QUARTER) < until:
        if at.astimezone(zone).minute == 0:
            edges.append(at)
    return [*edges, until]


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


@dataclass(frozen=True, slots=True)
class Label:
    """How a part of a period is called: on an axis, and in full."""

    short: str
    full: str


def labels_of(edges: Sequence[datetime], viewer: Viewer) -> list[Label]:
    """Return the names of the hours or days between the edges."""
    name: Callable[[datetime], Label] = _day if edges[1] - edges[0] > 2 * _HOUR else _hour
    return [name(edge.astimezone(viewer.zone)) for edge in edges[:-1]]


def _hour(start: datetime) -> Label:
    return Label(f"{start:%H:%M}", f"{start:%a} {start.day} {start:%b}, {start:%H:%M}")


def _day(start: datetime) -> Label:
    return Label(f"{start.day} {start:%b}", f"{start:%A} {start.day} {start:%B}")

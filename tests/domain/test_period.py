"""Today, this week, this month, in the zones of people."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from pingpilot_app.domain.period import (
    MONDAY,
    SUNDAY,
    UTC_ZONE,
    Period,
    Viewer,
    edges_of,
    labels_of,
    last_days,
    last_hours,
    viewer_of,
)

HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "now", "since", "until", "hours"),
    [
        ("UTC", "2026-03-06 10:30", "2026-03-06 00:00", "2026-03-07 00:00", 24),
        ("Europe/Berlin", "2026-03-29 12:00", "2026-03-28 23:00", "2026-03-29 22:00", 23),
        ("Europe/Berlin", "2026-10-25 12:00", "2026-10-24 22:00", "2026-10-25 23:00", 25),
        ("America/New_York", "2026-03-08 12:00", "2026-03-08 05:00", "2026-03-09 04:00", 23),
        ("America/New_York", "2026-11-01 12:00", "2026-11-01 04:00", "2026-11-02 05:00", 25),
        ("Asia/Kolkata", "2026-03-06 20:00", "2026-03-06 18:30", "2026-03-07 18:30", 24),
        ("Asia/Kathmandu", "2026-03-06 18:15", "2026-03-06 18:15", "2026-03-07 18:15", 24),
        ("Asia/Kathmandu", "2026-03-06 18:14", "2026-03-05 18:15", "2026-03-06 18:15", 24),
        ("Africa/Cairo", "2026-04-24 12:00", "2026-04-23 22:00", "2026-04-24 21:00", 23),
        ("America/Santiago", "2026-09-06 12:00", "2026-09-06 04:00", "2026-09-07 03:00", 23),
        ("Pacific/Kiritimati", "2026-03-06 10:30", "2026-03-06 10:00", "2026-03-07 10:00", 24),
    ],
)
def test_a_day_goes_from_midnight_to_midnight(
    zone: str, now: str, since: str, until: str, hours: int
) -> None:
    edges = edges_of(Period.TODAY, at(now), viewer_of(zone, MONDAY))

    assert (edges[0], edges[-1]) == (at(since), at(until))
    assert len(edges) - 1 == hours


@pytest.mark.parametrize(
    ("now", "first_day", "first", "last"),
    [
        ("2026-03-06 10:00", MONDAY, "2026-03-02", "2026-03-09"),  # a Friday
        ("2026-03-06 10:00", SUNDAY, "2026-03-01", "2026-03-08"),
        ("2026-03-08 10:00", MONDAY, "2026-03-02", "2026-03-09"),  # a Sunday
        ("2026-03-08 10:00", SUNDAY, "2026-03-08", "2026-03-15"),
        ("2026-03-09 00:00", MONDAY, "2026-03-09", "2026-03-16"),  # a Monday
        ("2026-01-01 10:00", SUNDAY, "2025-12-28", "2026-01-04"),
        ("2026-03-06 10:00", 6, "2026-02-28", "2026-03-07"),  # weeks from Saturday on
    ],
)
def test_a_week_begins_where_the_viewer_lets_it(
    now: str, first_day: int, first: str, last: str
) -> None:
    edges = edges_of(Period.WEEK, at(now), Viewer(UTC_ZONE, first_day))

    assert (edges[0], edges[-1], len(edges)) == (at(first), at(last), 8)


@pytest.mark.parametrize(
    ("now", "first", "last", "days"),
    [
        ("2026-01-31 10:00", "2026-01-01", "2026-02-01", 31),
        ("2026-02-28 23:59", "2026-02-01", "2026-03-01", 28),
        ("2028-02-29 10:00", "2028-02-01", "2028-03-01", 29),
        ("2026-12-31 10:00", "2026-12-01", "2027-01-01", 31),
        ("2026-04-30 10:00", "2026-04-01", "2026-05-01", 30),
    ],
)
def test_a_month_is_the_calendars(now: str, first: str, last: str, days: int) -> None:
    edges = edges_of(Period.MONTH, at(now), Viewer())

    assert (edges[0], edges[-1], len(edges) - 1) == (at(first), at(last), days)


def test_a_month_has_its_short_day() -> None:
    edges = edges_of(Period.MONTH, at("2026-03-15 10:00"), viewer_of("Europe/Berlin", MONDAY))

    assert [b - a for a, b in pairwise(edges)].count(23 * HOUR) == 1


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Berlin", "UTC"])
@pytest.mark.parametrize("now", ["2026-04-04 15:10", "2026-10-03 15:40", "2026-10-25 00:30"])
def test_all_edges_lie_on_quarters_and_ascend(zone: str, now: str) -> None:
    viewer = viewer_of(zone, MONDAY)
    for edges in (
        *(edges_of(period, at(now), viewer) for period in Period),
        last_hours(at(now), viewer),
        last_days(at(now), viewer, 30),
    ):
        assert all(edge.minute % 15 == 0 and edge.second == 0 for edge in edges)
        assert all(a < b for a, b in pairwise(edges))
        assert edges[0] <= at(now) < edges[-1]


def test_the_last_24_hours_end_with_the_one_that_runs() -> None:
    edges = last_hours(at("2026-03-06 10:10"), viewer_of("Asia/Kolkata", MONDAY))

    assert (edges[0], edges[-1]) == (at("2026-03-05 10:30"), at("2026-03-06 10:30"))


def test_an_hour_that_is_there_twice_is_named_twice() -> None:
    viewer = viewer_of("Europe/Berlin", MONDAY)
    edges = edges_of(Period.TODAY, at("2026-10-25 12:00"), viewer)

    assert [label.short for label in labels_of(edges, viewer)][1:5] == [
        "01:00",
        "02:00",
        "02:00",
        "03:00",
    ]


def test_days_are_named_by_the_viewers_calendar() -> None:
    viewer = viewer_of("Asia/Kolkata", MONDAY)
    edges = edges_of(Period.WEEK, at("2026-03-06 10:00"), viewer)

    assert labels_of(edges, viewer)[0].full == "Monday 2 March"


@pytest.mark.parametrize(
    "zone",
    [
        None,
        5,
        "",
        "Nowhere/At_All",
        "../../etc/passwd",
        "/etc/localtime",
        "Europe",
        "a\x00b",
        "x" * 99,
    ],
)
def test_an_unknown_zone_is_utc(zone: object) -> None:
    assert viewer_of(zone, MONDAY).zone is UTC_ZONE


@pytest.mark.parametrize("day", [None, 0, 8, "1", True, 2.0, [1]])
def test_a_week_that_nobody_tells_of_begins_on_sunday(day: object) -> None:
    assert viewer_of("UTC", day).first_day == SUNDAY

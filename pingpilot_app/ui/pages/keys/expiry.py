"""Until when a key works, as it is chosen."""

from datetime import UTC, date, datetime, time, timedelta

from pingpilot_app.domain.errors import Invalid, Problem

NEVER, ON_DATE = "never", "date"
LIFETIMES = {
    NEVER: "Never",
    "30": "In 30 days",
    "90": "In 90 days",
    "365": "In a year",
    ON_DATE: "On a date…",
}
OVERLAPS = {
    "now": ("not any more: it stops at once", timedelta(0)),
    "hour": ("for 1 hour", timedelta(hours=1)),
    "day": ("for 24 hours", timedelta(days=1)),
    "week": ("for 7 days", timedelta(days=7)),
}
USUAL_OVERLAP = "day"

_LONGEST = timedelta(days=3_660)


def expiry_of(choice: str, day: str, now: datetime) -> datetime | None:
    """Return when the key ends, None for never; `day` is YYYY-MM-DD where a date was chosen.

    A key works through its last day, in UTC. Raises Invalid.
    """
    if choice == ON_DATE:
        return _end_of(day, now)
    return now + timedelta(days=int(choice)) if choice in ("30", "90", "365") else None


def _end_of(day: str, now: datetime) -> datetime:
    try:
        last = date.fromisoformat(day)
    except ValueError:
        raise _wrong("Choose the day after which the key stops working.") from None
    if last < now.date():
        raise _wrong("This day is over. Choose today or a later one.")
    if last > (now + _LONGEST).date():
        raise _wrong("Choose a day within the next ten years, or Never.")
    return datetime.combine(last, time.max, UTC)


def _wrong(sentence: str) -> Invalid:
    return Invalid(sentence, (Problem("expires_on", sentence),))

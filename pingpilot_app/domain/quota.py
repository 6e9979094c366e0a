"""The month an event counts in, and when the next one starts (UTC)."""

from datetime import UTC, datetime


def month_of(now: datetime) -> str:
    """Return the UTC calendar month of `now` as `YYYY-MM`."""
    utc = now.astimezone(UTC)
    return f"{utc.year:04}-{utc.month:02}"


def tells(used: int, limit: int | None) -> bool:
    """Tell whether the owner is told with this event: at 80 % and at 100 % of the limit."""
    return limit is not None and used in (-(-limit * 4 // 5), limit)


def reset_date(now: datetime) -> datetime:
    """Return the first moment of the next UTC month."""
    now = now.astimezone(UTC)
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)
    return datetime(year, month, 1, tzinfo=UTC)


def seconds_to_reset(now: datetime) -> int:
    """Return the whole seconds until the next month, at least 1."""
    return max(1, int((reset_date(now) - now).total_seconds()))

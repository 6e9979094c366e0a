"""The month an event counts in, and when the next one starts (UTC)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_TELLING = timedelta(days=1)  # of a month, before which its pace tells nothing


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


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where a month ends at its present pace.

    `month_end` is None while the month is too young to tell, `reached_at` where the limit is not
    reached in it.
    """

    month_end: int | None
    over_by: int
    reached_at: datetime | None


def forecast(used: int, limit: int | None, now: datetime) -> Forecast:
    """Return how many events there will be when the month ends, if it goes on like this."""
    end = reset_date(now)
    begin = (end - timedelta(days=1)).replace(day=1)
    passed = now - begin
    if passed < _TELLING:
        return Forecast(None, 0, None)
    month_end = round(used * ((end - begin) / passed))
    if limit is None or month_end <= limit:
        return Forecast(month_end, 0, None)
    reached_at = now if used >= limit else begin + passed * (limit / used)
    return Forecast(month_end, month_end - limit, reached_at)

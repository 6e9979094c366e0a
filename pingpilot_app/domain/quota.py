"""The month an event counts in, when the next one starts (UTC), and where this one leads."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ENOUGH = timedelta(days=1)  # of a month, before anything is said of its end


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where the month leads at the pace so far.

    `month_end` is how many events it would come to by its end, rounded to what a pace can tell;
    None: too early to tell. `over_by` is by how many that is over the limit. `reached_at` is when
    the limit is reached: None where it is not, `now` where it is already.
    """

    month_end: int | None
    over_by: int = 0
    reached_at: datetime | None = None


def month_of(now: datetime) -> str:
    """Return the UTC calendar month of `now` as `YYYY-MM`."""
    utc = now.astimezone(UTC)
    return f"{utc.year:04}-{utc.month:02}"


def tells(used: int, limit: int | None) -> bool:
    """Tell whether the owner is told with this event: at 80 % and at 100 % of the limit."""
    return limit is not None and used in told_counts(limit)


def told_counts(limit: int) -> tuple[int, int]:
    """Return the numbers of events with which the owner is told: 80 % and 100 % of the limit."""
    return -(-limit * 4 // 5), limit


def reset_date(now: datetime) -> datetime:
    """Return the first moment of the next UTC month."""
    now = now.astimezone(UTC)
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)
    return datetime(year, month, 1, tzinfo=UTC)


def seconds_to_reset(now: datetime) -> int:
    """Return the whole seconds until the next month, at least 1."""
    return max(1, int((reset_date(now) - now).total_seconds()))


def month_start(now: datetime) -> datetime:
    """Return the first moment of the UTC month."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def months_until(now: datetime, count: int) -> list[str]:
    """Return the last `count` months as `YYYY-MM`, the oldest first and that of `now` last."""
    months, moment = [month_of(now)], month_start(now)
    while len(months) < count:
        moment = month_start(moment - timedelta(days=1))
        months.append(month_of(moment))
    return months[::-1]


def forecast(used: int, limit: int | None, now: datetime) -> Forecast:
    """Return where the month leads if it goes on as it did. `limit` None: there is none."""
    if limit is not None and used >= limit:
        return Forecast(used, used - limit, now)  # no more are accepted, whatever the pace
    start, elapsed = month_start(now), now - month_start(now)
    if elapsed < ENOUGH:
        return Forecast(None)
    projected = used * ((reset_date(now) - start) / elapsed)
    month_end = max(used, _rounded(projected))
    if limit is None:
        return Forecast(month_end)
    if projected <= limit:
        return Forecast(min(month_end, limit))
    month_end = max(month_end, limit)
    return Forecast(month_end, month_end - limit, start + elapsed * (limit / used))


def forecast_text(used: int, limit: int | None, now: datetime) -> str:
    """Return the forecast as a sentence; days are UTC, as the month is."""
    found, end = forecast(used, limit, now), _day(reset_date(now))
    if limit is not None and used >= limit:
        return _spent_text(used, limit, end)
    if found.month_end is None:
        return "It is too early in the month to tell where it leads."
    if used == 0:
        return "There were no events this month, so there is no pace to go by."
    pace = f"At this pace about {found.month_end:,} by {end}"
    if limit is None:
        return f"{pace}. There is no limit."
    if found.reached_at is None:
        room = limit - found.month_end
        return f"{pace}: {room:,} below the limit." if room else f"{pace}: just the limit."
    over = f"{found.over_by:,} over" if found.over_by else "just over"
    return f"{pace}: {over} the limit, reached {_about(found.reached_at, now)}."


def _spent_text(used: int, limit: int, end: str) -> str:
    over = used - limit
    if not over:
        return f"All {limit:,} events of this month are used. More are refused until {end}."
    return f"{used:,} events are used, {over:,} over the plan. More are refused until {end}."


def _about(moment: datetime, now: datetime) -> str:
    if _day(moment) == _day(now):
        return "within the day"
    return f"around {_day(moment)}"


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%-d %B}"


def _rounded(count: float) -> int:
    """Keep two digits, of thousands three: a pace tells no more."""
    whole = round(count)
    digits = len(str(whole))
    return whole if digits < 3 else round(whole, -max(1, digits - 3))

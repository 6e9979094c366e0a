"""This machine's clock, beside the providers'."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from pingpilot_app.commands.doctor.finding import Finding, bad, note, ok
from pingpilot_app.commands.doctor.providers import Checked

APART_MAX = timedelta(seconds=30)
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)  # PingPilot is younger

PART = "clock"

_STEP = "Switch time synchronisation on, as with `timedatectl set-ntp true`."


def judge(checked: Sequence[Checked], now: datetime) -> Iterator[Finding]:
    """Tell how far this machine's clock is off; providers that the sandbox plays do not count."""
    if now < _EARLIEST:
        yield bad(PART, f"This machine believes that it is {now:%Y-%m-%d}. {_STEP}")
        return
    apart = {one.channel.label: off for one in checked if (off := one.apart) is not None}
    if not apart:
        yield note(PART, "Not checked: no real provider told its time.")
        return
    # A provider may be wrong too, so the closest one counts.
    name, off = min(apart.items(), key=lambda pair: abs(pair[1]))
    if abs(off) <= APART_MAX:
        yield ok(PART, f"It agrees with {name}'s.")
    else:
        way = "ahead of" if off > timedelta(0) else "behind"
        seconds = f"{abs(off).total_seconds():,.0f} s"
        yield bad(PART, f"It is {seconds} {way} {name}'s. {_STEP}")

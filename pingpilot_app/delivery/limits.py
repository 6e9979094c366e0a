"""How often addresses may be proved and tried, so that nobody is pestered and no code guessed.

All of it is counted in the database (storage/allowances.py). What is refused is not counted.
`whose` is the account, or the member whose own destination it is about.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from pingpilot_app.domain.address import mailbox
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import LimitReached
from pingpilot_app.storage.allowances import Allowance

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

CODES_TO_ADDRESS = Allowance("codes to an address", 5, DAY)  # whichever accounts ask
CODES_OF_ACCOUNT = (
    Allowance("codes of an account in an hour", 10, HOUR),
    Allowance("codes of an account in a day", 20, DAY),
)
LINKS_OF_ACCOUNT = Allowance("links of an account", 30, HOUR)  # no message is sent for one
GUESSES = Allowance("wrong codes", 15, DAY)  # of an account and channel: 15 in a million
TESTS = (
    Allowance("tests in a minute", 5, timedelta(minutes=1)),
    Allowance("tests in an hour", 30, HOUR),
)


def take_code(
    connection: Connection, whose: str, channel: Channel, address: str, now: datetime
) -> None:
    """Note that a code goes to the address. Raises LimitReached."""
    target = f"{channel} {mailbox(address)}"
    wait = CODES_TO_ADDRESS.wait(connection, target, now)
    if wait:
        raise LimitReached(
            "This address got several codes today, perhaps because somebody else entered it too. "
            f"Enter the newest that you asked for, or try again {_later(wait)}.",
            wait,
        )
    _take(connection, CODES_OF_ACCOUNT, whose, now, "Many codes were sent")
    CODES_TO_ADDRESS.take(connection, target, now)


def take_link(connection: Connection, whose: str, now: datetime) -> None:
    """Note that a Telegram link is made. Raises LimitReached."""
    _take(connection, (LINKS_OF_ACCOUNT,), whose, now, "Many links were made")


def take_test(connection: Connection, whose: str, channel: Channel, now: datetime) -> None:
    """Note that a test is sent. Raises LimitReached."""
    _take(connection, TESTS, f"{whose} {channel}", now, "Many tests were sent")


def check_guesses(connection: Connection, whose: str, channel: Channel, now: datetime) -> None:
    """Raise LimitReached where too many codes were wrong, whichever codes they were for."""
    wait = GUESSES.wait(connection, f"{whose} {channel}", now)
    if wait:
        raise LimitReached(f"Too many codes were wrong. Try again {_later(wait)}.", wait)


def note_wrong_guess(connection: Connection, whose: str, channel: Channel, now: datetime) -> None:
    """Count a wrong code."""
    GUESSES.take(connection, f"{whose} {channel}", now)


def _take(
    connection: Connection,
    allowances: tuple[Allowance, ...],
    what: str,
    now: datetime,
    sentence: str,
) -> None:
    wait = max(one.wait(connection, what, now) for one in allowances)
    if wait:
        raise LimitReached(f"{sentence}. Try again {_later(wait)}.", wait)
    for one in allowances:
        one.take(connection, what, now)


def _later(seconds: int) -> str:
    """Return `in 40 seconds`, `in 12 minutes` or `in 5 hours`."""
    if seconds < 100:
        return f"in {seconds} second{'' if seconds == 1 else 's'}"
    if seconds < 6_000:
        return f"in {-(-seconds // 60)} minutes"
    return f"in {-(-seconds // 3_600)} hours"

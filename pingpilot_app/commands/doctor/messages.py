"""Destinations: a real test message to each, and what came back."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from pingpilot_app.commands.doctor.finding import Finding, bad, note, ok
from pingpilot_app.commands.doctor.providers import by_channel
from pingpilot_app.commands.doctor.reading import read
from pingpilot_app.commands.doctor.steps import next_step
from pingpilot_app.commands.whose import account_in
from pingpilot_app.delivery.probe import send_now, test_message
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.role import Right
from pingpilot_app.senders.sender import Receipt, Sender, SendError
from pingpilot_app.settings import Settings
from pingpilot_app.storage import destinations
from pingpilot_app.storage.destinations import DestinationView

MOST = 20  # destinations in one run, unless an account is named
AT_ONCE = 4  # messages through one provider
EACH_TIME = 15.0  # seconds for one message
ALL_TIME = 25.0  # seconds for all

PART = "message"

Named = tuple[str, DestinationView]  # with the account's name
Senders = Mapping[Channel, Sender]


async def send(
    senders: Senders, configured: Settings, email: str | None = None, *, each: float = EACH_TIME
) -> AsyncIterator[Finding]:
    """Try the destinations through `senders`, of the account of `email` alone where it is given.

    `each` is how long (seconds) one message may take.
    """
    try:
        found = read(configured, lambda connection: _switched_on(connection, email))
    except PingPilotError as exc:
        yield bad(PART, exc.message)
        return
    if found is None:
        yield note(PART, "No destination was tried: the database has to be mended first.")
        return
    for finding in _unready([one for one in found if not one[1].ready]):
        yield finding
    ready = [one for one in found if one[1].ready]
    for finding in _without_provider(senders, configured, ready):
        yield finding
    able = [one for one in ready if one[1].channel in senders]
    able.sort(key=lambda one: one[1].broken_at is None)  # stable: the troubled ones come first
    chosen = able if email else able[:MOST]
    async for finding in _Round(senders, configured.public_url, each).run(chosen):
        yield finding
    for finding in _left_out(len(able) - len(chosen), nothing=not ready):
        yield finding


def _switched_on(connection: Connection, email: str | None) -> list[Named]:
    account_id = account_in(connection, email, Right.CHANNELS) if email else None
    return destinations.list_switched_on(connection, account_id)


def _unready(found: Sequence[Named]) -> Iterator[Finding]:
    for name, destination in found[:MOST]:
        yield note(
            PART,
            f"{name} · {destination.channel}: on, but not set up, so all events of this account "
            "are refused. Finish it under Channels or switch it off.",
        )
    if len(found) > MOST:
        yield note(PART, f"{len(found) - MOST} more are on, but not set up.")


def _left_out(count: int, *, nothing: bool) -> Iterator[Finding]:
    if count:
        yield note(PART, f"{count} more were not tried; `--account EMAIL` tries those of one.")
    if nothing:
        yield note(PART, "No destination is set up and on yet.")


def _without_provider(
    senders: Senders, configured: Settings, found: Sequence[Named]
) -> Iterator[Finding]:
    for channel, provider in by_channel(configured).items():
        count = sum(one.channel is channel for _, one in found)
        if not count or channel in senders:
            continue
        if provider is None:
            words = f"{channel}: {count} on, but nothing can be sent by {channel.label}."
            yield bad(PART, f"{words} Set it up (see above), or switch it off under Channels.")
        else:
            words = f"{channel}: {count} not tried, because {channel.label} does not work yet."
            yield note(PART, f"{words} Mend that first (see above).")


class _Round:
    """Sends at most AT_ONCE messages through each provider, all within ALL_TIME."""

    def __init__(self, senders: Senders, public_url: str, each: float) -> None:
        self._senders = senders
        self._each = each
        self._public_url = public_url
        self._room = {channel: asyncio.Semaphore(AT_ONCE) for channel in senders}
        self._until = asyncio.get_running_loop().time() + ALL_TIME

    async def run(self, chosen: Sequence[Named]) -> AsyncIterator[Finding]:
        """Send to all at the same time, and tell the outcomes in the order given."""
        sending = [asyncio.create_task(self._try(*one)) for one in chosen]
        try:
            for task in sending:
                yield await task
        finally:
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)

    async def _try(self, name: str, destination: DestinationView) -> Finding:
        where = _where(name, destination)
        try:
            async with self._room[destination.channel]:
                receipt = await self._send(destination)
        except PingPilotError as exc:
            return bad(PART, f"{where}: {_refusal(exc, destination)}")
        except TimeoutError:
            return bad(PART, f"{where}: no answer in time. Look there before you try it again.")
        except Exception as exc:  # the doctor tells, whatever it is
            words = f"{type(exc).__name__}: {exc}"
            return bad(
                PART, f"{where}: {words}. {next_step(Failure.OUR_FAULT, destination.channel)}"
            )
        return _taken(where, destination, receipt)

    async def _send(self, destination: DestinationView) -> Receipt:
        latest = min(asyncio.get_running_loop().time() + self._each, self._until)
        async with asyncio.timeout_at(latest):
            return await send_now(self._senders, destination, test_message(self._public_url))


def _where(name: str, destination: DestinationView) -> str:
    label = destination.label or destination.address or ""
    beside = "" if label == name else f" {label}"
    return f"{name} · {destination.channel}{beside}"


def _taken(where: str, destination: DestinationView, receipt: Receipt) -> Finding:
    told = f"{where} → taken as {receipt.reference}"
    if destination.broken_at is None:
        return ok(PART, told)
    return note(
        PART,
        f"{told}. Events do not go there: it is marked as broken {_since(destination)}. "
        "Send a test under Channels, and they do again.",
    )


def _refusal(exc: PingPilotError, destination: DestinationView) -> str:
    cause = exc.__cause__
    step = next_step(cause.failure, destination.channel) if isinstance(cause, SendError) else ""
    before = f" It is broken {_since(destination)}." if destination.broken_at else ""
    return f"{exc.message.rstrip('.')}. {step}{before}".strip()


def _since(destination: DestinationView) -> str:
    return f"since {destination.broken_at:%Y-%m-%d %H:%M} UTC ({destination.broken_reason})"

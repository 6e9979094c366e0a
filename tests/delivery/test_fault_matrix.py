"""Each channel × each way to fail: the right state, the right wait, the right words.

One instance speaks to the sandbox over loopback, with a token and a login of its own. All cells
share it, each with a new account. Its event loop can be set forward, so that nobody waits for a
time-out, and so can its clock, so that nobody waits for a retry.
"""

import asyncio
import itertools
import shutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

import httpx
import pytest

from pingpilot_app import settings as settings_module
from pingpilot_app.api.app import create_api
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.policy import policy_of
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, Outcome
from pingpilot_app.domain.failure import Failure, explain
from pingpilot_app.domain.retry import JITTER, RetrySchedule
from pingpilot_app.sandbox import Sandbox
from pingpilot_app.sandbox.inbox import Received
from pingpilot_app.sandbox.telegram import MIGRATED_TO
from pingpilot_app.senders.http_exchange import READ_TIMEOUT
from pingpilot_app.senders.reason import CUT_OUT, REASON_MAX
from pingpilot_app.senders.smtp_connection import COMMAND_TIMEOUT
from pingpilot_app.settings import Settings
from pingpilot_app.storage.destinations import DestinationView, get_destination, set_enabled
from pingpilot_app.storage.events import AttemptView, DeliveryView, get_event
from pingpilot_app.storage.outages import WHOLE, OutageView, list_outages
from tests.conftest import Tenant, tenant_on

DISCORD, TELEGRAM, EMAIL = Channel

FIRST_WAIT, STOP = 100.0, 45.0  # seconds
ASKED = {DISCORD: 0.3, TELEGRAM: 1, EMAIL: 1}  # seconds; Telegram knows whole ones alone
POSSIBLY = " (possibly delivered: the message had gone out)"
TIMEOUTS = {DISCORD: READ_TIMEOUT, TELEGRAM: READ_TIMEOUT, EMAIL: COMMAND_TIMEOUT}
SLOW = 0.05  # seconds
SECRETS = {
    DISCORD: "MTk4NjIyNDgz.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",
    TELEGRAM: "123456:AAtop-secret_token",
    EMAIL: "correct horse/battery",
}


@dataclass(frozen=True)
class Cell:
    """One way to fail, and how it is told.

    `plan` is what the sandbox does with the next requests: its modes, `ok` for an answer as it
    should be, or `refused` where nobody listens. `words` is a pattern. `cold` is a person to whom
    no DM is open yet; `kept` a connection to the mail server that was used before. `copies` is how
    often the message is there in the end.
    """

    channel: Channel
    plan: str
    failure: Failure
    code: str | None
    words: str
    how: dict[str, Any] = field(default_factory=dict)
    possibly: bool = False
    cold: bool = False
    kept: bool = False
    copies: int = 1

    def __str__(self) -> str:
        how = [str(value) for value in self.how.values()]
        more = [*how, *["cold"] * self.cold, *["kept"] * self.kept]
        return "-".join([self.channel, self.plan, *more])


MOVED = "code:migrate_to_chat_id"
BROKE_OFF = "did not answer: peer closed connection *"
SILENT = "did not answer: no answer in time"
NO_API = "answered 200 with something that is not its API's"
UNUSABLE = "The mail server could not be used: *"
SANDBOX = "(PingPilot sandbox)"
CLOSING = f"421 4.3.2 Service not available, closing transmission channel {SANDBOX}"

AGAIN = [
    Cell(DISCORD, "refused", Failure.UNREACHABLE, None, "Discord could not be reached: *"),
    Cell(DISCORD, "reset", Failure.NO_ANSWER, None, f"Discord {BROKE_OFF}", possibly=True),
    Cell(DISCORD, "timeout", Failure.NO_ANSWER, None, f"Discord {SILENT}", possibly=True),
    Cell(DISCORD, "garbage", Failure.NOT_ITS_API, "200", f"Discord {NO_API}", possibly=True),
    Cell(DISCORD, "server_error", Failure.PROVIDER_ERROR, "500", "500: Internal Server Error"),
    Cell(
        DISCORD,
        "server_error",
        Failure.PROVIDER_ERROR,
        "502",
        "502: Bad Gateway",
        {"status": 502, "words": "502: Bad Gateway"},
        possibly=True,
    ),
    Cell(DISCORD, "code:20026", Failure.DM_CLOSED, "20026", "Refused *"),
    Cell(DISCORD, "code:50001, ok, code:50001", Failure.DM_GONE, "50001", "Missing Access"),
    Cell(DISCORD, "code:10003, ok, code:10003", Failure.DM_GONE, "10003", "Unknown Channel"),
    Cell(DISCORD, "code:10003, reset", Failure.UNREACHABLE, None, f"Discord {BROKE_OFF}"),
    Cell(DISCORD, "reset", Failure.UNREACHABLE, None, f"Discord {BROKE_OFF}", cold=True),
    Cell(DISCORD, "timeout", Failure.UNREACHABLE, None, f"Discord {SILENT}", cold=True),
    Cell(DISCORD, "garbage", Failure.NOT_ITS_API, "200", f"Discord {NO_API}", cold=True),
    Cell(
        DISCORD,
        "server_error",
        Failure.PROVIDER_ERROR,
        "502",
        "500: Internal Server Error",
        {"status": 502},
        cold=True,
    ),
    Cell(TELEGRAM, "refused", Failure.UNREACHABLE, None, "Telegram could not be reached: *"),
    Cell(
        TELEGRAM,
        "reset",
        Failure.NO_ANSWER,
        None,
        f"Telegram {BROKE_OFF}",
        possibly=True,
        copies=2,
    ),
    Cell(
        TELEGRAM,
        "timeout",
        Failure.NO_ANSWER,
        None,
        f"Telegram {SILENT}",
        possibly=True,
        copies=2,
    ),
    Cell(TELEGRAM, "garbage", Failure.NOT_ITS_API, "200", f"Telegram {NO_API}", possibly=True),
    Cell(TELEGRAM, "server_error", Failure.PROVIDER_ERROR, "500", "Internal Server Error"),
    Cell(
        TELEGRAM,
        "server_error",
        Failure.PROVIDER_ERROR,
        "502",
        "Bad Gateway",
        {"status": 502, "words": "Bad Gateway"},
        possibly=True,
    ),
    Cell(TELEGRAM, "code:Conflict", Failure.PROVIDER_ERROR, "409", "Conflict: terminated *"),
    Cell(
        TELEGRAM,
        f"{MOVED}, server_error",
        Failure.PROVIDER_ERROR,
        "500",
        "Internal Server Error",
    ),
    Cell(EMAIL, "refused", Failure.UNREACHABLE, None, UNUSABLE),
    Cell(EMAIL, "reset@mail", Failure.UNREACHABLE, None, UNUSABLE),
    Cell(EMAIL, "reset@rcpt", Failure.UNREACHABLE, None, UNUSABLE),
    Cell(EMAIL, "reset", Failure.NO_ANSWER, None, UNUSABLE, possibly=True, copies=2),
    Cell(EMAIL, "timeout@mail", Failure.UNREACHABLE, None, UNUSABLE),
    Cell(EMAIL, "timeout", Failure.NO_ANSWER, None, UNUSABLE, possibly=True, copies=2),
    Cell(EMAIL, "garbage", Failure.NOT_ITS_API, None, UNUSABLE, possibly=True),
    Cell(EMAIL, "rate_limit", Failure.TRY_LATER, "450", "450 4.7.1 Too many messages*"),
    Cell(EMAIL, "server_error", Failure.TRY_LATER, "451", f"451 4.3.0 Local error *{SANDBOX}"),
    Cell(EMAIL, "code:451@mail", Failure.TRY_LATER, "451", "451 *"),
    Cell(EMAIL, "code:452@rcpt", Failure.TRY_LATER, "452", f"452 4.3.1 Insufficient *{SANDBOX}"),
    Cell(EMAIL, "code:450@rcpt", Failure.TRY_LATER, "450", f"450 4.2.1 Mailbox *{SANDBOX}"),
    Cell(EMAIL, "code:451@data", Failure.TRY_LATER, "451", "451 *"),
    Cell(EMAIL, "code:421@mail", Failure.TRY_LATER, "421", CLOSING),
    Cell(EMAIL, "code:421@rcpt", Failure.TRY_LATER, "421", CLOSING),
    Cell(EMAIL, "code:421@data", Failure.TRY_LATER, "421", CLOSING),
    Cell(EMAIL, "reset", Failure.NO_ANSWER, None, UNUSABLE, possibly=True, kept=True, copies=2),
    Cell(EMAIL, "timeout", Failure.NO_ANSWER, None, UNUSABLE, possibly=True, kept=True, copies=2),
    Cell(EMAIL, "timeout@rcpt", Failure.UNREACHABLE, None, UNUSABLE, kept=True),
    Cell(EMAIL, "code:421@mail, code:421@mail", Failure.TRY_LATER, "421", CLOSING, kept=True),
    Cell(EMAIL, "reset@mail, reset@mail", Failure.UNREACHABLE, None, UNUSABLE, kept=True),
]

LIMITED = [
    Cell(DISCORD, "rate_limit", Failure.RATE_LIMITED, "429", "You are being rate limited."),
    Cell(DISCORD, "code:20028", Failure.RATE_LIMITED, "20028", "The channel you are writing has*"),
    Cell(DISCORD, "code:40003", Failure.RATE_LIMITED, "40003", "You are opening *", cold=True),
    Cell(DISCORD, "code:130000", Failure.RATE_LIMITED, "130000", "API resource is currently *"),
    Cell(DISCORD, "rate_limit", Failure.RATE_LIMITED, "429", "You are *", {"everywhere": True}),
    Cell(TELEGRAM, "rate_limit", Failure.RATE_LIMITED, "429", "Too Many Requests: retry after 1"),
    Cell(
        TELEGRAM,
        f"{MOVED}, rate_limit",
        Failure.RATE_LIMITED,
        "429",
        "Too Many Requests: retry after 1",
    ),
]

RELAY = "554 5.7.1 Relay access denied"
STOPPING = [
    Cell(DISCORD, "code:401", Failure.BAD_CREDENTIALS, "401", "401: Unauthorized"),
    Cell(DISCORD, "code:401", Failure.BAD_CREDENTIALS, "401", "401: Unauthorized", cold=True),
    Cell(DISCORD, "code:40001", Failure.BAD_CREDENTIALS, "40001", "Unauthorized. Provide *"),
    Cell(DISCORD, "code:50014", Failure.BAD_CREDENTIALS, "50014", "Invalid authentication *"),
    Cell(DISCORD, "code:40333", Failure.NOT_ITS_API, "40333", "Refused *", {"status": 403}),
    Cell(TELEGRAM, "code:Unauthorized", Failure.BAD_CREDENTIALS, "401", "Unauthorized"),
    Cell(
        TELEGRAM,
        "code:Not Found",
        Failure.BAD_CREDENTIALS,
        "404",
        "Not Found",
        {"status": 404, "words": "Not Found"},
    ),
    Cell(EMAIL, "code:530", Failure.BAD_CREDENTIALS, "530", f"530 5.7.0 Authen*{SANDBOX}"),
    Cell(EMAIL, "code:534", Failure.BAD_CREDENTIALS, "534", f"534 5.7.9 Authen*{SANDBOX}"),
    Cell(EMAIL, "code:535", Failure.BAD_CREDENTIALS, "535", f"535 5.7.8 Authen*{SANDBOX}"),
    Cell(EMAIL, "code:535@mail", Failure.BAD_CREDENTIALS, "535", "535 *"),
    Cell(EMAIL, "code:538@mail", Failure.NOT_SECURE, "538", "538 *"),
    Cell(EMAIL, "code:550@mail", Failure.SENDER_REFUSED, "550", "550 *"),
    Cell(
        EMAIL,
        "code:554@rcpt",
        Failure.SENDER_REFUSED,
        "554",
        f"{RELAY} {SANDBOX}",
        {"words": RELAY.removeprefix("554 ")},
    ),
]

NO_DM = "Cannot send messages to this user"
BREAKING = [
    Cell(DISCORD, "code:50007", Failure.DM_CLOSED, "50007", NO_DM),
    Cell(DISCORD, "code:50007", Failure.DM_CLOSED, "50007", NO_DM, {"status": 400}),
    Cell(DISCORD, "code:50007", Failure.DM_CLOSED, "50007", NO_DM, cold=True),
    Cell(DISCORD, "code:50278", Failure.DM_CLOSED, "50278", f"{NO_DM} due to having no *"),
    Cell(DISCORD, "code:10013", Failure.UNKNOWN_PERSON, "10013", "Unknown User", cold=True),
    Cell(DISCORD, "code:50033", Failure.UNKNOWN_PERSON, "50033", "Invalid Recipient(s)", cold=True),
    Cell(DISCORD, "code:50035", Failure.BAD_ADDRESS, "50035", "Invalid Form Body *", cold=True),
    Cell(DISCORD, "code:10003, code:50007", Failure.DM_CLOSED, "50007", NO_DM),
    Cell(TELEGRAM, "code:blocked", Failure.BOT_BLOCKED, "403", "Forbidden: bot was blocked *"),
    Cell(TELEGRAM, "code:deactivated", Failure.PERSON_GONE, "403", "Forbidden: user is deact*"),
    Cell(TELEGRAM, "code:chat not found", Failure.CHAT_NOT_FOUND, "400", "*: chat not found"),
    Cell(TELEGRAM, "code:initiate", Failure.CHAT_NOT_FOUND, "403", "Forbidden: bot can't *"),
    Cell(TELEGRAM, "code:kicked", Failure.BOT_REMOVED, "403", "Forbidden: bot was kicked *"),
    Cell(
        TELEGRAM,
        f"{MOVED}, code:kicked",
        Failure.BOT_REMOVED,
        "403",
        "Forbidden: bot was kicked *",
    ),
    Cell(EMAIL, "code:550", Failure.MAILBOX_REFUSED, "550", f"550 5.1.1 No such user *{SANDBOX}"),
    Cell(EMAIL, "code:551", Failure.MAILBOX_REFUSED, "551", f"551 5.1.6 User not *{SANDBOX}"),
    Cell(EMAIL, "code:553", Failure.MAILBOX_REFUSED, "553", f"553 5.1.3 Mailbox *{SANDBOX}"),
    Cell(EMAIL, "code:552@rcpt", Failure.MAILBOX_REFUSED, "552", "552 *"),
]

REFUSING = [
    Cell(
        DISCORD,
        "code:50035, code:50035",
        Failure.FORM_REFUSED,
        "50035",
        "Invalid Form Body (embeds.0: Refused as ordered)",
    ),
    Cell(DISCORD, "code:200000", Failure.MESSAGE_REFUSED, "200000", "Refused *"),
    Cell(TELEGRAM, "code:too long", Failure.MESSAGE_REFUSED, "400", "*: message is too long"),
    Cell(EMAIL, "code:554", Failure.MESSAGE_REFUSED, "554", f"554 5.7.1 Message *{SANDBOX}"),
    Cell(EMAIL, "code:550@data", Failure.MESSAGE_REFUSED, "550", "550 *"),
    Cell(EMAIL, "code:552", Failure.MESSAGE_REFUSED, "552", f"552 5.3.4 Message too *{SANDBOX}"),
    Cell(EMAIL, "code:552@mail", Failure.MESSAGE_REFUSED, "552", "552 *"),
]

SURVIVED = [
    (DISCORD, "slow"),
    (DISCORD, "code:50001"),
    (DISCORD, "code:10003"),
    (DISCORD, "code:50035"),
    (TELEGRAM, "slow"),
    (TELEGRAM, MOVED),
    (EMAIL, "slow"),
    (EMAIL, "code:421@mail"),  # it was a kept connection that the server closed
    (EMAIL, "code:421@data"),
    (EMAIL, "reset@mail"),  # the same, without a word
]


# Providers that repeat our token or login in their words.
REPEATING = [
    (DISCORD, "code:200000", {}),
    (DISCORD, "code:50007", {}),
    (DISCORD, "code:40001", {}),
    (DISCORD, "server_error", {"status": 502}),
    (TELEGRAM, "code:whatever", {}),
    (TELEGRAM, "code:Unauthorized", {}),
    (TELEGRAM, "server_error", {"status": 502}),
    (EMAIL, "code:554", {}),
    (EMAIL, "code:550", {}),
    (EMAIL, "code:535", {}),
    (EMAIL, "server_error", {}),
]
EVERYTHING = AGAIN + LIMITED + STOPPING + BREAKING + REFUSING


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop that can be set forward, by `leapt` seconds."""

    leapt = 0.0

    def time(self) -> float:
        """Return the time by which the loop's time-outs end."""
        return super().time() + self.leapt


@dataclass(frozen=True)
class Seen:
    """What came of a try, as it is stored and as the API shows it."""

    tenant: Tenant
    event_id: str
    delivery: DeliveryView
    shown: dict[str, Any]
    destination: DestinationView
    outages: list[OutageView]

    @property
    def attempt(self) -> AttemptView:
        """Return the only attempt."""
        (attempt,) = self.delivery.log
        return attempt

    @property
    def wait(self) -> float | None:
        """Return the seconds from the attempt's end to the next."""
        ended = self.attempt.at + timedelta(milliseconds=self.attempt.ms)
        due = self.delivery.next_attempt_at
        return None if due is None else (due - ended).total_seconds()

    @property
    def words(self) -> str:
        """Return the provider's own words."""
        assert self.delivery.error == self.shown["error"]["message"]
        return self.delivery.error

    @property
    def told(self) -> tuple[object, ...]:
        """Return what is told, but for the words."""
        found, error = self.delivery, self.shown["error"]
        return found.status, found.attempts, found.failure, error["providerCode"], error["hint"]

    @property
    def held(self) -> list[tuple[Channel, str, Failure]]:
        """Return which outages are known."""
        return [(one.channel, one.destination_id, one.failure) for one in self.outages]


class Ground:
    """The instance and the sandbox. Each account has one channel that is on."""

    def __init__(self, settings: Settings, loop: LeapingLoop) -> None:
        policy = replace(policy_of(settings), schedule=RetrySchedule((FIRST_WAIT,) * 3), stop=STOP)
        self._loop = loop
        self._ahead = timedelta(0)
        self._frozen: datetime | None = None
        self._numbers = itertools.count(1)
        self._accounts: list[str] = []  # that did not recover yet
        self.instance = Instance(settings, policy=policy, clock=self._clock)
        self.sandbox = Sandbox(0)

    async def start(self) -> None:
        await self.instance.start()
        await self.open()
        transport = httpx.ASGITransport(create_api(self.instance))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://test")

    async def stop(self) -> None:
        await self._client.aclose()
        await self.instance.stop()
        await self.sandbox.stop()

    async def open(self) -> None:
        """Start the providers."""
        assert self.instance.settings.smtp_port
        port = self.instance.settings.smtp_port - 1
        self.sandbox = Sandbox(port, self.instance.bus.publish_all)
        await self.sandbox.start()
        self._refusing = False

    async def account(self, channel: Channel) -> Tenant:
        """Open an account."""
        number = next(self._numbers)
        addresses = {
            DISCORD: str(200_000_000_000_000_000 + number),
            TELEGRAM: str(1_000 + number),
            EMAIL: f"ada{number}@example.org",
        }
        own = {channel: addresses[channel]}
        tenant = await tenant_on(self.instance, addresses[EMAIL], addresses=own)
        self._accounts.append(tenant.account_id)
        for other in set(Channel) - {channel}:
            off = (tenant.account_id, other, False, self._clock())
            await self.instance.writer.run(tenant.account_id, set_enabled, *off)
        return tenant

    async def send(self, tenant: Tenant) -> str:
        """Post an event."""
        body = {"category": "bug"}
        answer = await self._client.post("/api/v1/event", json=body, headers=tenant.headers)
        assert answer.status_code == 200
        return str(answer.json()["eventId"])

    async def delivered(self, tenant: Tenant, event_id: str) -> DeliveryView:
        """Wait until it arrived."""

        async def look() -> DeliveryView | None:
            found = await self._delivery(tenant, event_id)
            return found if found.status is DeliveryStatus.DELIVERED else None

        return await self.until(look, tenant)

    async def meet(self, cell: Cell) -> Seen:
        """Send an event into the cell's fault, and return what came of its first try."""
        tenant = await self.account(cell.channel)
        self.sandbox.smtp.drop_connections()
        if cell.kept or (cell.channel is DISCORD and not cell.cold):
            await self.delivered(tenant, await self.send(tenant))
        self.sandbox.inbox.clear()
        await self.plan(cell.channel, cell.plan, **cell.how)
        self._frozen = self._clock()  # nothing comes due while we look
        event_id = await self.send(tenant)
        if "timeout" in cell.plan:
            await self.sandbox.faults.held()
            self._loop.leapt += TIMEOUTS[cell.channel] + 1
        return await self._seen(tenant, event_id, cell.channel)

    async def survive(self, channel: Channel, plan: str) -> Seen:
        """Send an event into a fault that it survives, over what is open already."""
        tenant = await self.account(channel)
        await self.delivered(tenant, await self.send(tenant))
        self.sandbox.inbox.clear()
        await self.plan(channel, plan)
        event_id = await self.send(tenant)
        await self.delivered(tenant, event_id)
        return await self._seen(tenant, event_id, channel)

    async def notice(self, seen: Seen) -> str:
        """Wait until the owner is told by mail, and return how."""

        async def look() -> list[Received]:
            return self.sandbox.inbox.received(EMAIL)

        (mail,) = await self.until(look, seen.tenant)
        return str(mail.payload["text"])

    async def plan(self, channel: Channel, plan: str, **how: Any) -> None:
        """Have the sandbox fail, step by step."""
        asked = {"retry_after": ASKED[channel], "seconds": SLOW}
        for step in plan.split(", "):
            if step == "refused":
                await self.sandbox.stop()
                self._refusing = True
            elif step == "ok":
                self.sandbox.fail(channel, "slow", seconds=0)
            else:
                self.sandbox.fail(channel, step, **(asked | how))

    async def mend(self, cell: Cell, seen: Seen) -> list[Received]:
        """Let the wait pass with the fault gone; return what is there once it has arrived."""
        await self.recover()
        await self.delivered(seen.tenant, seen.event_id)
        return self.sandbox.inbox.received(cell.channel)

    async def recover(self) -> None:
        """Let all waits pass, with the fault gone."""
        if self._refusing:
            await self.open()
        self.sandbox.faults.clear()
        self._ahead, self._frozen = self._ahead + timedelta(seconds=2 * FIRST_WAIT), None
        assert self.instance.worker is not None
        for account_id in self._accounts:
            self.instance.worker.try_now(account_id)
        self._accounts.clear()

    async def until(self, look: Callable[[], Awaitable[Any]], tenant: Tenant) -> Any:
        """Wait until `look()` answers something true, at most ten seconds."""
        wake = self.instance.bus.subscribe(tenant.account_id)
        async with asyncio.timeout(10):
            while not (found := await look()):
                await wake.wait()
                wake.clear()
        self.instance.bus.unsubscribe(tenant.account_id, wake)
        return found

    async def _seen(self, tenant: Tenant, event_id: str, channel: Channel) -> Seen:
        async def tried() -> DeliveryView | None:
            found = await self._delivery(tenant, event_id)
            return found if found.log else None

        delivery = await self.until(tried, tenant)
        answer = await self._client.get(f"/api/v1/events/{event_id}", headers=tenant.headers)
        shown = answer.json()["deliveries"][0]
        read = self.instance.database.read
        destination = await read(get_destination, tenant.account_id, channel)
        outages = await read(list_outages, tenant.account_id)
        return Seen(tenant, event_id, delivery, shown, destination, outages)

    async def _delivery(self, tenant: Tenant, event_id: str) -> DeliveryView:
        read = self.instance.database.read
        (delivery,) = (await read(get_event, tenant.account_id, event_id)).deliveries
        return delivery

    def _clock(self) -> datetime:
        return self._frozen or datetime.now(UTC) + self._ahead


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """The event loop of all tests here."""
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        yield runner


@pytest.fixture(scope="module")
def ground(runner, migrated, tmp_path_factory, free_ports) -> Iterator[Ground]:
    """The instance that all tests here share."""
    data_dir, port = tmp_path_factory.mktemp("matrix"), free_ports()
    shutil.copy(migrated, data_dir / "pingpilot.db")
    settings = settings_module.load(
        _env_file=None,
        data_dir=data_dir,
        sandbox="off",
        pingpilot_role="all",
        discord_bot_token=SECRETS[DISCORD],
        discord_api_url=f"http://127.0.0.1:{port}/discord/api/v10",
        telegram_bot_token=SECRETS[TELEGRAM],
        telegram_api_url=f"http://127.0.0.1:{port}/telegram",
        telegram_rate=100_000,
        telegram_chat_rate=100_000,
        smtp_host="127.0.0.1",
        smtp_port=port + 1,
        smtp_tls="none",
        smtp_username="ada",
        smtp_password=SECRETS[EMAIL],
    )
    ground = Ground(settings, runner.get_loop())
    runner.run(ground.start())
    yield ground
    runner.run(ground.stop())


@pytest.fixture
def meet(runner, ground) -> Iterator[Callable[[Cell], Seen]]:
    """Sends an event into a cell's fault and returns what came of its first try."""
    yield lambda cell: runner.run(ground.meet(cell))
    runner.run(ground.recover())


@pytest.fixture
def mend(runner, ground) -> Callable[[Cell, Seen], list[Received]]:
    """Ends the fault and the wait, and returns what is there once the message has arrived."""
    return lambda cell, seen: runner.run(ground.mend(cell, seen))


@pytest.fixture
def survive(runner, ground) -> Callable[[Channel, str], Seen]:
    """Sends an event into a fault that it survives."""
    return lambda channel, plan: runner.run(ground.survive(channel, plan))


@pytest.fixture
def notice(runner, ground) -> Callable[[Seen], str]:
    """Waits for what the owner is told by mail."""
    return lambda seen: runner.run(ground.notice(seen))


def matrix(cells: list[Cell]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("cell", cells, ids=str)


def check(cell: Cell, seen: Seen, status: DeliveryStatus, attempts: int) -> None:
    """State, class, code, hint and the provider's own words, as stored and as shown."""
    explained = explain(cell.failure, cell.channel, status)
    assert seen.told == (status, attempts, cell.failure, cell.code, explained)
    final = status is DeliveryStatus.FAILED
    assert seen.attempt.outcome is (Outcome.PERMANENT if final else Outcome.TRANSIENT)
    assert fnmatchcase(seen.words, cell.words + POSSIBLY * cell.possibly)
    assert cell.possibly or POSSIBLY not in seen.words
    (entry,) = seen.shown["log"]
    assert (entry["message"], entry["providerCode"]) == (seen.words, cell.code)


@matrix(AGAIN)
def test_what_may_pass_waits_by_the_schedule_and_arrives(cell, meet, mend):
    seen = meet(cell)
    check(cell, seen, DeliveryStatus.PENDING, attempts=1)
    assert FIRST_WAIT <= seen.wait <= FIRST_WAIT * (1 + JITTER)
    assert (seen.destination.obstacle, seen.held) == (None, [])
    there = mend(cell, seen)
    assert [one.raw for one in there] == [there[0].raw] * cell.copies  # the same every time


@matrix(LIMITED)
def test_a_wait_that_is_asked_for_is_kept_and_uses_up_no_try(cell, meet, mend):
    since, asked = datetime.now(UTC), ASKED[cell.channel]
    seen = meet(cell)
    check(cell, seen, DeliveryStatus.PENDING, attempts=0)
    whole = [(cell.channel, WHOLE, cell.failure)] if cell.how else []
    assert (seen.wait, seen.destination.obstacle, seen.held) == (asked, None, whole)
    (arrived,) = mend(cell, seen)
    assert arrived.at - since >= timedelta(seconds=asked)


@matrix(STOPPING)
def test_what_only_the_operator_can_mend_stops_the_provider(cell, meet, mend):
    seen = meet(cell)
    check(cell, seen, DeliveryStatus.PENDING, attempts=0)
    whole = [(cell.channel, WHOLE, cell.failure)]
    assert (seen.wait, seen.destination.obstacle, seen.held) == (STOP, None, whole)
    assert len(mend(cell, seen)) == 1


@matrix(BREAKING)
def test_who_takes_nothing_any_more_is_broken_at_once(cell, meet, notice):
    seen = meet(cell)
    check(cell, seen, DeliveryStatus.FAILED, attempts=1)
    assert (seen.wait, seen.held) == (None, [])
    assert seen.destination.broken_failure is cell.failure
    assert seen.destination.broken_reason == seen.words
    if cell.channel is not EMAIL:  # or there would be nothing to tell it by
        assert seen.words in notice(seen)


@matrix(REFUSING)
def test_a_message_that_is_refused_fails_alone(cell, meet, runner, ground):
    seen = meet(cell)
    check(cell, seen, DeliveryStatus.FAILED, attempts=1)
    assert (seen.wait, seen.held, seen.destination.obstacle) == (None, [], None)
    runner.run(ground.delivered(seen.tenant, runner.run(ground.send(seen.tenant))))


@pytest.mark.parametrize(("channel", "plan"), SURVIVED)
def test_what_is_mended_on_the_way_arrives_at_the_first_try(channel, plan, survive, ground):
    seen = survive(channel, plan)
    assert (seen.delivery.attempts, seen.attempt.outcome) == (1, Outcome.DELIVERED)
    assert (seen.shown["error"], seen.wait, seen.held) == (None, None, [])
    assert len(ground.sandbox.inbox.received(channel)) == 1
    assert seen.attempt.ms >= (SLOW * 1000 if plan == "slow" else 0)


def test_a_group_that_moved_is_followed_for_good(survive, ground, runner):
    seen = survive(TELEGRAM, MOVED)
    assert seen.destination.address == str(MIGRATED_TO)
    runner.run(ground.delivered(seen.tenant, runner.run(ground.send(seen.tenant))))
    assert {one.to for one in ground.sandbox.inbox.received(TELEGRAM)} == {str(MIGRATED_TO)}


def test_a_conversation_that_is_gone_is_opened_again_once(survive, ground):
    before = ground.sandbox.discord.dms_opened
    seen = survive(DISCORD, "code:10003")
    assert ground.sandbox.discord.dms_opened == before + 2  # the first time, and again
    assert seen.destination.state["dm_channel_id"]


def test_a_form_that_is_refused_goes_as_plain_text(survive, ground):
    survive(DISCORD, "code:50035")
    (message,) = ground.sandbox.inbox.received(DISCORD)
    assert "bug" in message.payload["content"].lower()
    assert "embeds" not in message.payload


@pytest.mark.parametrize("channel", [DISCORD, TELEGRAM])
def test_a_long_wait_is_told_as_an_outage_of_the_destination(channel, meet):
    cell = Cell(channel, "rate_limit", Failure.RATE_LIMITED, "429", "*", {"retry_after": 60})
    seen = meet(cell)
    assert seen.wait == 60
    assert seen.held == [(channel, seen.destination.id, Failure.RATE_LIMITED)]


@pytest.mark.parametrize(("channel", "plan", "how"), REPEATING)
def test_a_secret_is_cut_out_of_the_words_and_they_end(channel, plan, how, meet, mend):
    secret = SECRETS[channel]
    cell = Cell(channel, plan, Failure.OUR_FAULT, "", "", how | {"words": f"no {secret}! " * 100})
    seen = meet(cell)
    told = [seen.words, seen.destination.broken_reason, *(o.reason for o in seen.outages)]
    for words in filter(None, told):
        assert secret not in words
        assert CUT_OUT in words
        assert len(words) <= REASON_MAX
    if seen.wait:
        mend(cell, seen)


@pytest.mark.parametrize("channel", Channel)
def test_every_channel_meets_every_kind_of_fault(channel):
    met = {cell.plan for cell in EVERYTHING if cell.channel is channel}
    survived = {plan for survivor, plan in SURVIVED if survivor is channel}
    assert {"refused", "reset", "timeout", "garbage", "server_error", "rate_limit"} <= met
    assert "slow" in survived

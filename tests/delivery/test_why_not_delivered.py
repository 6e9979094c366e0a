"""Every class of failure is produced for real, and told as docs/why-not-delivered.md says."""

import asyncio
import re
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from pingpilot_app.api.app import create_api
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.retry import RetrySchedule
from pingpilot_app.sandbox import Sandbox
from pingpilot_app.storage.destinations import set_address, set_enabled
from pingpilot_app.storage.vault import Vault, new_key
from tests.senders import conftest as senders

DISCORD, TELEGRAM, EMAIL = Channel
PENDING, FAILED = "PENDING", "FAILED"

PAGE = Path(__file__).resolve().parents[2] / "docs" / "why-not-delivered.md"
POSSIBLY = "(possibly delivered: the message had gone out)"
NO_DM = "Cannot send messages to this user"

certificate = senders.certificate


class Case(NamedTuple):
    """`plan` is what the sandbox does with the next requests; `words` is a pattern.

    The channel is the one by which the page shows the class.
    """

    failure: Failure
    channel: Channel
    plan: tuple[str, ...]
    words: str


OK = "ok"
PASSING = [
    Case(Failure.NO_ANSWER, TELEGRAM, ("reset",), f"Telegram did not answer: * {POSSIBLY}"),
    Case(Failure.PROVIDER_ERROR, DISCORD, ("server_error",), "500: Internal Server Error"),
    Case(Failure.NOT_ITS_API, DISCORD, ("garbage",), "Discord answered 200 with something *"),
    Case(Failure.DM_GONE, DISCORD, (OK, "code:10003"), "Unknown Channel"),
    Case(Failure.TRY_LATER, EMAIL, ("code:451",), "451 4.3.0 Local error in processing *"),
]
# Waiting for these uses up no try, so nothing is ever given up for them.
HELD = [
    Case(Failure.RATE_LIMITED, TELEGRAM, ("rate_limit",), "Too Many Requests: retry after 60"),
    Case(Failure.BAD_CREDENTIALS, DISCORD, ("code:401",), "401: Unauthorized"),
    Case(Failure.SENDER_REFUSED, EMAIL, ("code:550@mail",), "550 *"),
]
FINAL = [
    Case(Failure.DM_CLOSED, DISCORD, ("code:50007",), NO_DM),
    Case(Failure.UNKNOWN_PERSON, DISCORD, ("code:10013",), "Unknown User"),
    Case(Failure.FORM_REFUSED, DISCORD, (OK, "code:50035", "code:50035"), "Invalid Form Body *"),
    Case(Failure.BOT_BLOCKED, TELEGRAM, ("code:blocked",), "Forbidden: bot was blocked *"),
    Case(Failure.PERSON_GONE, TELEGRAM, ("code:deactivated",), "Forbidden: user is deactivated"),
    Case(Failure.CHAT_NOT_FOUND, TELEGRAM, ("code:chat not found",), "*: chat not found"),
    Case(Failure.BOT_REMOVED, TELEGRAM, ("code:kicked",), "Forbidden: bot was kicked *"),
    Case(Failure.MAILBOX_REFUSED, EMAIL, ("code:550",), "550 5.1.1 No such user here *"),
    Case(Failure.MESSAGE_REFUSED, EMAIL, ("code:554",), "554 5.7.1 Message refused *"),
]
TOLD = [
    *((case, PENDING) for case in PASSING + HELD),
    *((case, FAILED) for case in PASSING + FINAL),
]

produced = {case.failure for case, _ in TOLD}


def produces(failure: Failure) -> Callable:
    """Note that a test produces this class."""
    produced.add(failure)
    return lambda test: test


def failed(delivery: dict) -> bool:
    return delivery["status"] == FAILED


def told(delivery: dict) -> bool:
    return delivery["error"] is not None


def section(failure: Failure) -> str:
    """Return what the page says of the class."""
    parts = re.split(r"^## (.+)\n", PAGE.read_text(), flags=re.MULTILINE)
    headings = [heading.lower().replace(" ", "-") for heading in parts[1::2]]
    return parts[2::2][headings.index(failure)]


def check(delivery: dict, failure: Failure, status: str, words: str) -> None:
    """The provider's words are shown, and the sentences that the page has for the class."""
    assert delivery["status"] == status
    assert fnmatchcase(delivery["error"]["message"], words)
    assert f"> {delivery['error']['hint']}\n" in section(failure)


@pytest.fixture
def status() -> str:
    """PENDING: there is one more try, in an hour; FAILED: there is none."""
    return PENDING


@pytest.fixture
def policy(status):
    waits = (3_600,) if status == PENDING else ()
    return {"schedule": RetrySchedule(waits), "grace": 0.1}


@pytest.fixture
def overrides() -> dict:
    """Settings that are not as the sandbox wants them."""
    return {}


@pytest.fixture
def working_settings(working_settings, overrides):
    return lambda: working_settings(**overrides)


@pytest.fixture
def offset():
    return [timedelta(0)]


@pytest.fixture
def clock(offset):
    return lambda: datetime.now(UTC) + offset[0]


@pytest.fixture
def an_hour_later(instance, tenant, offset):
    """Lets the wait for the next try pass."""

    def an_hour_later() -> None:
        offset[0] += timedelta(hours=2)
        instance.worker.try_now(tenant.account_id)

    return an_hour_later


@pytest.fixture
def change(instance, tenant):
    """Changes a destination of the account."""

    async def change(write, channel: Channel, *args, **values) -> None:
        account_id = tenant.account_id
        await instance.writer.run(account_id, write, account_id, channel, *args, **values)

    return change


@pytest.mark.parametrize(("case", "status"), TOLD, ids=lambda one: getattr(one, "failure", one))
async def test_what_a_provider_does_is_explained(case, status, instance, send, delivery):
    for step in case.plan:
        mode = "slow" if step == OK else step
        instance.sandbox.fail(case.channel, mode, seconds=0, retry_after=60)
    found = await delivery(await send(), case.channel, told)
    check(found, case.failure, status, case.words)


@produces(Failure.UNREACHABLE)
@pytest.mark.parametrize("status", [PENDING, FAILED])
async def test_a_provider_that_nobody_reaches(status, instance, send, delivery):
    await instance.sandbox.stop()
    found = await delivery(await send(), DISCORD, told)
    check(found, Failure.UNREACHABLE, status, "Discord could not be reached: *")


@produces(Failure.BAD_ADDRESS)
async def test_an_address_that_is_none(change, send, delivery):
    now = datetime.now(UTC)
    await change(set_address, DISCORD, now, label="ada", address="ada#1", verified=True)
    found = await delivery(await send(), DISCORD, told)
    check(found, Failure.BAD_ADDRESS, FAILED, "The Discord ID is not one: *")


@produces(Failure.SWITCHED_OFF)
async def test_a_channel_that_is_switched_off_while_a_retry_waits(
    instance, send, delivery, change, an_hour_later
):
    instance.sandbox.fail(TELEGRAM, "server_error")
    event_id = await send()
    await delivery(event_id, TELEGRAM, told)
    await change(set_enabled, TELEGRAM, False, datetime.now(UTC))
    an_hour_later()
    found = await delivery(event_id, TELEGRAM, failed)
    check(found, Failure.SWITCHED_OFF, FAILED, "not tried: the channel is off")
    assert (found["attempts"], len(found["log"])) == (1, 1)


@produces(Failure.NOT_VERIFIED)
@pytest.mark.parametrize("address", [None, "eve@example.org"])
async def test_an_address_that_is_removed_or_changed_while_a_retry_waits(
    address, instance, send, delivery, change, an_hour_later
):
    instance.sandbox.fail(EMAIL, "server_error")
    event_id = await send()
    await delivery(event_id, EMAIL, told)
    now = datetime.now(UTC)
    await change(set_address, EMAIL, now, label=address, address=address, verified=False)
    an_hour_later()
    found = await delivery(event_id, EMAIL, failed)
    check(found, Failure.NOT_VERIFIED, FAILED, "not tried: there is no verified address")
    assert instance.sandbox.inbox.received(EMAIL) == []


async def test_a_retry_goes_to_the_address_that_is_verified_by_then(
    instance, send, delivery, change, an_hour_later
):
    instance.sandbox.fail(EMAIL, "server_error")
    event_id = await send()
    await delivery(event_id, EMAIL, told)
    new, now = "bob@example.org", datetime.now(UTC)
    await change(set_address, EMAIL, now, label=new, address=new, verified=True)
    an_hour_later()
    await delivery(event_id, EMAIL, lambda one: one["status"] == "DELIVERED")
    assert [mail.to for mail in instance.sandbox.inbox.received(EMAIL)] == [new]


@produces(Failure.BROKEN)
async def test_a_destination_that_is_broken(instance, send, delivery):
    instance.sandbox.fail(TELEGRAM, "code:blocked")
    await delivery(await send(), TELEGRAM, failed)
    found = await delivery(await send(), TELEGRAM, failed)
    check(found, Failure.BROKEN, FAILED, "Forbidden: bot was blocked by the user")
    assert found["log"] == []


def seal_by_another_key(connection, account_id, channel):
    """Leave the address as it is where the key of the instance is another one."""
    other = Vault(None, (new_key(),)).seal("destination.address", "42")
    connection.exec_driver_sql(
        "UPDATE destination SET address = ? WHERE account_id = ? AND channel = ?",
        (other, account_id, channel.value),
    )


@produces(Failure.KEY_LOST)
async def test_an_address_that_no_key_opens(instance, send, delivery, change):
    await change(seal_by_another_key, TELEGRAM)
    event_id = await send()
    found = await delivery(event_id, TELEGRAM, failed)
    check(found, Failure.KEY_LOST, FAILED, "not tried: the address cannot be decrypted")
    await delivery(event_id, EMAIL, lambda one: one["status"] == "DELIVERED")


class Buggy:
    """A sender with a mistake in it."""

    async def send(self, message, destination, nonce):
        raise KeyError("dm_channel_id")

    async def close(self) -> None:
        """Do nothing."""


@produces(Failure.OUR_FAULT)
@pytest.mark.parametrize("status", [PENDING, FAILED])
async def test_a_mistake_of_ours(status, instance, send, delivery):
    instance.senders[DISCORD] = Buggy()
    found = await delivery(await send(), DISCORD, told)
    check(found, Failure.OUR_FAULT, status, "PingPilot failed to send this; see its log")


@produces(Failure.STOPPED)
@pytest.mark.parametrize("status", [PENDING, FAILED])
async def test_a_stop_while_it_is_sending(status, instance, send, tenant, make_settings):
    instance.sandbox.fail(TELEGRAM, "timeout")
    event_id = await send()
    await instance.sandbox.faults.held()
    await instance.stop()
    reader = Instance(make_settings())  # it delivers nothing
    await reader.start()
    transport = httpx.ASGITransport(create_api(reader))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        event = (await client.get(f"/api/v1/events/{event_id}", headers=tenant.headers)).json()
    await reader.stop()
    found = next(one for one in event["deliveries"] if one["channel"] == TELEGRAM)
    check(found, Failure.STOPPED, status, f"PingPilot was stopped * {POSSIBLY}")


class TestWithoutProviders:
    """There is neither a token nor the sandbox."""

    @pytest.fixture
    def overrides(self):
        return {"sandbox": "off"}

    @produces(Failure.NOT_CONFIGURED)
    @pytest.mark.parametrize("status", [PENDING, FAILED])
    async def test_a_channel_that_is_not_set_up(self, status, send, delivery):
        found = await delivery(await send(), TELEGRAM, told)
        check(found, Failure.NOT_CONFIGURED, status, "Telegram is not set up on this PingPilot")


class TestWithASelfSignedCertificate:
    """All three providers show a certificate that nobody knows."""

    @pytest.fixture
    async def self_signed(self, certificate):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        mail = Sandbox(0, tls=context)
        await mail.start()
        web = await asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", 0, ssl=context)
        yield f"https://127.0.0.1:{web.sockets[0].getsockname()[1]}", mail
        web.close()
        await mail.stop()

    @pytest.fixture
    def overrides(self, self_signed):
        web, mail = self_signed
        return {
            "sandbox": "off",
            "discord_bot_token": "token",
            "discord_api_url": web,
            "telegram_bot_token": "1:token",
            "telegram_api_url": web,
            "smtp_host": "127.0.0.1",
            "smtp_port": mail.smtp_port,
        }

    @produces(Failure.NOT_SECURE)
    async def test_nothing_is_sent(self, send, delivery, self_signed):
        event_id = await send()
        found = {channel: await delivery(event_id, channel, told) for channel in Channel}
        check(found[EMAIL], Failure.NOT_SECURE, PENDING, "*CERTIFICATE_VERIFY_FAILED*")
        for channel, one in found.items():
            assert "not as secure as it has to be" in one["error"]["hint"], channel
            assert (one["attempts"], one["error"]["providerCode"]) == (0, None), channel
        assert self_signed[1].smtp.messages_taken == 0


def test_every_class_is_produced_here():
    elsewhere = {Failure.HANDED_ON}  # by test_fallback.py, where channels take turns
    assert produced | elsewhere == set(Failure)

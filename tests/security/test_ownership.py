"""Nobody points PingPilot at a stranger, and nobody guesses or steals a proof."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import update

from pingpilot_app.delivery import codes, limits, verification
from pingpilot_app.delivery.instance import Instance, set_current
from pingpilot_app.delivery.telegram_poller import TelegramPoller
from pingpilot_app.domain.audit import Action, Actor
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Invalid, LimitReached
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.retry import RetrySchedule
from pingpilot_app.senders.telegram_updates import _update
from pingpilot_app.storage import accounts
from pingpilot_app.storage.audit import list_entries
from pingpilot_app.storage.destinations import DestinationView, get_destination, set_address
from pingpilot_app.storage.proof import reclaim
from pingpilot_app.storage.tables import deliveries, memberships, tokens
from pingpilot_app.ui.sign_in import sign_in_app
from tests.delivery import conftest as given

clock, delivery, eventually = given.clock, given.delivery, given.eventually
instance, send, settled = given.instance, given.send, given.settled
working_settings = given.working_settings

DISCORD, TELEGRAM, EMAIL = Channel
STRANGER_ID = "987654321098765432"
STRANGER = "stranger@example.org"
ADA = Actor("ada@example.org")


@pytest.fixture(autouse=True)
def _running(instance: Instance):
    set_current(instance)
    yield
    set_current(None)


@pytest.fixture
def policy() -> dict:
    """A second try, an hour later."""
    return {"schedule": RetrySchedule(waits=(3600,))}


def received(instance: Instance, channel: Channel, to: str) -> list:
    assert instance.sandbox is not None
    return [one for one in instance.sandbox.inbox.received(channel) if one.to == to]


async def of(instance: Instance, account_id: str, channel: Channel) -> DestinationView:
    return await instance.database.read(get_destination, account_id, channel)


async def begin(instance: Instance, account_id: str, address: str = STRANGER_ID) -> str:
    here = account_id, DISCORD, address, instance.pepper
    _, code = await instance.writer.run(account_id, verification.begin_code, *here)
    return code


async def confirm(instance: Instance, account_id: str, code: str) -> bool:
    here = account_id, DISCORD, code, instance.pepper
    return await instance.writer.run(account_id, verification.confirm_code, *here)


async def age_tokens(instance: Instance, by: timedelta) -> None:
    """Let all codes be made, and allowances taken, so much earlier."""

    def change(connection) -> None:
        for row in connection.execute(tokens.select()).all():
            older = {"created_at": row.created_at - by, "expires_at": row.expires_at - by}
            connection.execute(update(tokens).where(tokens.c.hash == row.hash).values(older))

    await instance.writer.run(None, change)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


# The pending address gets the code and nothing else


async def test_an_unproved_address_gets_no_test(instance, tenant):
    await codes.send_code(instance, tenant.account_id, EMAIL, STRANGER, actor=ADA)
    trial = await codes.send_test(instance, tenant.account_id, EMAIL, actor=ADA)
    assert "not verified yet" in trial.refusal
    assert len(received(instance, EMAIL, STRANGER)) == 1  # the code


async def test_a_delivery_under_way_does_not_follow_to_an_unproved_address(
    instance, tenant, send, delivery
):
    instance.sandbox.fail(DISCORD, "code:500", 1)
    event_id = await send()
    await delivery(event_id, DISCORD, lambda one: one["attempts"] == 1)
    await begin(instance, tenant.account_id)
    await instance.writer.run(tenant.account_id, hurry)
    ended = await delivery(event_id, DISCORD, lambda one: one["status"] == "FAILED")
    assert ended["attempts"] == 1  # it was not tried again
    assert received(instance, DISCORD, STRANGER_ID) == []


def hurry(connection) -> None:
    """Let all deliveries be due now."""
    connection.execute(update(deliveries).values(next_attempt_at=datetime.now(UTC)))


async def test_events_are_refused_while_an_address_is_not_proved(
    instance,
    client,
    tenant,
):
    await begin(instance, tenant.account_id)
    response = await client.post("/api/v1/event", json={"category": "bug"}, headers=tenant.headers)
    assert response.status_code == 403


async def test_old_events_are_not_replayed_to_an_unproved_address(
    instance,
    client,
    tenant,
    send,
    settled,
):
    event_id = await send()
    await settled(event_id)
    await begin(instance, tenant.account_id)
    path = f"/api/v1/events/{event_id}/replay"
    answer = await client.post(path, json={"channels": ["discord"]}, headers=tenant.headers)
    assert answer.status_code == 422
    assert received(instance, DISCORD, STRANGER_ID) == []


def test_no_code_message_carries_words_of_the_account():
    message = verification.code_message("123456", "https://ping.example")
    assert message.fields == {}
    assert "ask whoever runs https://ping.example" in message.description


# Nobody is pestered, nothing is guessed


async def test_an_address_gets_five_codes_a_day_whoever_asks(instance, open_tenant):
    for number in range(5):
        other = await open_tenant(f"mallory{number}@example.org")
        await codes.send_code(instance, other.account_id, EMAIL, STRANGER, actor=ADA)
    last = await open_tenant("mallory@example.org")
    with pytest.raises(LimitReached, match="several codes today"):
        await codes.send_code(instance, last.account_id, EMAIL, STRANGER, actor=ADA)
    assert len(received(instance, EMAIL, STRANGER)) == 5


async def test_another_spelling_of_a_mailbox_is_the_same_address(instance, open_tenant):
    for number in range(5):
        other = await open_tenant(f"mallory{number}@example.org")
        alias = f"Stranger+{number}@example.org"
        await codes.send_code(instance, other.account_id, EMAIL, alias, actor=ADA)
    last = await open_tenant("mallory@example.org")
    with pytest.raises(LimitReached):
        await codes.send_code(instance, last.account_id, EMAIL, STRANGER, actor=ADA)


async def test_an_account_sends_ten_codes_an_hour(instance, tenant):
    for number in range(10):
        await begin(instance, tenant.account_id, f"10000000000000000{number}")
        await age_tokens(instance, timedelta(seconds=21))
    with pytest.raises(LimitReached, match="Many codes"):
        await begin(instance, tenant.account_id, "200000000000000000")


async def test_the_limits_outlive_the_account(instance, open_tenant):
    """Who deletes an account and opens the next does not begin anew."""
    for number in range(5):
        other = await open_tenant(f"mallory{number}@example.org")
        await begin(instance, other.account_id)

        def remove(connection, account_id=other.account_id):
            connection.execute(
                accounts.accounts.delete().where(accounts.accounts.c.id == account_id)
            )

        await instance.writer.run(other.account_id, remove)
    last = await open_tenant("mallory@example.org")
    with pytest.raises(LimitReached):
        await begin(instance, last.account_id)


async def test_new_codes_do_not_give_new_guesses(instance, tenant):
    code = ""
    for number in range(3):
        code = await begin(instance, tenant.account_id, f"10000000000000000{number}")
        for _ in range(5):
            assert not await confirm(instance, tenant.account_id, wrong(code))
        await age_tokens(instance, timedelta(seconds=21))
    code = await begin(instance, tenant.account_id)
    with pytest.raises(LimitReached, match="Too many codes were wrong"):
        await confirm(instance, tenant.account_id, code)
    await age_tokens(instance, timedelta(days=1))
    code = await begin(instance, tenant.account_id)
    assert await confirm(instance, tenant.account_id, code)


async def test_tests_have_a_limit(instance, tenant):
    refusals = [
        (await codes.send_test(instance, tenant.account_id, EMAIL, actor=ADA)).refusal
        for _ in range(limits.TESTS[0].count + 1)
    ]
    assert refusals[:-1] == [""] * limits.TESTS[0].count
    assert "Many tests were sent" in refusals[-1]


# A proof is bound to the account and the address


async def test_a_code_of_another_account_proves_nothing(instance, open_tenant, tenant):
    other = await open_tenant("mallory@example.org")
    code = await begin(instance, tenant.account_id)
    await begin(instance, other.account_id, "100000000000000000")
    assert not await confirm(instance, other.account_id, code)


async def test_a_code_proves_the_address_it_was_sent_to_alone(instance, tenant):
    code = await begin(instance, tenant.account_id)
    where = {"label": "1" * 18, "address": "1" * 18, "verified": False}
    here = tenant.account_id, DISCORD, datetime.now(UTC)
    await instance.writer.run(tenant.account_id, set_address, *here, **where)
    assert not await confirm(instance, tenant.account_id, code)
    assert not (await of(instance, tenant.account_id, DISCORD)).ready


# Email, by link


@pytest.fixture
async def browser(instance) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is not signed in."""
    transport = httpx.ASGITransport(sign_in_app(instance))
    headers = {"origin": "http://test"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers=headers
    ) as client:
        yield client


async def mailed_token(instance: Instance, account_id: str) -> str:
    await codes.send_code(instance, account_id, EMAIL, STRANGER, actor=ADA)
    text = received(instance, EMAIL, STRANGER)[-1].payload["text"]
    link = re.search(r"http://localhost:8000/confirm#token=[\w-]{43}", text)
    assert link, text
    return parse_qs(urlsplit(link[0]).fragment)["token"][0]


async def test_the_mailboxs_reader_confirms_without_signing_in(instance, tenant, browser):
    token = await mailed_token(instance, tenant.account_id)
    answer = await browser.post("/auth/channel", data={"token": token})
    assert answer.headers["location"] == "/confirm?done=confirmed"
    found = await of(instance, tenant.account_id, EMAIL)
    assert (found.ready, found.address) == (True, STRANGER)
    [proved, _] = await instance.database.read(list_entries, tenant.account_id)
    assert (proved.action, proved.actor) == (Action.CHANNEL_PROVED, STRANGER)


async def test_a_mails_link_works_once(instance, tenant, browser):
    token = await mailed_token(instance, tenant.account_id)
    await browser.post("/auth/channel", data={"token": token})
    again = await browser.post("/auth/channel", data={"token": token})
    assert "done" not in again.headers["location"]


async def test_opening_the_link_confirms_nothing(instance, tenant, browser):
    token = await mailed_token(instance, tenant.account_id)
    await browser.get("/auth/channel", params={"token": token})
    assert not (await of(instance, tenant.account_id, EMAIL)).ready


async def test_a_form_of_another_site_confirms_nothing(instance, tenant, browser):
    token = await mailed_token(instance, tenant.account_id)
    foreign = {"origin": "https://evil.example"}
    answer = await browser.post("/auth/channel", data={"token": token}, headers=foreign)
    assert answer.status_code == 403
    assert not (await of(instance, tenant.account_id, EMAIL)).ready


async def test_another_address_voids_the_link_and_the_code(instance, tenant, browser):
    token = await mailed_token(instance, tenant.account_id)
    await age_tokens(instance, timedelta(seconds=21))
    await codes.send_code(instance, tenant.account_id, EMAIL, "other@example.org", actor=ADA)
    await browser.post("/auth/channel", data={"token": token})
    assert not (await of(instance, tenant.account_id, EMAIL)).ready


async def test_a_days_old_link_is_too_old(instance, tenant, browser):
    token = await mailed_token(instance, tenant.account_id)
    await age_tokens(instance, timedelta(hours=24))
    await browser.post("/auth/channel", data={"token": token})
    assert not (await of(instance, tenant.account_id, EMAIL)).ready


async def test_the_code_of_the_mail_works_too_and_ends_the_link(instance, tenant, browser):
    token = await mailed_token(instance, tenant.account_id)
    code = re.search(r"code is (\d{6})", received(instance, EMAIL, STRANGER)[-1].payload["text"])
    await codes.confirm_code(instance, tenant.account_id, EMAIL, code[1], actor=ADA)
    assert (await of(instance, tenant.account_id, EMAIL)).ready
    again = await browser.post("/auth/channel", data={"token": token})
    assert "done" not in again.headers["location"]


# Telegram


async def link(instance: Instance, account_id: str, name: str = "ada_lovelace") -> str:
    here = account_id, name, instance.pepper
    return await instance.writer.run(account_id, verification.begin_link, *here)


async def press(
    instance: Instance,
    token: str,
    name: str = "ada_lovelace",
    chat: str = "77",
) -> str:
    here = token, name, chat, instance.pepper
    return await instance.writer.run(None, verification.finish_link, *here)


async def test_a_start_link_works_once(instance, tenant):
    token = await link(instance, tenant.account_id)
    await press(instance, token)
    with pytest.raises(Invalid, match="too old or was used"):
        await press(instance, token, chat="78")
    assert (await of(instance, tenant.account_id, TELEGRAM)).address == "77"


async def test_a_stolen_start_link_is_of_no_use_and_stays_good(instance, tenant):
    token = await link(instance, tenant.account_id)
    with pytest.raises(Invalid, match="@ada_lovelace"):
        await press(instance, token, "mallory", "666")
    assert await press(instance, token) == tenant.account_id


async def test_who_has_no_username_is_told_so(instance, tenant):
    token = await link(instance, tenant.account_id)
    with pytest.raises(Invalid, match="has no username"):
        await press(instance, token, "", "666")


async def test_an_old_start_link_is_void(instance, tenant):
    token = await link(instance, tenant.account_id)
    await age_tokens(instance, verification.LINK_LIFETIME)
    with pytest.raises(Invalid, match="too old"):
        await press(instance, token)


async def test_a_newer_link_voids_the_older(instance, tenant):
    first = await link(instance, tenant.account_id)
    second = await link(instance, tenant.account_id)
    with pytest.raises(Invalid, match="too old"):
        await press(instance, first)
    await press(instance, second)


async def test_a_username_taken_over_later_changes_nothing(instance, tenant):
    """The chat's number counts from the link on."""
    await press(instance, await link(instance, tenant.account_id))
    with pytest.raises(Invalid):
        await press(instance, "x" * 32, "ada_lovelace", "666")
    assert (await of(instance, tenant.account_id, TELEGRAM)).address == "77"


async def test_a_link_does_not_outlive_another_address(instance, tenant):
    """The operator set the channel while a link was open."""
    token = await link(instance, tenant.account_id)
    where = {"label": "42", "address": "42", "verified": True}
    here = tenant.account_id, TELEGRAM, datetime.now(UTC)
    await instance.writer.run(tenant.account_id, set_address, *here, **where)
    with pytest.raises(Invalid, match="too old"):
        await press(instance, token)
    assert (await of(instance, tenant.account_id, TELEGRAM)).address == "42"


async def test_a_strangers_open_link_dies_when_the_account_is_reclaimed(instance):
    """Mallory opened an account with Ada's address; Ada takes it by a password reset."""
    run, now = instance.writer.run, datetime.now(UTC)
    here = "ada@example.org", None, Plan.FREE, now
    account_id = await run(None, accounts.open_account, *here, proven=False)
    token = await link(instance, account_id, "mallory")

    def owner(connection) -> str:
        query = memberships.select().where(memberships.c.account_id == account_id)
        return connection.execute(query).one().user_id

    await run(account_id, reclaim, await instance.database.read(owner), now)
    with pytest.raises(Invalid, match="too old"):
        await press(instance, token, "mallory", "666")


async def test_two_accounts_may_have_one_chat_each_by_its_own_link(instance, open_tenant):
    for name in ("ada", "bob"):
        one = await open_tenant(f"{name}@example.org")
        await press(instance, await link(instance, one.account_id))
        assert (await of(instance, one.account_id, TELEGRAM)).ready


@pytest.mark.parametrize(
    "chat", [{"id": -100, "type": "supergroup"}, {"id": -5, "type": "private"}, {"type": "private"}]
)
async def test_only_a_persons_own_chat_is_linked(instance, tenant, chat):
    token = await link(instance, tenant.account_id)
    message = {"chat": chat, "from": {"username": "ada_lovelace"}, "text": f"/start {token}"}
    poller = TelegramPoller(None, instance.writer, instance.pepper, lambda _: None)
    await poller._answer(_update({"update_id": 1, "message": message}))
    assert not (await of(instance, tenant.account_id, TELEGRAM)).ready

"""Acknowledging in the message itself, on all three channels, and what messages say then."""

import asyncio
import re
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import func, insert, select, update

from pingpilot_app.delivery.acknowledgement import acknowledge
from pingpilot_app.delivery.instance import SANDBOX_TOPIC, set_current
from pingpilot_app.delivery.responses import claim_event, release_event, resolve_event
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Forbidden, NotFound
from pingpilot_app.domain.response import Responder
from pingpilot_app.domain.role import Role
from pingpilot_app.storage.categories import change_category
from pingpilot_app.storage.claims import claims_of
from pingpilot_app.storage.destinations import set_address
from pingpilot_app.storage.readers import Reading
from pingpilot_app.storage.tables import deliveries, destinations, memberships, message_edits
from pingpilot_app.storage.users import add_user
from pingpilot_app.ui.claim import WRONG_EACH, claim_app
from tests.conftest import ADDRESSES

ANN = Responder("Ann")
ON_IT = "👤 Ann is on it"


@pytest.fixture(autouse=True)
def wired(instance, client):
    """The sandbox's Discord reaches the API, which no port serves here."""

    async def post(_url: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        path = "/api/v1/discord/interactions"
        return await client.post(path, content=body, headers=headers)

    instance.sandbox.discord.presses.post = post
    set_current(instance)
    yield
    set_current(None)


@pytest.fixture
async def browser(instance):
    """Opens the links of mails."""
    transport = httpx.ASGITransport(claim_app(instance))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield client


@pytest.fixture
def newest(instance):
    """Returns the newest message of a channel."""
    return lambda channel: instance.sandbox.inbox.received(channel)[-1]


@pytest.fixture
def link(newest):
    """Returns the link in the newest mail that claims its event."""
    pattern = r"I'm on it: \S+(/claim/\S+)"
    pattern = r"I'm on it: \S+(/claim/\S+)"
    return lambda: re.search(pattern, newest(Channel.EMAIL).payload["text"])[1]


@pytest.fixture
def holder(instance, tenant):
    """Returns what who has an event is called, None for nobody."""

    async def holder(event_id):
        found = await instance.database.read(claims_of, tenant.account_id, [event_id])
        return found[event_id].name if found else None

    return holder


@pytest.fixture
def shows(newest, eventually):
    """Waits until the newest message of a channel meets a condition, and returns its JSON."""

    async def shows(channel, condition):
        async def look():
            found = newest(channel).payload
            return found if condition(found) else None

        return await eventually(look, SANDBOX_TOPIC)

    return shows


def text_of(payload) -> str:
    return payload.get("content") or payload.get("text") or ""


def says(words):
    return lambda payload: words in text_of(payload)


def has_button(payload) -> bool:
    keyboard = payload.get("reply_markup") or {}
    return bool(payload.get("components") or keyboard.get("inline_keyboard"))


async def queued(instance) -> int:
    count = select(func.count()).select_from(message_edits)
    return await instance.database.read(lambda c: c.execute(count).scalar_one())


async def no_more_edits(instance) -> None:
    async with asyncio.timeout(10):
        while await queued(instance):
            await instance.writer.run(None, lambda _: None)


# In each channel


async def test_a_press_in_discord_claims_and_edits_all_messages(
    instance, send, settled, newest, holder, shows
):
    event_id = await send()
    await settled(event_id)
    told = await instance.sandbox.discord.presses.press(newest(Channel.DISCORD).reference)

    assert (told, await holder(event_id)) == ("", "@user5678")
    discord = newest(Channel.DISCORD).payload
    assert (discord["content"], discord["components"]) == ("👤 @user5678 is on it", [])
    telegram = await shows(Channel.TELEGRAM, says("\n\n👤 @user5678 is on it"))
    assert not has_button(telegram)


async def test_a_press_in_telegram_claims_and_edits_all_messages(
    instance, send, settled, newest, holder, shows
):
    event_id = await send()
    await settled(event_id)
    told = await instance.sandbox.telegram.press(newest(Channel.TELEGRAM).reference)

    assert told.startswith("You are on it")
    assert await holder(event_id) == "User 424242"
    await shows(Channel.DISCORD, says("👤 User 424242 is on it"))
    await shows(Channel.TELEGRAM, says("👤 User 424242 is on it"))


async def test_the_link_in_a_mail_claims_and_edits_all_messages(
    send, settled, link, browser, holder, shows
):
    event_id = await send(description="It <b>broke</b>", fields={"secret": "s3cr3t"})
    await settled(event_id)
    asked = await browser.get(link())
    assert await holder(event_id) is None
    told = await browser.post(link())

    assert "It &lt;b&gt;broke&lt;/b&gt;" in asked.text
    assert "s3cr3t" not in asked.text + told.text
    assert (told.status_code, told.headers["cache-control"]) == (200, "no-store")
    assert await holder(event_id) == "ada"
    await shows(Channel.DISCORD, says("👤 ada is on it"))
    await shows(Channel.TELEGRAM, says("👤 ada is on it"))
    assert "👤 ada is on it" in (await browser.get(link())).text


async def test_a_claim_wakes_the_feed_at_once(instance, tenant, send, settled, newest):
    await settled(await send())
    before = instance.bus.version(tenant.account_id)
    await instance.sandbox.discord.presses.press(newest(Channel.DISCORD).reference)

    assert instance.bus.version(tenant.account_id) != before


async def test_the_layouts_stay_and_the_button_comes_beside(send, settled, newest):
    await settled(await send())
    discord, telegram = newest(Channel.DISCORD).payload, newest(Channel.TELEGRAM).payload

    assert "content" not in discord
    assert telegram["text"].startswith("🎉 Event Notification 🎉")
    assert discord["components"][0]["components"][0]["custom_id"].startswith("claim:evt_")
    assert telegram["reply_markup"]["inline_keyboard"][0][0]["text"] == "👤 I'm on it"


# What others do, wherever they do it


async def test_a_claim_in_the_feed_edits_the_messages_and_a_release_asks_again(
    instance, tenant, send, settled, shows
):
    event_id = await send()
    await settled(event_id)
    await claim_event(instance, tenant.account_id, event_id, ANN)
    for channel in (Channel.DISCORD, Channel.TELEGRAM):
        assert not has_button(await shows(channel, says(ON_IT)))
    await release_event(instance, tenant.account_id, event_id, ANN)
    for channel in (Channel.DISCORD, Channel.TELEGRAM):
        assert ON_IT not in text_of(await shows(channel, has_button))


async def test_a_note_stands_in_the_messages_without_formatting(
    instance, tenant, send, settled, shows
):
    event_id = await send()
    await settled(event_id)
    await resolve_event(instance, tenant.account_id, event_id, ANN, "@everyone *again*")

    shown = await shows(Channel.DISCORD, says("✅ Resolved by Ann"))
    assert shown["content"] == "✅ Resolved by Ann: @\u200beveryone \\*again\\*"
    assert (await shows(Channel.TELEGRAM, says("✅ Resolved")))["text"].endswith("*again*")


async def test_who_comes_second_changes_nothing(instance, tenant, send, settled, newest, holder):
    event_id = await send()
    await settled(event_id)
    reference = newest(Channel.TELEGRAM).reference
    button = newest(Channel.TELEGRAM).payload["reply_markup"]
    await claim_event(instance, tenant.account_id, event_id, ANN)
    await no_more_edits(instance)
    instance.sandbox.inbox.edit(Channel.TELEGRAM, reference, {"reply_markup": button})  # on screen

    assert await instance.sandbox.telegram.press(reference) == "Ann is on it already."
    assert await holder(event_id) == "Ann"


async def test_claimed_before_it_arrived_the_message_says_so_all_the_same(
    instance, tenant, send, settled, shows
):
    instance.sandbox.fail(Channel.DISCORD, "slow", seconds=0.4)
    event_id = await send()
    await claim_event(instance, tenant.account_id, event_id, ANN)
    await settled(event_id)

    assert not has_button(await shows(Channel.DISCORD, says(ON_IT)))


async def test_a_category_that_asks_nobody_has_no_button_and_no_link(
    instance, tenant, send, settled, newest, shows
):
    mine = tenant.account_id
    changes = {"acknowledge": False}
    await instance.writer.run(mine, change_category, mine, "bug", changes, datetime.now(UTC))
    event_id = await send()
    await settled(event_id)

    assert "components" not in newest(Channel.DISCORD).payload
    assert "reply_markup" not in newest(Channel.TELEGRAM).payload
    assert "/claim/" not in newest(Channel.EMAIL).payload["text"]
    await claim_event(instance, mine, event_id, ANN)
    await shows(Channel.DISCORD, says(ON_IT))


# Who may


def reading(tenant, event_id, channel=Channel.DISCORD, address=None, **more) -> Reading:
    return Reading(tenant.account_id, event_id, channel, address or ADDRESSES[channel], "x", **more)


async def claim(instance, wanted: Reading):
    return await acknowledge(instance.writer, instance.bus, wanted, datetime.now(UTC))


@pytest.mark.parametrize(
    "changed",
    [
        {"address": "999999999999999999"},
        {"event_id": "evt_00000000000000000000000000"},
        {"account_id": "acc_00000000000000000000000000"},
        {"channel": Channel.TELEGRAM},
    ],
)
async def test_whom_nothing_was_sent_to_claims_nothing(
    instance, tenant, send, settled, holder, changed
):
    event_id = await send()
    await settled(event_id)
    parts = {
        "account_id": tenant.account_id,
        "event_id": event_id,
        "channel": Channel.DISCORD,
        "address": ADDRESSES[Channel.DISCORD],
        "name": "x",
    }
    with pytest.raises(NotFound):
        await claim(instance, Reading(**parts | changed))
    assert await holder(event_id) is None


async def test_a_strangers_press_is_told_to_them_alone(instance, send, settled, newest, holder):
    event_id = await send()
    await settled(event_id)
    reference = newest(Channel.DISCORD).reference
    told = await instance.sandbox.discord.presses.press(reference, "999999999999999999")

    assert told == "This message is not one that PingPilot sent to you."
    assert await holder(event_id) is None
    assert has_button(newest(Channel.DISCORD).payload)


@pytest.fixture
def enrol(instance, tenant):
    """Makes somebody a member, perhaps with the account's Discord address as their own."""

    async def enrol(email, role, own_address=None):
        now, mine = datetime.now(UTC), tenant.account_id

        def add(connection):
            user_id = add_user(connection, email, None, now)
            row = {"account_id": mine, "user_id": user_id, "role": role, "created_at": now}
            connection.execute(insert(memberships).values(**row))
            if own_address:
                row = {"id": f"dst_{user_id[4:]}", "account_id": mine, "user_id": user_id}
                row |= {"channel": Channel.DISCORD, "enabled": True, "label": "d", "state": {}}
                row |= {"address": own_address, "verified_at": now, "updated_at": now}
                connection.execute(insert(destinations).values(**row))
            return user_id

        return await instance.writer.run(mine, add)

    return enrol


async def test_the_member_who_has_the_address_is_the_one_on_it(
    instance, tenant, enrol, send, settled
):
    user_id = await enrol("bob@example.org", Role.MEMBER, ADDRESSES[Channel.DISCORD])
    event_id = await send()
    await settled(event_id)
    told, _ = await claim(instance, reading(tenant, event_id))

    assert (told.user_id, told.name) == (user_id, "bob")


async def test_a_viewer_claims_nothing(instance, tenant, enrol, send, settled, holder):
    await enrol("vera@example.org", Role.VIEWER, ADDRESSES[Channel.DISCORD])
    event_id = await send()
    await settled(event_id)

    with pytest.raises(Forbidden):
        await claim(instance, reading(tenant, event_id))
    assert await holder(event_id) is None


async def test_a_colleague_who_is_signed_in_claims_as_themselves(
    instance, tenant, enrol, send, settled
):
    user_id = await enrol("bob@example.org", Role.MEMBER)
    event_id = await send()
    await settled(event_id)
    told, _ = await claim(instance, reading(tenant, event_id, Channel.EMAIL, user_id=user_id))

    assert told.user_id == user_id


async def test_an_outsider_who_is_signed_in_claims_as_who_reads_the_mail(
    instance, tenant, open_tenant, send, settled
):
    await open_tenant("charlie@example.org")
    event_id = await send()
    await settled(event_id)
    wanted = reading(tenant, event_id, Channel.EMAIL, user_id="usr_00000000000000000000000000")

    assert (await claim(instance, wanted))[0].name == "ada"


# Links that are not ours


@pytest.mark.parametrize("spoil", [lambda t: t[:-1], lambda t: f"{t}x", lambda t: t.split(".")[0]])
async def test_a_link_that_is_not_ours_shows_and_claims_nothing(
    send, settled, link, browser, holder, spoil
):
    event_id = await send(description="It broke")
    await settled(event_id)
    answers = [await browser.get(spoil(link())), await browser.post(spoil(link()))]

    assert [one.status_code for one in answers] == [404, 404]
    assert "It broke" not in answers[0].text + answers[1].text
    assert await holder(event_id) is None


async def test_a_link_to_an_old_address_claims_nothing(
    instance, tenant, send, settled, link, browser
):
    await settled(await send())
    mine, now = tenant.account_id, datetime.now(UTC)
    await instance.writer.run(
        mine, set_address, mine, Channel.EMAIL, now, label="b", address="b@x.org", verified=True
    )

    assert (await browser.post(link())).status_code == 404


async def test_guessing_links_is_slow(browser):
    guesses = [await browser.get("/claim/x") for _ in range(WRONG_EACH + 1)]

    assert [guesses[0].status_code, guesses[-1].status_code] == [404, 429]


# Editing


async def test_a_rate_limit_is_waited_for(instance, tenant, send, settled, shows):
    event_id = await send()
    await settled(event_id)
    instance.sandbox.fail(Channel.DISCORD, "rate_limit", retry_after=0.2)
    await claim_event(instance, tenant.account_id, event_id, ANN)

    await shows(Channel.DISCORD, says(ON_IT))
    await no_more_edits(instance)


async def test_a_message_that_is_gone_is_given_up_and_counts_as_no_attempt(
    instance, tenant, send, settled
):
    event_id = await send()
    before = await settled(event_id)
    instance.sandbox.inbox.clear()
    await claim_event(instance, tenant.account_id, event_id, ANN)
    await no_more_edits(instance)

    after = await settled(event_id)
    assert after["deliveries"] == before["deliveries"]


async def test_what_fails_is_tried_again_later(instance, tenant, send, settled):
    event_id = await send()
    await settled(event_id)
    instance.sandbox.fail(Channel.TELEGRAM, "server_error", None)
    await claim_event(instance, tenant.account_id, event_id, ANN)
    async with asyncio.timeout(10):
        while (found := await edits(instance)) != [1]:
            await instance.writer.run(None, lambda _: None)

    assert found == [1]


async def edits(instance) -> list[int]:
    query = select(message_edits.c.attempts)
    return await instance.database.read(lambda c: list(c.execute(query).scalars()))


async def test_a_message_in_a_chat_that_was_left_is_let_be(instance, tenant, send, settled, newest):
    """Its number means another message in the new chat."""
    event_id = await send()
    await settled(event_id)
    later = update(destinations).where(destinations.c.channel == Channel.TELEGRAM)
    moved = later.values(address="777", verified_at=datetime.now(UTC))
    await instance.writer.run(tenant.account_id, lambda c: c.execute(moved).rowcount)
    await claim_event(instance, tenant.account_id, event_id, ANN)
    await no_more_edits(instance)

    assert newest(Channel.TELEGRAM).edited_at is None


async def test_the_providers_name_of_a_message_is_kept_but_no_mails(
    instance, send, settled, newest
):
    await settled(await send())
    query = select(deliveries.c.channel, deliveries.c.reference)
    kept = dict(await instance.database.read(lambda c: c.execute(query).all()))

    assert kept == {
        Channel.DISCORD: newest(Channel.DISCORD).reference,
        Channel.TELEGRAM: newest(Channel.TELEGRAM).reference,
        Channel.EMAIL: None,
    }

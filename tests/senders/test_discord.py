"""Discord: what arrives, and what each refusal means."""

import asyncio

import httpx
import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.senders.discord import DiscordSender
from pingpilot_app.senders.sender import Destination, Scope, SendError


async def failure(discord, sandbox, message, mode, times=1, **how):
    """Send to somebody whose DM is open, with a planned failure; return the error."""
    sandbox.fail(Channel.DISCORD, mode, times, **how)
    known = Destination("dst_1", "123456789012345678", {"dm_channel_id": "223456789012345678"})
    with pytest.raises(SendError) as caught:
        await discord.send(message(), known, "n-1")
    return caught.value


async def test_the_embed_has_the_documented_layout(discord, sandbox, message, person):
    await discord.send(message(), person, "n-1")
    (received,) = sandbox.inbox.received(Channel.DISCORD)
    (embed,) = received.payload["embeds"]
    assert received.to == person.address
    assert embed == {
        "title": "🐛 Bug",
        "description": "Critical database connection error",
        "color": 16_711_680,
        "timestamp": "2026-03-06T10:30:00.000Z",
        "fields": [
            {"name": "severity", "value": "high", "inline": True},
            {"name": "service", "value": "api-server", "inline": True},
            {"name": "error_code", "value": "ECONNREFUSED", "inline": True},
            {"name": "retry_count", "value": "3", "inline": True},
        ],
    }


async def test_nobody_is_pinged(discord, sandbox, message, person):
    await discord.send(message(description="@everyone <@123> **now**"), person, "n-1")
    payload = sandbox.inbox.received()[0].payload
    assert payload["allowed_mentions"] == {"parse": []}
    assert payload["embeds"][0]["description"] == "@\u200beveryone \\<@123> \\*\\*now\\*\\*"


async def test_the_channel_is_opened_once_and_handed_back(discord, sandbox, message, person):
    first = await discord.send(message(), person, "n-1")
    second = await discord.send(message(), Destination("d", person.address, first.state), "n-2")
    assert first.state.keys() == {"dm_channel_id"}
    assert second.state is None
    assert sandbox.discord.dms_opened == 1


async def test_a_crowd_for_one_person_opens_one_channel(discord, sandbox, message, person):
    await asyncio.gather(*(discord.send(message(), person, f"n-{n}") for n in range(8)))
    assert sandbox.discord.dms_opened == 1
    assert sandbox.inbox.counts()["discord"] == 8


async def test_a_channel_opened_before_a_failure_is_not_opened_again(
    discord, sandbox, message, person
):
    await discord.send(message(), person, "n-0")
    sandbox.fail(Channel.DISCORD, "server_error")
    with pytest.raises(SendError):
        await discord.send(message(), person, "n-1")
    receipt = await discord.send(message(), person, "n-1")
    assert sandbox.discord.dms_opened == 1
    assert receipt.state["dm_channel_id"]


async def test_a_repeat_of_a_nonce_shows_once(discord, sandbox, message, person):
    one = await discord.send(message(), person, "n-1")
    two = await discord.send(message(), person, "n-1")
    assert one.reference == two.reference
    assert sandbox.inbox.counts()["discord"] == 1


async def test_a_retry_after_a_lost_answer_shows_once(discord, sandbox, message):
    error = await failure(discord, sandbox, message, "reset")
    known = Destination("d", "123456789012345678", {"dm_channel_id": "223456789012345678"})
    await discord.send(message(), known, "n-1")
    assert error.possibly_delivered
    assert sandbox.inbox.counts()["discord"] == 1


@pytest.mark.parametrize("code", ["50007", "50278", "10013", "50033"])
async def test_who_cannot_be_reached_is_given_up(discord, sandbox, message, code):
    error = await failure(discord, sandbox, message, f"code:{code}")
    assert (error.permanent, error.scope, error.code) == (True, Scope.DESTINATION, code)


@pytest.mark.parametrize("code", ["401", "40001", "50014"])
async def test_a_bad_token_stops_discord_and_loses_nothing(discord, sandbox, message, code):
    error = await failure(discord, sandbox, message, f"code:{code}")
    assert (error.permanent, error.scope, error.retry_after) == (False, Scope.PROVIDER, None)


@pytest.mark.parametrize("mode", ["rate_limit", "code:20028", "code:40003", "code:130000"])
async def test_too_fast_waits_as_long_as_asked(discord, sandbox, message, mode):
    error = await failure(discord, sandbox, message, mode, retry_after=1.75)
    assert (error.permanent, error.retry_after) == (False, 1.75)
    assert error.scope is Scope.DESTINATION


async def test_a_global_limit_pauses_the_whole_bot(discord, sandbox, message):
    error = await failure(discord, sandbox, message, "rate_limit", everywhere=True)
    assert error.scope is Scope.PROVIDER


@pytest.mark.parametrize("code", ["50001", "10003"])
async def test_a_lost_channel_is_opened_again(discord, sandbox, message, code):
    sandbox.fail(Channel.DISCORD, f"code:{code}")
    stale = Destination("d", "123456789012345678", {"dm_channel_id": "223456789012345678"})
    receipt = await discord.send(message(), stale, "n-1")
    assert sandbox.discord.dms_opened == 1
    assert receipt.state["dm_channel_id"] != "223456789012345678"


async def test_a_channel_is_opened_again_only_once(discord, sandbox, message):
    fine_once = sandbox.discord.dms_opened
    sandbox.fail(Channel.DISCORD, "code:10003")
    sandbox.fail(Channel.DISCORD, "slow", seconds=0)
    error = await failure(discord, sandbox, message, "code:10003")
    assert (error.permanent, error.code) == (False, "10003")
    assert sandbox.discord.dms_opened == fine_once + 1


async def test_a_refused_embed_goes_as_plain_text(discord, sandbox, message, person):
    await discord.send(message(), person, "n-0")
    sandbox.fail(Channel.DISCORD, "code:50035")
    await discord.send(message(), person, "n-1")
    payload = sandbox.inbox.received()[-1].payload
    assert "embeds" not in payload
    assert payload["content"].startswith("🐛 Bug\nCritical database connection error\n")


async def test_a_refused_plain_text_is_given_up(discord, sandbox, message):
    error = await failure(discord, sandbox, message, "code:50035", times=2)
    assert (error.permanent, error.scope) == (True, Scope.MESSAGE)
    assert error.reason == "Invalid Form Body (embeds.0: Refused as ordered)"


async def test_a_server_error_may_pass(discord, sandbox, message):
    error = await failure(discord, sandbox, message, "server_error")
    assert (error.permanent, error.possibly_delivered) == (False, False)


async def test_garbage_is_a_passing_failure(discord, sandbox, message):
    error = await failure(discord, sandbox, message, "garbage")
    assert (error.permanent, error.possibly_delivered) == (False, True)


@pytest.mark.parametrize("address", ["", "alice", "12345", "1" * 21, "99999999999999999999"])
async def test_what_is_no_id_is_never_sent_to(discord, sandbox, message, address):
    with pytest.raises(SendError) as caught:
        await discord.send(message(), Destination("d", address), "n-1")
    assert (caught.value.permanent, caught.value.scope) == (True, Scope.DESTINATION)
    assert sandbox.discord.dms_opened == 0


async def test_nobody_there_is_a_passing_failure(discord, sandbox, message, person):
    await sandbox.stop()
    with pytest.raises(SendError) as caught:
        await discord.send(message(), person, "n-1")
    assert (caught.value.permanent, caught.value.possibly_delivered) == (False, False)


def answering(settings, *answers):
    """Return a sender whose Discord gives these answers, the last one for ever."""
    left = list(answers)
    take = lambda request: left.pop(0) if len(left) > 1 else left[0]  # noqa: E731  # one line
    return DiscordSender(settings, httpx.AsyncClient(transport=httpx.MockTransport(take)))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        "{",
        '{"id": 5}',
        '{"id": []}',
        b"\xff\xfe",
        "[" * 100_000,
        '{"id": ' + "9" * 5_000 + "}",
    ],
)
@pytest.mark.parametrize("status", [200, 204, 302, 400, 403, 404, 429, 500])
async def test_no_answer_raises_anything_else(discord_settings, message, person, body, status):
    discord = answering(discord_settings, httpx.Response(status, content=body))
    with pytest.raises(SendError) as caught:
        await discord.send(message(), person, "n-1")
    assert not caught.value.permanent


@pytest.mark.parametrize("wait", ["NaN", "Infinity", "-1", '"soon"', "null", "[]", "true", "1e999"])
async def test_a_senseless_wait_is_replaced(discord_settings, message, person, wait):
    body = f'{{"message": "slow", "retry_after": {wait}}}'
    discord = answering(discord_settings, httpx.Response(429, content=body))
    with pytest.raises(SendError) as caught:
        await discord.send(message(), person, "n-1")
    assert 0 < caught.value.retry_after <= 5


async def test_a_full_bucket_is_not_written_to(discord_settings, message, person):
    full = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "4.5"}
    body = {"id": "923456789012345678"}
    discord = answering(discord_settings, httpx.Response(200, json=body, headers=full))
    await discord.send(message(), person, "n-1")
    with pytest.raises(SendError) as caught:
        await discord.send(message(), person, "n-2")
    assert 4 < caught.value.retry_after <= 4.5


async def test_cloudflare_shutting_us_out_pauses_the_bot(discord_settings, message, person):
    page = httpx.Response(429, html="<h1>1015</h1>", headers={"Retry-After": "60"})
    with pytest.raises(SendError) as caught:
        await answering(discord_settings, page).send(message(), person, "n-1")
    assert (caught.value.scope, caught.value.retry_after) == (Scope.PROVIDER, 60)


async def test_the_token_is_cut_out_of_the_reason(discord_settings, message, person):
    token = discord_settings.bot_token.get_secret_value()
    answer = httpx.Response(400, json={"code": 50109, "message": f"bad\n{token}" + "x" * 5_000})
    with pytest.raises(SendError) as caught:
        await answering(discord_settings, answer).send(message(), person, "n-1")
    assert caught.value.reason.startswith("bad [token]xxx")
    assert len(caught.value.reason) == 1_000

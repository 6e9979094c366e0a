"""Discord: what arrives, and what each refusal means."""

import httpx
import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.senders.discord import DiscordSender
from pingpilot_app.senders.http_exchange import ANSWER_MAX
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


async def test_who_stores_no_state_opens_one_channel_all_the_same(
    discord, sandbox, message, person
):
    for number in range(3):
        receipt = await discord.send(message(), person, f"n-{number}")
        assert receipt.state["dm_channel_id"]
    assert sandbox.discord.dms_opened == 1


async def test_a_failure_hands_back_the_channel_that_was_opened_before_it(
    discord_settings, message, person
):
    opened = httpx.Response(200, json={"id": "923456789012345678"})
    discord = answering(discord_settings, opened, httpx.Response(500))
    kept = Destination("d", person.address, {"kept": "too"})
    with pytest.raises(SendError) as caught:
        await discord.send(message(), kept, "n-1")
    assert caught.value.state == {"kept": "too", "dm_channel_id": "923456789012345678"}


async def test_the_channel_of_a_failure_is_not_opened_again(discord_settings, message, person):
    opened = httpx.Response(200, json={"id": "923456789012345678"})
    with pytest.raises(SendError) as caught:
        await answering(discord_settings, opened, httpx.Response(500)).send(message(), person, "n")
    known = Destination("d", person.address, caught.value.state)
    restarted = answering(discord_settings, httpx.Response(200, json={"id": "5"}))
    assert (await restarted.send(message(), known, "n")).state is None


async def test_a_channel_that_is_gone_is_not_handed_back(discord_settings, message, person):
    opened = httpx.Response(200, json={"id": "923456789012345678"})
    gone = httpx.Response(404, json={"code": 10003, "message": "Unknown Channel"})
    with pytest.raises(SendError) as caught:
        await answering(discord_settings, opened, gone).send(message(), person, "n-1")
    assert caught.value.state is None


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


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("50007", Failure.DM_CLOSED),
        ("50278", Failure.DM_CLOSED),
        ("10013", Failure.UNKNOWN_PERSON),
        ("50033", Failure.UNKNOWN_PERSON),
    ],
)
async def test_who_cannot_be_reached_is_given_up(discord, sandbox, message, code, meaning):
    error = await failure(discord, sandbox, message, f"code:{code}")
    assert (error.permanent, error.scope, error.code) == (True, Scope.DESTINATION, code)
    assert error.failure is meaning


@pytest.mark.parametrize("code", ["401", "40001", "50014"])
async def test_a_bad_token_stops_discord_and_loses_nothing(discord, sandbox, message, code):
    error = await failure(discord, sandbox, message, f"code:{code}")
    assert (error.permanent, error.scope, error.retry_after) == (False, Scope.PROVIDER, None)
    assert error.failure is Failure.BAD_CREDENTIALS


async def test_a_quarantined_bot_does_not_break_the_destination(discord, sandbox, message):
    error = await failure(discord, sandbox, message, "code:20026")
    assert (error.permanent, error.failure) == (False, Failure.DM_CLOSED)


async def test_what_blocks_us_in_front_of_discord_does_not_blame_the_message(
    discord, sandbox, message
):
    error = await failure(discord, sandbox, message, "code:40333")
    assert (error.permanent, error.scope) == (False, Scope.PROVIDER)
    assert error.failure is Failure.NOT_ITS_API


async def test_a_code_that_nobody_knows_refuses_this_message(discord, sandbox, message):
    error = await failure(discord, sandbox, message, "code:200000")
    assert (error.permanent, error.scope) == (True, Scope.MESSAGE)
    assert error.failure is Failure.MESSAGE_REFUSED


@pytest.mark.parametrize("mode", ["rate_limit", "code:20028", "code:40003", "code:130000"])
async def test_too_fast_waits_as_long_as_asked(discord, sandbox, message, mode):
    error = await failure(discord, sandbox, message, mode, retry_after=1.75)
    assert (error.permanent, error.retry_after) == (False, 1.75)
    assert error.failure is Failure.RATE_LIMITED
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
    assert (error.failure, error.scope) == (Failure.DM_GONE, Scope.DESTINATION)
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
    assert error.failure is Failure.FORM_REFUSED
    assert error.reason == "Invalid Form Body (embeds.0: Refused as ordered)"


async def test_a_server_error_may_pass(discord, sandbox, message):
    error = await failure(discord, sandbox, message, "server_error")
    assert (error.permanent, error.possibly_delivered) == (False, False)
    assert error.failure is Failure.PROVIDER_ERROR


async def test_garbage_is_a_passing_failure(discord, sandbox, message):
    error = await failure(discord, sandbox, message, "garbage")
    assert (error.permanent, error.possibly_delivered) == (False, True)
    assert error.failure is Failure.NOT_ITS_API


async def test_an_answer_without_end_is_left(discord_settings, message, person):
    sent = 0

    async def endless():
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 1024 * 1024

    discord = answering(discord_settings, httpx.Response(200, content=endless()))
    with pytest.raises(SendError) as caught:
        await discord.send(message(), person, "n-1")
    assert caught.value.failure is Failure.NOT_ITS_API
    assert sent * 1024 * 1024 <= ANSWER_MAX + 1024 * 1024


async def test_a_lost_answer_may_hide_a_delivery(discord, sandbox, message):
    error = await failure(discord, sandbox, message, "reset")
    assert (error.failure, error.possibly_delivered) == (Failure.NO_ANSWER, True)


@pytest.mark.parametrize(
    ("mode", "meaning"), [("reset", Failure.UNREACHABLE), ("garbage", Failure.NOT_ITS_API)]
)
async def test_nothing_is_delivered_by_opening_a_channel(
    discord, sandbox, message, person, mode, meaning
):
    sandbox.fail(Channel.DISCORD, mode)
    with pytest.raises(SendError) as caught:
        await discord.send(message(), person, "n-1")
    assert (caught.value.failure, caught.value.possibly_delivered) == (meaning, False)


async def test_an_id_that_discord_cannot_read_is_a_bad_address(discord, sandbox, message, person):
    sandbox.fail(Channel.DISCORD, "code:50035")
    with pytest.raises(SendError) as caught:
        await discord.send(message(), person, "n-1")
    assert (caught.value.permanent, caught.value.scope) == (True, Scope.DESTINATION)
    assert caught.value.failure is Failure.BAD_ADDRESS


@pytest.mark.parametrize("address", ["", "alice", "12345", "1" * 21, "99999999999999999999"])
async def test_what_is_no_id_is_never_sent_to(discord, sandbox, message, address):
    with pytest.raises(SendError) as caught:
        await discord.send(message(), Destination("d", address), "n-1")
    assert (caught.value.permanent, caught.value.scope) == (True, Scope.DESTINATION)
    assert caught.value.failure is Failure.BAD_ADDRESS
    assert sandbox.discord.dms_opened == 0


async def test_nobody_there_is_a_passing_failure(discord, sandbox, message, person):
    await sandbox.stop()
    with pytest.raises(SendError) as caught:
        await discord.send(message(), person, "n-1")
    assert (caught.value.permanent, caught.value.possibly_delivered) == (False, False)
    assert caught.value.failure is Failure.UNREACHABLE


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


@pytest.mark.parametrize(
    ("status", "body", "meaning", "possibly"),
    [
        (301, "", Failure.NOT_ITS_API, False),
        (400, '{"message": "400: Bad Request", "code": 0}', Failure.MESSAGE_REFUSED, False),
        (401, "", Failure.BAD_CREDENTIALS, False),
        (403, "<h1>Blocked</h1>", Failure.NOT_ITS_API, False),
        (404, '{"message": "404: Not Found", "code": 0}', Failure.NOT_ITS_API, False),
        (407, "", Failure.NOT_ITS_API, False),
        (429, "", Failure.RATE_LIMITED, False),
        (429, '{"message": "x", "code": 40001}', Failure.BAD_CREDENTIALS, False),
        (500, "", Failure.PROVIDER_ERROR, False),
        (502, "<h1>Bad gateway</h1>", Failure.PROVIDER_ERROR, True),
        (503, '{"message": "x", "code": 130000}', Failure.RATE_LIMITED, False),
        (504, "", Failure.PROVIDER_ERROR, True),
    ],
)
async def test_a_code_counts_before_a_status(
    discord_settings, message, person, status, body, meaning, possibly
):
    known = Destination("d", person.address, {"dm_channel_id": "223456789012345678"})
    discord = answering(discord_settings, httpx.Response(status, content=body))
    with pytest.raises(SendError) as caught:
        await discord.send(message(), known, "n-1")
    assert (caught.value.failure, caught.value.possibly_delivered) == (meaning, possibly)


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "4.5"}, 4.5),
        ({"X-RateLimit-Remaining": "1", "X-RateLimit-Reset-After": "4.5"}, 0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "soon"}, 0),
        ({"X-RateLimit-Remaining": "0"}, 0),
        ({}, 0),
    ],
)
async def test_a_full_bucket_asks_for_a_pause(discord_settings, message, person, headers, pause):
    body = {"id": "923456789012345678"}
    discord = answering(discord_settings, httpx.Response(200, json=body, headers=headers))
    assert (await discord.send(message(), person, "n-1")).pause == pause


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


@pytest.fixture
async def too_many_openings(discord, sandbox, message):
    sandbox.fail(Channel.DISCORD, "code:40003", 1, retry_after=60)
    with pytest.raises(SendError):
        await discord.send(message(), Destination("d1", "423456789012345678"), "n-1")


async def test_too_many_openings_hold_back_every_opening(
    too_many_openings, discord, sandbox, message
):
    with pytest.raises(SendError) as caught:
        await discord.send(message(), Destination("d2", "323456789012345678"), "n-2")
    assert 0 < caught.value.retry_after <= 60
    assert sandbox.discord.dms_opened == 0


async def test_too_many_openings_hold_back_nobody_whose_conversation_is_open(
    too_many_openings, discord, message
):
    known = Destination("d2", "323456789012345678", {"dm_channel_id": "223456789012345678"})
    assert (await discord.send(message(), known, "n-2")).reference

"""The sandbox's Discord refuses what the real one refuses."""

import pytest

API = "/discord/api/v10"
USER = "123456789012345678"
EMBED = {"title": "x", "color": 0, "fields": [{"name": "a", "value": "b", "inline": True}]}


async def open_dm(http):
    answer = await http.post(f"{API}/users/@me/channels", json={"recipient_id": USER})
    return answer.json()["id"]


async def post(http, body, channel="223456789012345678"):
    return await http.post(f"{API}/channels/{channel}/messages", json=body)


async def test_a_message_reaches_the_person_of_the_channel(http, sandbox):
    await post(http, {"embeds": [EMBED]}, await open_dm(http))
    assert sandbox.inbox.received()[0].to == USER


async def test_it_says_that_it_is_a_sandbox(http):
    assert "sandbox" in (await http.get(f"{API}/users/@me")).json()["username"]


@pytest.mark.parametrize("headers", [{"Authorization": ""}, {"Authorization": "Bearer x"}])
async def test_without_a_bot_token_is_401(http, headers):
    answer = await http.get(f"{API}/users/@me", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, 0)


async def test_a_foreign_user_agent_is_refused(http):
    answer = await http.get(f"{API}/users/@me", headers={"User-Agent": "curl"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "embed",
    [
        {"title": "x" * 257},
        {"description": "x" * 4_097},
        {"title": " "},
        {"color": 16_777_216},
        {"color": -1},
        {"color": "red"},
        {"timestamp": "yesterday"},
        {"footer": {"text": "x" * 2_049}},
        {"fields": [{"name": "", "value": "x"}]},
        {"fields": [{"name": "x", "value": " "}]},
        {"fields": [{"name": "x"}]},
        {"fields": [{"name": "x" * 257, "value": "x"}]},
        {"fields": [{"name": "x", "value": "x" * 1_025}]},
        {"fields": [{"name": "x", "value": "x"}] * 26},
        {"description": "x" * 4_000, "footer": {"text": "x" * 2_001}},
        {"fields": 5},
    ],
)
async def test_a_bad_embed_is_50035(http, sandbox, embed):
    answer = await post(http, {"embeds": [embed]})
    assert (answer.status_code, answer.json()["code"]) == (400, 50035)
    assert sandbox.inbox.counts()["discord"] == 0


async def test_a_refusal_has_discords_shape(http):
    answer = await post(http, {"embeds": [{"fields": [{"name": "", "value": "x"}]}]})
    wanted = {"code": "BASE_TYPE_REQUIRED", "message": "This field is required"}
    errors = answer.json()["errors"]
    assert errors["embeds"]["0"]["fields"]["0"]["name"]["_errors"] == [wanted]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 50006),
        ({"content": " "}, 50006),
        ({"content": "x" * 2_001}, 50035),
        ({"content": "x", "nonce": "n" * 26}, 50035),
        ({"embeds": [EMBED] * 11}, 50035),
        ([], 50109),
    ],
)
async def test_a_bad_message_is_refused(http, body, code):
    assert (await post(http, body)).json()["code"] == code


async def test_a_repeated_nonce_gives_the_first_message(http, sandbox):
    body = {"content": "x", "nonce": "n", "enforce_nonce": True}
    first, second = (await post(http, body)).json(), (await post(http, body)).json()
    assert first["id"] == second["id"]
    assert sandbox.inbox.counts()["discord"] == 1


async def test_without_enforcing_a_nonce_repeats(http, sandbox):
    for _ in range(2):
        await post(http, {"content": "x", "nonce": "n"})
    assert sandbox.inbox.counts()["discord"] == 2


@pytest.mark.parametrize("user", ["1", "ada", "", None, 5, "9" * 20])
async def test_who_is_no_snowflake_is_unknown(http, user):
    answer = await http.post(f"{API}/users/@me/channels", json={"recipient_id": user})
    assert answer.json()["code"] == 50035

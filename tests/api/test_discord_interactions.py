"""Discord's interactions: signed, fresh, once, and nothing in them makes PingPilot fail."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pingpilot_app.api.app import create_api
from pingpilot_app.api.discord_route import BODY_MAX
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.interactions import OLD, Signed, is_signed
from pingpilot_app.sandbox.signing import public_key_of, signed_headers

PATH = "/api/v1/discord/interactions"
SEED = bytes(range(32))
PING = b'{"type":1}'
BUTTON = "claim:evt_0123456789abcdefghjkmnpqrs.0123456789abcdefghjkmnpqrs"


@pytest.fixture
async def instance(make_settings):
    """An instance whose Discord is not the sandbox."""
    key = public_key_of(SEED).hex()
    instance = Instance(make_settings(discord_bot_token="t", discord_public_key=key))
    await instance.start()
    yield instance
    await instance.stop()


def now_stamp(ago: float = 0) -> str:
    return str(int(datetime.now(UTC).timestamp() - ago))


async def press(client: httpx.AsyncClient, body: bytes, stamp: str | None = None) -> httpx.Response:
    headers = signed_headers(SEED, stamp or now_stamp(), body)
    return await client.post(PATH, content=body, headers=headers)


def component(**changes) -> bytes:
    whole = {"type": 3, "user": {"id": "1", "username": "u"}, "data": {"custom_id": BUTTON}}
    return json.dumps(whole | changes).encode()


# RFC 8032, section 7.1, test 3: the message is split into a timestamp and a body here as there.
RFC_KEY = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"
RFC_SIGNATURE = (
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
)


def test_the_vector_of_the_rfc_is_signed() -> None:
    key = Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
    )
    assert key.public_key().public_bytes_raw().hex() == RFC_KEY
    assert key.sign(bytes.fromhex("af82")).hex() == RFC_SIGNATURE


def test_timestamp_and_body_are_signed_together() -> None:
    now, key = datetime(2026, 3, 6, tzinfo=UTC), public_key_of(SEED)
    stamp = str(int(now.timestamp()))
    made = signed_headers(SEED, stamp, PING)["X-Signature-Ed25519"]

    assert is_signed(key, Signed(PING, made, stamp), now)
    assert not is_signed(key, Signed(PING + b" ", made, stamp), now)
    assert not is_signed(key, Signed(PING, made, str(int(stamp) + 1)), now)
    assert not is_signed(public_key_of(bytes(32)), Signed(PING, made, stamp), now)
    assert not is_signed(key, Signed(PING, made, stamp), now + timedelta(seconds=OLD + 1))


@pytest.mark.parametrize(
    ("signature", "stamp"),
    [("", "1"), ("zz", "1"), ("00" * 64, ""), ("00" * 64, "-1"), ("é", "1"), ("00" * 63, "٣")],
)
def test_what_is_no_signature_is_none(signature: str, stamp: str) -> None:
    now = datetime.fromtimestamp(1, UTC)
    assert not is_signed(public_key_of(SEED), Signed(PING, signature, stamp), now)


async def test_a_ping_is_answered_with_a_pong(client) -> None:
    answer = await press(client, PING)

    assert (answer.status_code, answer.json()) == (200, {"type": 1})
    assert answer.headers["content-type"] == "application/json"


async def test_a_bad_signature_is_401(client) -> None:
    headers = signed_headers(SEED, now_stamp(), b"{}")
    answer = await client.post(PATH, content=PING, headers=headers)

    assert (answer.status_code, answer.json()) == (401, {"message": "invalid request signature"})
    assert (await client.post(PATH, content=PING)).status_code == 401


@pytest.mark.parametrize("ago", [OLD + 5, -OLD - 5])
async def test_what_is_old_or_from_the_future_is_401(client, ago) -> None:
    assert (await press(client, PING, now_stamp(ago))).status_code == 401


async def test_what_was_read_before_is_401(client) -> None:
    body, stamp = component(), now_stamp()

    answers = [(await press(client, body, stamp)).status_code for _ in range(2)]
    assert answers == [200, 401]


HOSTILE = [
    component(data=None),
    component(data={"custom_id": None}),
    component(data={"custom_id": "claim:evt_x"}),
    component(data={"custom_id": BUTTON + "'; DROP TABLE claim"}),
    component(data={"custom_id": ["claim"]}),
    component(user=None),
    component(user={"id": 5}),
    component(user={"id": "\x00", "username": "\ud800" * 3, "global_name": {"a": 1}}),
    component(user="x", member=[1]),
    component(type="3"),
    component(type=5),
    component(type=None),
    b"{}",
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
async def test_what_makes_no_sense_is_said_to_who_pressed(client, body) -> None:
    answer = await press(client, body)

    assert answer.status_code == 200
    assert (answer.json()["type"], answer.json()["data"]["flags"]) == (4, 64)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b"[" * 90_000, b"1" * 9_000])
async def test_what_is_no_json_object_is_400(client, body) -> None:
    assert (await press(client, body)).status_code == 400


async def test_a_body_that_is_too_large_is_413(client) -> None:
    assert (await press(client, b" " * (BODY_MAX + 1))).status_code == 413


async def test_without_a_key_there_is_nothing(make_settings) -> None:
    instance = Instance(make_settings())
    await instance.start()
    transport = httpx.ASGITransport(create_api(instance))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await press(client, PING)).status_code == 404
    await instance.stop()

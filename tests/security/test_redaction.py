"""No secret reaches a log line, an attempt, an error, the API or a page."""

import asyncio
import base64
import json
import logging
import sys
import time
from dataclasses import replace
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy.exc import SQLAlchemyError

from pingpilot_app.api.app import create_api
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.policy import policy_of
from pingpilot_app.domain.api_key import new_api_key
from pingpilot_app.domain.redaction import CUT_OUT, redact_forms
from pingpilot_app.logs import formatter_of
from pingpilot_app.senders.reason import clean_reason
from pingpilot_app.senders.telegram import TelegramSender
from pingpilot_app.settings import known_secrets, providers, secret_key
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.vault import new_key
from tests.conftest import IMPATIENT, tenant_on

TELEGRAM_TOKEN = "123456789:AAFq3Jh28s-3jd02jdlskdj3_kdXyZ012345"
DISCORD_TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789AB"
CONFIGURED = {
    "telegram_bot_token": TELEGRAM_TOKEN,
    "discord_bot_token": DISCORD_TOKEN,
    "smtp_password": "it's a p\\ss: wörd/99",
    "secret_key": "a-secret-key-that-is-long-enough-to-be-one",
    "encryption_keys": new_key().decode(),
    "redis_url": "redis://pingpilot:red%2Fis-pass@redis.example:6379/0",
    "database_url": "postgresql+psycopg://ada:data%40base-pass@db.example/pingpilot",
}
SECRETS = [
    *(CONFIGURED[name] for name in list(CONFIGURED)[:5]),
    *("red%2Fis-pass", "red/is-pass", "data%40base-pass", "data@base-pass"),
]
WAYS = {
    "plain": str,
    "in a URL": lambda secret: f"https://api.example/bot{secret}/getMe",
    "percent-encoded": lambda secret: quote(secret, safe=""),
    "percent-encoded twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "in a repr": lambda secret: repr({"key": secret}),
    "as bytes": lambda secret: repr(secret.encode()),
    "in base64": lambda secret: base64.b64encode(f"\0ada\0{secret}".encode()).decode(),
}


@pytest.fixture(params=["text", "json"])
def formatter(request, make_settings):
    return formatter_of(make_settings(log_format=request.param, **CONFIGURED))


def line_of(formatter, message, *args, exc_info=None):
    return formatter.format(logging.LogRecord("httpx", 10, __file__, 1, message, args, exc_info))


def fail_with(words):
    raise ConnectionError(f"cannot reach {words} now") from ValueError(words)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("secret", SECRETS)
def test_no_line_shows_a_configured_secret_however_it_is_written(formatter, secret, way):
    written = WAYS[way](secret)
    try:
        fail_with(written)
    except ConnectionError:
        trouble = sys.exc_info()
    for line in (
        line_of(formatter, "asked for %s now", written),
        line_of(formatter, f"asked for {written} now"),
        line_of(formatter, "it failed", exc_info=trouble),
    ):
        assert CUT_OUT in line
        for trace in (secret, written, json.dumps(written)[1:-1], json.dumps(secret)[1:-1]):
            assert trace not in line


COOKIE = "Zk3J9d8s7f6g5h4j3k2l1q0w9e8r7t6y5u4i3o2p1a0"
KEY = new_api_key()


@pytest.mark.parametrize(
    ("words", "secret"),
    [
        (f"POST with {KEY}", KEY),
        (f"{{'authorization': 'Bearer {KEY}'}}", KEY),
        ("headers=[(b'authorization', b'Bearer abc.def-ghi_jkl')]", "abc.def-ghi_jkl"),
        ("Authorization: Basic YWRhOnBhc3N3b3Jk", "YWRhOnBhc3N3b3Jk"),
        ("sent Bot MTIzNDU2Nzg5.abcdef.ghijklmnop", "MTIzNDU2Nzg5.abcdef.ghijklmnop"),
        ("https://api.telegram.org/bot99887766:AAxxyyzz-112233/x", "AAxxyyzz-112233"),
        ("https://api.telegram.org/bot99887766%3AAAxxyyzz-112233/x", "AAxxyyzz-112233"),
        (f"cookie: theme=dark; pingpilot={COOKIE}", COOKIE),
        (f"{{'cookie': 'pingpilot={COOKIE}'}}", COOKIE),
        (f"__Host-pingpilot={COOKIE}; Path=/", COOKIE),
        (f"set-cookie: pingpilot={COOKIE}; HttpOnly", COOKIE),
        ("postgresql://ada:s3cr3t@db/x refused", "s3cr3t"),
        (f"GET /reset?token={COOKIE} 200", COOKIE),
        (f"GET /signup?a=b&invite={COOKIE}", COOKIE),
        (f"https://t.me/bot?start={COOKIE}", COOKIE),
        (f"GET /wall/{COOKIE}?theme=light 200", COOKIE),
        (f"the key {new_key().decode()} fits", None),
        ("payload={'password': 'correct horse battery'}", "correct horse battery"),
    ],
)
def test_what_looks_like_a_secret_is_cut_out_whoevers_it_is(formatter, words, secret):
    for cleaned in (redact_forms(words), line_of(formatter, words), clean_reason(words)):
        assert CUT_OUT in cleaned
        assert secret is None or secret not in cleaned


@pytest.mark.parametrize(
    "words",
    [
        "PingPilot is ready at http://localhost:8000",
        "sending delivery dlv_01jabcdefghijklmnopqrstuvwx failed",
        "telegram is not tried for 5 s: Forbidden: bot was blocked by the user",
        "request 0123456789abcdef0123456789abcdef failed",
        "cannot reach https://discord.com/api/v10/users/@me",
        "the key pk_abc12345 was revoked",
        "Bad Request: chat not found",
    ],
)
def test_ordinary_words_stay(formatter, words):
    assert words in line_of(formatter, words)


def test_half_a_secret_at_the_end_of_a_long_line_is_not_left(formatter):
    for length in range(63_950, 64_010, 7):
        assert TELEGRAM_TOKEN[:16] not in line_of(formatter, "x" * length + TELEGRAM_TOKEN)


@pytest.mark.parametrize(
    "part",
    [
        *("x", "1:", "://a:", "cookie=a&token=pk_bot123:", "%41", "a.bcdefg.", "basic ", "1"),
        *("authorization", "'password'", "A" * 43, TELEGRAM_TOKEN[:-1], "pingpilot"),
    ],
)
def test_very_long_words_take_no_long_time(formatter, part):
    began = time.process_time()
    line_of(formatter, "1: " + part * (1_000_000 // len(part)))
    assert time.process_time() - began < 2


def test_every_secret_of_the_settings_is_known(make_settings):
    configured = make_settings(**CONFIGURED)
    assert set(SECRETS) <= set(known_secrets(configured))


def test_the_key_that_is_made_and_kept_is_known_too(make_settings):
    configured = make_settings()
    made = secret_key(configured).decode()
    assert made not in line_of(formatter_of(configured), "made %s", made)


def test_an_error_of_the_database_shows_nothing_that_was_to_be_stored(database):
    with pytest.raises(SQLAlchemyError) as caught, database.transaction() as connection:
        connection.exec_driver_sql("INSERT INTO nothing VALUES (?)", ("a private word",))
    assert "a private word" not in str(caught.value)


# Providers that answer with what they were sent


class Echo:
    """A provider that repeats the token and the headers of each request in its refusal."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        words = f"no: {request.url} {request.headers.get('authorization')} {TELEGRAM_TOKEN}"
        self.said.append(words)
        body = {
            "ok": False,
            "error_code": 400,
            "description": words,
            "message": words,
            "code": 50006,
        }
        return httpx.Response(400, json=body)


@pytest.fixture
async def echoing(make_settings):
    """An instance whose Telegram and Discord are such providers."""
    settings = make_settings(
        pingpilot_role="worker",
        telegram_bot_token=TELEGRAM_TOKEN,
        discord_bot_token=DISCORD_TOKEN,
        telegram_bot_username="bot",
    )
    instance = Instance(settings, policy=replace(policy_of(settings), **IMPATIENT))
    echo = Echo()
    instance.outlets.new_client = lambda _: httpx.AsyncClient(transport=httpx.MockTransport(echo))
    await instance.start()
    yield instance, echo
    await instance.stop()


async def test_a_provider_that_repeats_our_token_gets_it_nowhere(echoing, data_dir, caplog):
    instance, echo = echoing
    caplog.set_level(logging.DEBUG)
    tenant = await tenant_on(instance)
    transport = httpx.ASGITransport(create_api(instance))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers=tenant.headers
    ) as client:
        accepted = await client.post("/api/v1/event", json={"category": "bug"})
        path = f"/api/v1/events/{accepted.json()['eventId']}"
        async with asyncio.timeout(20):
            while True:
                shown = (await client.get(path)).json()
                tries = {one["channel"]: one for one in shown["deliveries"]}
                if all(tries[one]["status"] == "FAILED" for one in ("discord", "telegram")):
                    break
                await instance.writer.run(None, lambda connection: None)
    assert any(TELEGRAM_TOKEN in words for words in echo.said)
    assert any(DISCORD_TOKEN in words for words in echo.said)
    assert CUT_OUT in str(shown)
    written = b"".join(file.read_bytes() for file in data_dir.glob("pingpilot.db*"))
    for token in (TELEGRAM_TOKEN, DISCORD_TOKEN, TELEGRAM_TOKEN.split(":")[1]):
        assert token not in json.dumps(shown)
        assert token.encode() not in written
        assert token not in caplog.text


async def test_a_bots_name_that_is_its_token_is_not_shown(make_settings):
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"ok": True, "result": {"username": TELEGRAM_TOKEN}})

    settings = make_settings(telegram_bot_token=TELEGRAM_TOKEN, telegram_bot_username="bot")
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        sender = TelegramSender(providers(settings).telegram, client)
        assert (await sender.check()).name == f"@{CUT_OUT}"


def test_nothing_is_echoed_by_sqlalchemy_that_is_sealed(data_dir, caplog):
    caplog.set_level(logging.DEBUG, "sqlalchemy.engine")
    database = Database(f"sqlite:///{data_dir / 'pingpilot.db'}")
    sealed = database.vault.seal("destination.address", "7734002211")
    with database.transaction() as connection:
        connection.exec_driver_sql("SELECT ?", (sealed,))
    database.close()
    assert caplog.text
    assert "7734002211" not in caplog.text
    assert sealed not in caplog.text  # parameters are not shown at all

"""Checking credentials: who are we to the provider, without sending anything."""

import ssl
from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.senders.discord import DiscordSender
from pingpilot_app.senders.email import EmailSender
from pingpilot_app.senders.http_exchange import new_client
from pingpilot_app.senders.sender import Identity, Scope, SendError
from pingpilot_app.senders.telegram import TelegramSender
from pingpilot_app.settings import SmtpTls

DATE = {"Date": "Fri, 06 Mar 2026 10:30:00 GMT"}
AT = datetime(2026, 3, 6, 10, 30, tzinfo=UTC)
ME = {"id": "1", "username": "pings", "ok": True, "result": {"username": "pings"}}


async def failure(sender) -> SendError:
    with pytest.raises(SendError) as caught:
        await sender.check()
    return caught.value


def always(response: httpx.Response) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(lambda request: response))


async def test_discord_tells_the_bots_name(discord):
    assert (await discord.check()).name == "PingPilot sandbox"


async def test_telegram_tells_the_bots_name(telegram):
    assert (await telegram.check()).name == "@pingpilot_sandbox_bot"


async def test_the_mail_server_tells_its_name(email, sandbox):
    identity = await email.check()
    assert identity == Identity(f"127.0.0.1:{sandbox.smtp_port} (localhost)")


async def test_nothing_is_sent(discord, telegram, email, sandbox):
    for sender in (discord, telegram, email):
        await sender.check()
    assert sandbox.inbox.counts() == {"discord": 0, "telegram": 0, "email": 0}
    assert sandbox.discord.dms_opened == 0


@pytest.mark.parametrize(
    ("headers", "at"), [(DATE, AT), ({}, None), ({"Date": "now"}, None), ({"Date": ""}, None)]
)
async def test_the_providers_clock_is_read_where_it_tells(
    discord_settings, telegram_settings, headers, at
):
    client = always(httpx.Response(200, json=ME, headers=headers))
    assert (await DiscordSender(discord_settings, client).check()).at == at
    assert (await TelegramSender(telegram_settings, client).check()).at == at


async def test_a_bad_token_is_found(discord, telegram, sandbox):
    sandbox.fail(Channel.DISCORD, "code:401")
    sandbox.fail(Channel.TELEGRAM, "code:Unauthorized")
    for sender in (discord, telegram):
        error = await failure(sender)
        assert (error.failure, error.scope) == (Failure.BAD_CREDENTIALS, Scope.PROVIDER)


@pytest.mark.parametrize("token", ["“quoted”", "two\nlines"])
async def test_a_token_that_cannot_be_one_is_found(discord_settings, client, token):
    settings = discord_settings.model_copy(update={"bot_token": SecretStr(token)})
    error = await failure(DiscordSender(settings, client))
    assert (error.failure, error.scope) == (Failure.BAD_CREDENTIALS, Scope.PROVIDER)
    assert token not in error.reason


async def test_a_refused_login_is_found(smtp_settings, sandbox):
    sandbox.fail(Channel.EMAIL, "code:535")
    login = {"username": "ada", "password": SecretStr("hunter22")}
    error = await failure(EmailSender(smtp_settings.model_copy(update=login)))
    assert (error.failure, error.code) == (Failure.BAD_CREDENTIALS, "535")


async def test_a_login_that_works_is_proven(smtp_settings, scripted):
    replies = {"CONNECT": "220 x", "EHLO": "250-mx.example\r\n250 AUTH PLAIN", "AUTH": "235 ok"}
    script = await scripted(lambda command, number: replies.get(command, "221 bye"))
    login = {"username": "ada", "password": SecretStr("hunter22"), "port": script.port}
    email = EmailSender(smtp_settings.model_copy(update=login))
    assert (await email.check()).name.endswith(" (mx.example)")
    await email.close()
    assert script.commands == ["EHLO", "AUTH", "QUIT"]


async def test_a_certificate_that_nobody_signed_is_found(sandbox, smtp_settings):
    email = EmailSender(smtp_settings.model_copy(update={"tls": SmtpTls.TLS}))
    assert (await failure(email)).failure is Failure.NOT_SECURE


async def test_a_login_page_is_found(discord, telegram, sandbox):
    sandbox.fail(Channel.DISCORD, "garbage")
    sandbox.fail(Channel.TELEGRAM, "garbage")
    for sender in (discord, telegram):
        error = await failure(sender)
        assert (error.failure, error.possibly_delivered) == (Failure.NOT_ITS_API, False)


@pytest.mark.parametrize("body", [{}, {"ok": True, "result": 5}, {"ok": True, "result": {}}])
async def test_an_answer_without_a_name_is_found(discord_settings, telegram_settings, body):
    client = always(httpx.Response(200, json=body))
    for sender in (
        DiscordSender(discord_settings, client),
        TelegramSender(telegram_settings, client),
    ):
        assert (await failure(sender)).failure is Failure.NOT_ITS_API


async def test_nobody_there_is_found(discord, telegram, email, sandbox):
    await sandbox.stop()
    for sender in (discord, telegram, email):
        error = await failure(sender)
        assert (error.failure, error.permanent) == (Failure.UNREACHABLE, False)


async def test_a_lost_answer_delivers_nothing(discord, telegram, sandbox):
    for channel, sender in ((Channel.DISCORD, discord), (Channel.TELEGRAM, telegram)):
        sandbox.fail(channel, "reset")
        error = await failure(sender)
        assert (error.failure, error.possibly_delivered) == (Failure.UNREACHABLE, False)


async def test_an_api_with_a_certificate_that_nobody_signed_is_not_secure(
    discord_settings, certificate, secure_port
):
    url = f"https://127.0.0.1:{secure_port}"
    async with new_client() as client:
        settings = discord_settings.model_copy(update={"api_url": url})
        error = await failure(DiscordSender(settings, client))
    assert (error.failure, error.scope) == (Failure.NOT_SECURE, Scope.PROVIDER)
    assert "CERTIFICATE_VERIFY_FAILED" in error.reason


@pytest.fixture
async def secure_port(certificate, scripted):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return (await scripted(tls=context)).port

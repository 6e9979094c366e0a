"""Settings that are legal one by one, but together cannot work or surprise."""

import ipaddress
from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from pingpilot_app.commands.doctor.finding import Finding, bad, note, ok
from pingpilot_app.commands.doctor.reading import sqlite_path
from pingpilot_app.settings import Settings, SmtpTls, providers

PART = "settings"
_LOCAL = ("localhost", "localhost.localdomain")
ROOT = Path(__file__).resolve().parents[3]  # where the server runs


def look(configured: Settings) -> Iterator[Finding]:
    """Tell where the settings come from, and what is odd about them."""
    file = Path(".env").resolve()
    place = f"the environment and {file}" if file.exists() else f"the environment; {file} is absent"
    yield ok(PART, f"Read from {place}.")
    for questions in (_folder, _public_url, _telegram, _mail, _mail_login, _mail_sender):
        yield from questions(configured)


def _folder(configured: Settings) -> Iterator[Finding]:
    # The server changes to its own folder, so anything relative means something else here.
    if Path.cwd() == ROOT:
        return
    file = sqlite_path(configured)
    if not configured.data_dir.is_absolute() or (file and not file.is_absolute()):
        yield note(
            PART,
            f"DATA_DIR or DATABASE_URL is relative and you are not in {ROOT}, where the server "
            "runs: it may mean another place. Run doctor there.",
        )


def _public_url(configured: Settings) -> Iterator[Finding]:
    found = providers(configured)
    real = [one for one in (found.discord, found.telegram, found.smtp) if one and not one.sandboxed]
    if real and is_local(urlsplit(configured.public_url).hostname or ""):
        yield note(
            PART,
            f"PUBLIC_URL is {configured.public_url}, so the links in messages open on this machine "
            "alone. Set it to the address people reach PingPilot by.",
        )


def _telegram(configured: Settings) -> Iterator[Finding]:
    found = providers(configured).telegram
    if found and not found.bot_username:
        yield bad(
            PART,
            "TELEGRAM_BOT_USERNAME is not set, so nobody can link Telegram. "
            "@BotFather shows it beside the token.",
        )


def _mail(configured: Settings) -> Iterator[Finding]:
    found = providers(configured).smtp
    if configured.smtp_host is None and (configured.smtp_username or configured.smtp_password):
        yield note(PART, "SMTP_USERNAME or SMTP_PASSWORD is set, but does nothing. Set SMTP_HOST.")
    if found and found.tls is SmtpTls.NONE and not is_local(found.host):
        yield note(
            PART,
            f"SMTP_TLS=none sends mails, and a password, readable through the network to "
            f"{found.host}. Set it to starttls or tls.",
        )


def _mail_login(configured: Settings) -> Iterator[Finding]:
    found = providers(configured).smtp
    if not found or found.sandboxed:
        return
    if found.username and not found.password:
        yield bad(PART, "SMTP_USERNAME is set without SMTP_PASSWORD. Set both or neither.")
    if found.password and not found.username:
        yield bad(PART, "SMTP_PASSWORD is set without SMTP_USERNAME. Set both or neither.")


def _mail_sender(configured: Settings) -> Iterator[Finding]:
    found = providers(configured).smtp
    if not found or found.sandboxed:
        return
    domain = parseaddr(found.email_from)[1].partition("@")[2]
    if not domain:
        yield bad(PART, "EMAIL_FROM holds no email address. Set it, as pings@example.org.")
    elif is_local(domain):
        say = note if is_local(found.host) else bad  # a server on this machine may rewrite it
        yield say(
            PART,
            f"EMAIL_FROM ends with {domain}, which other mail servers refuse or take for spam. "
            "Set it to an address that your mail server sends for.",
        )


def is_local(host: str) -> bool:
    """Tell whether `host` means the machine itself, whoever reads it."""
    if host.lower() in _LOCAL or host.lower().endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified

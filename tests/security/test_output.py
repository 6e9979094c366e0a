"""What people send is text: in pages, mails, chats and files."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.letter import Letter
from pingpilot_app.domain.letter import render_html as letter_html
from pingpilot_app.domain.message import Message
from pingpilot_app.domain.message.discord import neutral, render, render_plain
from pingpilot_app.domain.message.email import render_html, render_text
from pingpilot_app.domain.unsubscribe import is_unsubscribe_token, unsubscribe_token
from pingpilot_app.senders.mail import build_letter, build_mail
from pingpilot_app.senders.sender import Destination
from pingpilot_app.storage.audit import list_entries
from pingpilot_app.storage.destinations import get_destination, set_address
from pingpilot_app.ui.exports import safe_text
from pingpilot_app.ui.sign_in.place import page_with
from pingpilot_app.ui.unsubscribe import WRONG_EACH, unsubscribe_app
from tests.conftest import MakeSettings, OpenTenant, Tenant

ROOT = Path(__file__).resolve().parents[2]
EVIL = "<img src=x onerror=alert(1)><script>alert(1)</script>\"'{subject}{{7*7}}&lt;"
NOW = datetime(2026, 3, 6, 10, 30, tzinfo=UTC)

# What would show text as something else, or run it. Each has one place where it is safe.
_FORBIDDEN = {
    "*.py": (
        r"rx\.html\(|rx\.markdown|dangerously|rx\.script\(|rx\.toast|\.toast\(|call_script|"
        r"call_function|run_script|console_log|rx\.download|window_alert|rx\.code_block|src_doc"
    ),
    "*.js": (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|"
        r"setTimeout\(\s*[\"'`]|setInterval\(\s*[\"'`]|DOMParser|srcdoc|\.href\s*=|location\s*="
    ),
}
_SAFE = {
    ("previews.py", "src_doc"),  # a mail, in a frame that runs nothing (sandbox="")
    ("browser_acts.py", "rx.toast"),  # tells why not
    ("browser_acts.py", "call_script"),  # the same
    ("copy.js", ".href ="),  # of a blob made there, to download what the page shows
}


def sources(pattern: str) -> list[Path]:
    folder = ROOT / ("pingpilot_app" if pattern == "*.py" else "assets")
    return sorted(folder.rglob(pattern))


@pytest.mark.parametrize("pattern", _FORBIDDEN)
def test_nothing_turns_text_into_markup_or_programs(pattern: str) -> None:
    found = {
        (file.name, hit)
        for file in sources(pattern)
        for hit in re.findall(_FORBIDDEN[pattern], file.read_text(encoding="utf-8"))
    }

    assert sources(pattern)
    assert found - _SAFE == set()


def test_the_one_frame_of_foreign_markup_runs_nothing() -> None:
    text = (ROOT / "pingpilot_app/ui/components/previews.py").read_text(encoding="utf-8")

    assert re.search(r'src_doc=mail\.html,\s+sandbox="",', text)


def message(text: str) -> Message:
    return Message(
        event_id="evt_1",
        category="bug",
        emoji="🐛",
        color=0xFF6B6B,
        description=text,
        fields={text: text},
        created_at=NOW,
        url="https://ping.example.org/events/evt_1",
    )


def test_a_mail_shows_markup_as_text() -> None:
    html = render_html(message(EVIL))

    assert not re.search(r"<(img|script)", html)
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") == 3
    assert EVIL in render_text(message(EVIL))


def test_a_letter_shows_markup_as_text() -> None:
    letter = Letter(subject=EVIL, paragraphs=(EVIL,), created_at=NOW, action=EVIL, url=EVIL)

    assert not re.search(r"<(img|script)", letter_html(letter))


@pytest.mark.parametrize(
    "evil", ["a\r\nBcc: eve@evil.example", "a\nX: y", "a\x0bX: y", "a\x85X: y"]
)
def test_no_name_or_subject_begins_another_header(evil: str) -> None:
    sender = (evil, "ping@example.org")
    mails = [
        build_mail(message(evil), sender, "ada@example.org", evil, f"https://x/{evil}"),
        build_letter(Letter(evil, (evil,), NOW), sender, "ada@example.org", evil),
    ]
    for mail in mails:
        head = mail.as_string().partition("\n\n")[0]
        assert not re.search(r"^(Bcc|X):", head, re.MULTILINE | re.IGNORECASE)


def test_a_mail_without_a_link_to_stop_promises_none() -> None:
    mail = build_mail(message("x"), ("", "ping@example.org"), "ada@example.org", "n", "")

    assert "List-Unsubscribe" not in mail.as_string()


@pytest.mark.parametrize(
    "text",
    ["@everyone", "@here", "<@1>", "<@&1>", "<#1>", "<t:1>", "</x:1>", "<:a:1>", "[a](https://x)"],
)
def test_discord_pings_nobody_and_hides_no_link(text: str) -> None:
    live = re.compile(rf"(?<!\\){re.escape(text)}")

    assert live.search(text)
    for shown in (neutral(text), str(render(message(text))), render_plain(message(text))):
        assert not live.search(shown)


def test_telegram_is_told_of_no_markup() -> None:
    senders = (ROOT / "pingpilot_app" / "senders").rglob("*.py")

    assert not [one.name for one in senders if "parse_mode" in one.read_text(encoding="utf-8")]


@pytest.mark.parametrize("sign", "=+-@|%＝＋－＠")
@pytest.mark.parametrize(
    "before", ["", " ", "\u00a0", "\u3000", "\u200b", "\u202e", "\ufeff", "\x00"]
)
def test_no_cell_is_a_formula(sign: str, before: str) -> None:
    assert safe_text(f"{before}{sign}cmd()").startswith("'")


@pytest.mark.parametrize("text", ["-5", "+1.5e3", "a=b", "it is 5%", "ada@example.org", " ok", ""])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert safe_text(text) == text


def test_tokens_of_links_stand_where_no_log_sees_them() -> None:
    assert page_with("/reset", error="password", token="x&y") == "/reset?error=password#token=x%26y"
    assert page_with("/signup", invite="x", done="") == "/signup#invite=x"


@pytest.fixture
async def mail_program(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    """What posts to the link of a mail: no cookie, no origin."""
    transport = httpx.ASGITransport(unsubscribe_app(instance))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield client


async def link_of(instance: Instance, tenant: Tenant) -> str:
    found = await instance.database.read(get_destination, tenant.account_id, Channel.EMAIL)
    assert found.address is not None
    return instance._unsubscribe_url(Destination(found.id, found.address))


async def is_on(instance: Instance, tenant: Tenant) -> bool:
    where = await instance.database.read(get_destination, tenant.account_id, Channel.EMAIL)
    return where.enabled


async def test_one_post_stops_the_mails_of_one_account(
    instance: Instance, open_tenant: OpenTenant, mail_program: httpx.AsyncClient
) -> None:
    ada, bob = await open_tenant(), await open_tenant("bob@example.org")

    answer = await mail_program.post(
        await link_of(instance, ada), data={"List-Unsubscribe": "One-Click"}
    )

    assert (answer.status_code, answer.cookies) == (200, httpx.Cookies())
    assert (await is_on(instance, ada), await is_on(instance, bob)) == (False, True)
    (entry,) = await instance.database.read(list_entries, ada.account_id)
    assert (entry.action, entry.actor) == (Action.CHANNEL_SWITCHED, "unsubscribe link")
    assert (entry.subject, entry.detail) == ("email", {"on": False})


async def test_opening_the_link_stops_nothing(
    instance: Instance, tenant: Tenant, mail_program: httpx.AsyncClient
) -> None:
    answer = await mail_program.get(await link_of(instance, tenant))

    assert "Stop these mails" in answer.text
    assert await is_on(instance, tenant)


@pytest.mark.parametrize("spoil", [lambda t: t[:-1], lambda t: f"{t}x", lambda t: t.split(".")[0]])
async def test_a_link_that_is_not_ours_stops_nothing(
    instance: Instance, tenant: Tenant, mail_program: httpx.AsyncClient, spoil
) -> None:
    answer = await mail_program.post(spoil(await link_of(instance, tenant)))

    assert answer.status_code == 404
    assert await is_on(instance, tenant)


async def test_a_link_to_an_old_address_stops_nothing(
    instance: Instance, tenant: Tenant, mail_program: httpx.AsyncClient
) -> None:
    link, mine = await link_of(instance, tenant), tenant.account_id
    await instance.writer.run(
        mine, set_address, mine, Channel.EMAIL, NOW, label="b", address="b@x.org", verified=True
    )

    assert (await mail_program.post(link)).status_code == 404
    assert await is_on(instance, tenant)


async def test_guessing_links_is_slow(tenant: Tenant, mail_program: httpx.AsyncClient) -> None:
    guesses = [await mail_program.post("/unsubscribe/dst_1.x") for _ in range(WRONG_EACH + 1)]

    assert [guesses[0].status_code, guesses[-1].status_code] == [404, 429]


async def test_who_guesses_links_is_whom_the_proxy_saw(make_settings: MakeSettings) -> None:
    """Not whom the guesser names in a line of its own, and all of one home are one."""
    instance = Instance(make_settings(trusted_proxy_hops=1))
    await instance.start()
    transport = httpx.ASGITransport(unsubscribe_app(instance))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as guesser:
        told = [
            await guesser.post(
                "/unsubscribe/dst_1.x",
                headers=[
                    ("x-forwarded-for", f"192.0.2.{number}"),
                    ("x-forwarded-for", f"2001:db8::{number:x}"),
                ],
            )
            for number in range(WRONG_EACH + 1)
        ]
    await instance.stop()

    assert told[-1].status_code == 429


def test_a_token_is_for_one_destination_and_one_address() -> None:
    token = unsubscribe_token(b"key", "dst_1", "a@x.org")

    assert is_unsubscribe_token(token, b"key", "dst_1", "a@x.org")
    for other in [
        (b"kez", "dst_1", "a@x.org"),
        (b"key", "dst_2", "a@x.org"),
        (b"key", "dst_1", "b"),
    ]:
        assert not is_unsubscribe_token(token, *other)
    assert not is_unsubscribe_token("\ud800", b"key", "dst_1", "a@x.org")

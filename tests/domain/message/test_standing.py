"""What messages say of who has their event, within the providers' limits."""

from datetime import UTC, datetime

import pytest

from pingpilot_app.domain.claim_button import button_of, handle_of, pressed
from pingpilot_app.domain.claim_link import claim_token, is_claim_token
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.message import Message, discord, email, telegram
from pingpilot_app.domain.message.message import Standing

NOW = datetime(2026, 3, 6, tzinfo=UTC)


def made(standing=None, description="x", fields=None, **more) -> Message:
    parts = ("e", "bug", "🐛", 0, description, fields or {}, NOW, "https://x.example")
    return Message(*parts, standing=standing, **more)


@pytest.mark.parametrize(
    ("standing", "line"),
    [
        (Standing("Ann"), "👤 Ann is on it"),
        (Standing("Ann", "Bob"), "✅ Resolved by Bob"),
        (Standing("Ann", "Bob", "disk\nfull"), "✅ Resolved by Bob: disk full"),
    ],
)
def test_a_standing_is_one_line(standing, line):
    assert standing.line == line


def test_the_layouts_stay_as_they_are_below_and_above_it():
    free, taken = made(), made(Standing("Ann"))
    assert telegram.render(taken) == telegram.render(free) + "\n\n👤 Ann is on it"
    assert discord.render(taken) == discord.render(free)


LONG = Standing("🧑" * 80, "🧑" * 80, "🤔" * 2_000)


@pytest.mark.parametrize("description", ["x", "🤔" * 4_000, "*" * 4_000])
@pytest.mark.parametrize("fields", [{}, {f"k{number}": "🤔" * 900 for number in range(40)}])
def test_the_longest_standing_fits_everywhere(description, fields):
    message = made(LONG, description, fields)
    assert telegram.utf16_length(telegram.render(message)) <= 4_096
    assert telegram.render(message).endswith("…")
    for plain in (False, True):
        assert len(discord.render_edit(message, plain=plain)["content"]) <= 2_000


def test_names_ping_nobody_in_discord():
    edit = discord.render_edit(made(Standing("@everyone **x**")))
    assert edit["content"] == "👤 @\u200beveryone \\*\\*x\\*\\* is on it"
    assert edit["allowed_mentions"] == {"parse": []}


def test_a_button_names_account_and_event_in_what_telegram_takes():
    account_id, event_id = new_id("acc"), new_id("evt")
    sent = button_of(account_id, event_id)
    assert sent.startswith(f"claim:{event_id}")
    assert len(sent.encode()) <= 64
    assert pressed(sent) == (account_id, event_id)


@pytest.mark.parametrize("sent", ["", None, 5, "claim:evt_1", "claim:evt_1.x", "x" * 63, "claim:"])
def test_other_buttons_are_none_of_ours(sent):
    assert pressed(sent) is None


@pytest.mark.parametrize(
    ("username", "name", "handle"),
    [
        ("ada", "Ada", "@ada"),
        (None, "Ada\x1b[2J\n", "Ada [2J"),
        ("", "\ud800", "somebody"),
        (5, {"a": 1}, "somebody"),
        ("a" * 500, None, "@" + "a" * 80),
    ],
)
def test_people_are_called_by_what_can_be_shown(username, name, handle):
    assert handle_of(username, name) == handle


def test_a_link_stands_in_both_parts_of_a_mail():
    mail = made(claim_url="https://x.example/claim/a?b&c")
    assert "\nI'm on it: https://x.example/claim/a?b&c\n" in email.render_text(mail)
    assert 'href="https://x.example/claim/a?b&amp;c"' in email.render_html(mail)
    assert "/claim/" not in email.render_html(made())


def test_a_token_is_for_one_destination_one_address_and_one_event():
    place, event_id = new_id("dst"), new_id("evt")
    token = claim_token(b"key", place, "a@x.org", event_id)
    assert is_claim_token(token, b"key", place, "a@x.org")
    assert not is_claim_token(token, b"kez", place, "a@x.org")
    assert not is_claim_token(token, b"key", place, "b@x.org")
    assert not is_claim_token(token, b"key", new_id("dst"), "a@x.org")
    assert not is_claim_token(token.replace(event_id, new_id("evt")), b"key", place, "a@x.org")

"""How the page of an event shows the message itself."""

from datetime import UTC, datetime
from typing import Any

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import FIELDS_MAX, EventStatus
from pingpilot_app.storage.events import EventView
from pingpilot_app.ui.pages.event.looks import Looks, looks_of

AT = datetime(2026, 3, 6, 10, 30, tzinfo=UTC)


def looks(**given: Any) -> Looks:
    usual: dict[str, Any] = {
        "id": "evt_1",
        "category": "bug",
        "emoji": "🐛",
        "color": 0xFF6B6B,
        "description": "a *star* & co",
        "fields": {"carts": 3},
        "status": EventStatus.DELIVERED,
        "created_at": AT,
    }
    event = EventView(**usual | given)
    addresses = {Channel.EMAIL: "ada@example.org"}
    return looks_of(event, addresses, "http://localhost:8000", "PingPilot <p@example.org>")


def test_all_three_show_the_event() -> None:
    shown = looks()

    assert (shown.discord.title, shown.discord.description) == ("🐛 Bug", "a *star* & co")
    assert "\n🔹 carts: 3" in shown.telegram.text
    assert "a *star* &amp; co" in shown.email.html
    assert "carts: 3" in shown.email.text


def test_the_mail_names_sender_recipient_and_the_events_page() -> None:
    mail = looks().email

    assert (mail.sender, mail.recipient) == ("PingPilot <p@example.org>", "ada@example.org")
    assert "http://localhost:8000/events/evt_1" in mail.html


def test_what_is_too_long_is_cut_as_it_is_sent() -> None:
    shown = looks(fields={f"field {n}": "x" for n in range(FIELDS_MAX)})

    assert len(shown.discord.fields) == 25
    assert shown.discord.footer == "… +75 more fields"
    assert "field 99" in shown.email.text

"""What pages show of an event."""

from datetime import UTC, datetime
from typing import Any

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, EventStatus
from pingpilot_app.storage.events import DeliveryView, EventView
from pingpilot_app.ui.rows import FIELDS_SHOWN, feed_row, whole_row

AT = datetime(2026, 3, 6, 10, 30, tzinfo=UTC)


def delivery(channel: Channel, **given: Any) -> DeliveryView:
    usual: dict[str, Any] = {
        "id": f"dlv_{channel}",
        "status": DeliveryStatus.DELIVERED,
        "attempts": 1,
        "next_attempt_at": None,
        "delivered_at": AT,
        "error": None,
        "error_code": None,
    }
    return DeliveryView(channel=channel, **usual | given)


def event(**given: Any) -> EventView:
    usual: dict[str, Any] = {
        "id": "evt_1",
        "category": "bug",
        "emoji": None,
        "color": 0xFF6B6B,
        "description": "It fails",
        "fields": {},
        "status": EventStatus.DELIVERED,
        "created_at": AT,
    }
    return EventView(**usual | given)


def test_zero_and_false_are_values() -> None:
    row = feed_row(event(fields={"seats": 0, "first": False, "note": ""}))

    assert [(pair.name, pair.value) for pair in row.fields] == [
        ("seats", "0"),
        ("first", "false"),
        ("note", ""),
    ]


def test_the_feed_says_how_many_fields_it_leaves_out() -> None:
    fields = {f"field {number}": number for number in range(FIELDS_SHOWN + 3)}

    assert feed_row(event(fields=fields)).more == 3
    assert whole_row(event(fields=fields)).more == 0


def test_a_category_without_emoji_shows_the_bell() -> None:
    assert feed_row(event()).emoji == "🔔"


def test_channels_keep_their_order() -> None:
    given = (delivery(Channel.EMAIL), delivery(Channel.DISCORD), delivery(Channel.TELEGRAM))

    row = feed_row(event(deliveries=given))

    assert [one.channel for one in row.deliveries] == ["Discord", "Telegram", "Email"]


def test_a_failure_shows_the_providers_words_and_what_to_do() -> None:
    failed = delivery(
        Channel.DISCORD, status=DeliveryStatus.FAILED, error="Unknown User", error_code="10013"
    )

    (shown,) = feed_row(event(deliveries=(failed,))).deliveries

    assert shown.words == "Unknown User (10013)"
    assert "Open Channels" in shown.hint


def test_what_was_never_tried_waits_for_no_next_try() -> None:
    fresh = delivery(Channel.EMAIL, status=DeliveryStatus.PENDING, attempts=0, next_attempt_at=AT)

    (shown,) = feed_row(event(deliveries=(fresh,))).deliveries

    assert shown.next_at == ""

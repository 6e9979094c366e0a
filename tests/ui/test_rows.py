"""What pages show of an event."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, EventStatus
from pingpilot_app.domain.failure import Failure
from pingpilot_app.storage.destinations import DestinationView
from pingpilot_app.storage.events import DeliveryView, EventView
from pingpilot_app.storage.outages import WHOLE, OutageView
from pingpilot_app.ui.rows import FIELDS_SHOWN, OutageRow, feed_row, outage_row, whole_row

AT = datetime(2026, 3, 6, 10, 30, tzinfo=UTC)


def delivery(channel: Channel, **given: Any) -> DeliveryView:
    usual: dict[str, Any] = {
        "id": f"dlv_{channel}",
        "status": DeliveryStatus.DELIVERED,
        "attempts": 1,
        "next_attempt_at": None,
        "delivered_at": AT,
        "failure": None,
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
        Channel.DISCORD,
        status=DeliveryStatus.FAILED,
        failure=Failure.UNKNOWN_PERSON,
        error="Unknown User",
        error_code="10013",
    )

    (shown,) = feed_row(event(deliveries=(failed,))).deliveries

    assert shown.words == "Unknown User (10013)"
    assert "enter it under Channels" in shown.hint


def outage(destination_id: str = WHOLE, **given: Any) -> OutageView:
    usual: dict[str, Any] = {
        "channel": Channel.TELEGRAM,
        "account_id": None,
        "failure": Failure.PROVIDER_ERROR,
        "reason": "Bad Gateway",
        "since": AT,
        "retry_at": AT + timedelta(minutes=4),
    }
    return OutageView(destination_id=destination_id, **usual | given)


def destination(channel: Channel = Channel.TELEGRAM, **given: Any) -> DestinationView:
    usual: dict[str, Any] = {"enabled": True, "label": "ada", "address": "1", "verified_at": AT}
    return DestinationView(id=f"dst_{channel}", channel=channel, **usual | given)


def test_the_outage_of_a_provider_is_told_with_its_words() -> None:
    shown = outage_row([outage()], destination())

    assert shown.text == "Telegram has had trouble of its own since"
    assert (shown.since, shown.words) == ("2026-03-06T10:30:00.000Z", "Bad Gateway")
    assert shown.retry_at == "2026-03-06T10:34:00.000Z"


def test_an_outage_in_our_own_words_is_not_quoted() -> None:
    silent = outage(failure=Failure.NO_ANSWER, reason="no answer in time")

    shown = outage_row([silent], destination())

    assert (shown.text, shown.words) == ("Telegram has not answered since", "")


def test_the_outage_of_the_own_destination_is_told() -> None:
    shown = outage_row([outage("dst_telegram", account_id="acc_1")], destination())

    assert shown.text == "Nothing has reached your address since"


@pytest.mark.parametrize("channel", [Channel.DISCORD, Channel.EMAIL])
def test_an_outage_elsewhere_is_not_told(channel: Channel) -> None:
    assert outage_row([outage(), outage("dst_other")], destination(channel)) == OutageRow()

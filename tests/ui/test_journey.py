"""What the page of an event tells of each delivery."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, Outcome
from pingpilot_app.domain.failure import Failure
from pingpilot_app.storage.destinations import DestinationView
from pingpilot_app.storage.events import AttemptView, DeliveryView
from pingpilot_app.ui.pages.event.journey import POSSIBLY, UNFOLDED, JourneyRow, journey_row
from pingpilot_app.ui.rows import OutageRow

NOW = datetime(2026, 3, 6, 10, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
TRIES = 16


def attempt(failure: Failure | None = None, replay: int = 0, **given: Any) -> AttemptView:
    usual: dict[str, Any] = {
        "at": NOW,
        "outcome": Outcome.TRANSIENT if failure else Outcome.DELIVERED,
        "provider_code": None,
        "message": "Bad Gateway" if failure else "taken as 12",
        "ms": 1_234,
    }
    return AttemptView(replay=replay, failure=failure, **usual | given)


def way(*log: AttemptView, outage: OutageRow | None = None, **given: Any) -> JourneyRow:
    """Return the journey of a delivery by Telegram; destination vars begin with `to_`."""
    to = {name.removeprefix("to_"): value for name, value in given.items() if name[:3] == "to_"}
    usual: dict[str, Any] = {
        "status": DeliveryStatus.DELIVERED,
        "attempts": len(log),
        "next_attempt_at": None,
        "delivered_at": None,
        "failure": None,
        "error": None,
        "error_code": None,
    } | {name: value for name, value in given.items() if name[:3] != "to_"}
    where: dict[str, Any] = {"enabled": True, "label": "a", "address": "1", "verified_at": NOW}
    delivery = DeliveryView(id="dlv_1", channel=Channel.TELEGRAM, log=log, **usual)
    destination = DestinationView(id="dst_1", channel=Channel.TELEGRAM, **where | to)
    return journey_row(delivery, destination, outage or OutageRow(), TRIES, NOW)


def waiting(*log: AttemptView, failure: Failure = Failure.PROVIDER_ERROR, **given: Any) -> Any:
    usual = {
        "status": DeliveryStatus.PENDING,
        "next_attempt_at": LATER,
        "failure": failure,
        "error": "Bad Gateway",
    }
    return way(*log, **usual | given)


def failed(*log: AttemptView, **given: Any) -> JourneyRow:
    usual = {"status": DeliveryStatus.FAILED, "failure": Failure.BOT_BLOCKED, "error": "blocked"}
    return way(*log, **usual | given)


def test_a_delivery_that_waits_says_which_try_is_next_and_when() -> None:
    shown = waiting(attempt(Failure.PROVIDER_ERROR), attempt(Failure.PROVIDER_ERROR))

    assert shown.summary == "Waiting for the next try."
    assert shown.wait.next_at == "2026-03-06T10:40:00.000Z"
    assert shown.wait.why == "It is try 3 of 16."
    assert shown.step == "retry"


def test_a_provider_that_asked_to_wait_is_named() -> None:
    shown = waiting(attempt(Failure.RATE_LIMITED), failure=Failure.RATE_LIMITED, attempts=0)

    assert shown.wait.why == "Telegram asked PingPilot to wait that long."


def test_a_paced_queue_is_told() -> None:
    shown = waiting(failure=None, error=None)

    assert shown.wait.why == "Older messages to the same address go first."


def test_what_is_due_for_long_waits_for_its_turn() -> None:
    shown = waiting(
        failure=None, error=None, attempts=0, next_attempt_at=NOW - timedelta(minutes=1)
    )

    assert shown.summary.startswith("Waiting for its turn")


def test_during_an_outage_the_next_try_is_when_the_provider_is_asked_again() -> None:
    outage = OutageRow("Telegram has not answered since", "x", "", "2026-03-06T10:55:00.000Z")

    shown = waiting(attempt(Failure.NO_ANSWER), outage=outage)

    assert shown.wait.outage is outage
    assert shown.wait.next_at == "2026-03-06T10:55:00.000Z"


def test_a_try_of_another_day_is_told_with_its_date() -> None:
    far = waiting(attempt(Failure.NO_ANSWER), next_attempt_at=NOW + timedelta(hours=24))

    assert (waiting(attempt(Failure.NO_ANSWER)).wait.form, far.wait.form) == ("time", "exact")


def test_what_goes_out_at_this_moment_offers_no_button() -> None:
    shown = waiting(failure=None, error=None, next_attempt_at=NOW)

    assert (shown.summary, shown.step, shown.wait.next_at) == ("On its way.", "", "")


def test_a_refusal_is_told_with_what_to_do() -> None:
    shown = failed(attempt(Failure.BOT_BLOCKED, outcome=Outcome.PERMANENT, message="blocked"))

    assert shown.summary == "Refused for good at the first try."
    assert shown.hint.startswith("You blocked the bot in Telegram.")
    assert shown.step == "replay"


def test_giving_up_says_after_how_many_tries_and_when() -> None:
    log = [attempt(Failure.NO_ANSWER, at=NOW + timedelta(hours=n)) for n in range(TRIES)]

    shown = failed(*log, failure=Failure.NO_ANSWER)

    assert shown.summary == "Given up after 16 tries."
    assert shown.at == "2026-03-07T01:30:00.000Z"


def test_what_was_never_tried_says_so() -> None:
    shown = failed(failure=Failure.BROKEN, error="refused for good before")

    assert shown.summary == "Given up without a try."
    assert shown.hint.startswith("It was not tried")
    assert shown.words == "refused for good before"


def test_an_arrival_says_at_which_try() -> None:
    shown = way(attempt(Failure.NO_ANSWER), attempt(), delivered_at=LATER)

    assert (shown.summary, shown.step) == ("Telegram took it at try 2.", "again")


def test_a_replay_separates_the_rounds_and_counts_anew() -> None:
    shown = way(attempt(Failure.NO_ANSWER), attempt(Failure.NO_ANSWER), attempt(replay=1))

    assert [one.name for one in shown.rounds] == ["Sent first", "Sent again"]
    assert [one.name for one in shown.rounds[1].attempts] == ["Try 1"]
    assert shown.summary == "Telegram took it at the first try."


def test_a_replay_that_was_not_tried_yet_is_a_round_too() -> None:
    shown = waiting(
        attempt(Failure.BOT_BLOCKED), failure=None, error=None, attempts=0, next_attempt_at=NOW
    )

    assert [(one.name, one.attempts == []) for one in shown.rounds] == [
        ("Sent first", False),
        ("Sent again", True),
    ]


def test_many_tries_of_earlier_rounds_are_folded() -> None:
    log = [attempt(Failure.NO_ANSWER)] * UNFOLDED

    shown = way(*log, attempt(replay=1))

    assert [one.folded for one in shown.rounds] == [True, False]


def test_the_earlier_of_many_tries_are_folded() -> None:
    log = [attempt(Failure.NO_ANSWER)] * TRIES

    (shown,) = failed(*log, failure=Failure.NO_ANSWER).rounds

    assert (len(shown.earlier), len(shown.attempts)) == (TRIES - UNFOLDED, UNFOLDED)
    assert shown.attempts[-1].name == "Try 16"


def test_a_message_that_may_have_arrived_is_marked() -> None:
    shown = way(attempt(Failure.NO_ANSWER, message=f"no answer in time{POSSIBLY}"), attempt())

    first, last = shown.rounds[0].attempts
    assert (first.possibly, first.words) == (True, "no answer in time")
    assert not last.possibly


def test_only_the_providers_words_are_quoted() -> None:
    shown = way(attempt(Failure.PROVIDER_ERROR), attempt(Failure.UNREACHABLE), attempt())

    assert [one.quoted for one in shown.rounds[0].attempts] == [True, False, False]


def test_a_code_that_the_words_hold_is_not_repeated() -> None:
    shown = way(
        attempt(Failure.TRY_LATER, message="450 busy", provider_code="450"),
        attempt(Failure.PROVIDER_ERROR, provider_code="502"),
    )

    assert [one.code for one in shown.rounds[0].attempts] == ["", "502"]


def test_each_failure_is_explained_once() -> None:
    log = [Failure.NO_ANSWER, Failure.NO_ANSWER, Failure.PROVIDER_ERROR]

    shown = waiting(*map(attempt, log), failure=Failure.PROVIDER_ERROR)

    hints = [one.hint for one in shown.rounds[0].attempts]
    assert hints[0].startswith("Telegram was reached but its answer never came")
    assert hints[1:] == ["", ""]
    assert shown.hint.startswith("Telegram has trouble of its own")


def test_the_first_try_that_is_not_folded_is_explained_again() -> None:
    log = [attempt(Failure.NO_ANSWER)] * TRIES

    (shown,) = waiting(*log, failure=Failure.PROVIDER_ERROR).rounds

    assert [bool(one.hint) for one in shown.attempts] == [True] + [False] * (UNFOLDED - 1)


def test_a_broken_destination_is_told_until_the_event_arrives() -> None:
    broken = {"to_broken_at": NOW, "to_broken_reason": "blocked"}

    assert failed(attempt(Failure.BOT_BLOCKED), **broken).trouble.startswith("Nothing goes to")
    assert way(attempt(), **broken).trouble == ""


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"to_enabled": False}, "Telegram is switched off."),
        ({"to_verified_at": None}, "The address for Telegram is not verified."),
    ],
)
def test_what_cannot_be_sent_offers_to_mend_it(given: dict[str, Any], told: str) -> None:
    shown = failed(attempt(Failure.BOT_BLOCKED), **given)

    assert (shown.trouble, shown.step) == (told, "mend")

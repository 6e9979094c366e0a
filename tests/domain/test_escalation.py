"""Whom to tell while nobody claims an event."""

import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Invalid
from pingpilot_app.domain.escalation import EVERYBODY, Step, parse_step, spoken, steps_of
from pingpilot_app.domain.fallback import order_text, parse_order


def test_steps_are_read_as_they_were_stored():
    steps = (Step(5, "usr_ann"), Step(60))
    assert steps_of([step.stored() for step in steps]) == steps
    assert steps_of(None) == ()


def test_a_step_names_a_member_or_everybody():
    assert parse_step(" 15 ", "usr_ann", ["usr_ann"]) == Step(15, "usr_ann")
    assert parse_step("15", EVERYBODY, []) == Step(15)


@pytest.mark.parametrize("minutes", ["", "0", "-5", "1.5", "1441", "٣", "9" * 30])
def test_times_that_make_no_sense_are_refused(minutes):
    with pytest.raises(Invalid, match="minutes"):
        parse_step(minutes, EVERYBODY, [])


def test_somebody_who_is_no_member_is_refused():
    with pytest.raises(Invalid, match="member"):
        parse_step("5", "usr_eve", ["usr_ann"])


@pytest.mark.parametrize(
    ("minutes", "text"), [(1, "1 minute"), (5, "5 minutes"), (60, "1 hour"), (90, "90 minutes")]
)
def test_times_are_spoken(minutes, text):
    assert spoken(minutes) == text


def test_an_order_has_every_channel_once():
    order = parse_order(["telegram", "discord", "email"])
    assert order == (Channel.TELEGRAM, Channel.DISCORD, Channel.EMAIL)
    assert order_text(order) == "Telegram, then Discord, then Email"
    assert order_text(None) == "all at once"


@pytest.mark.parametrize("names", [[], ["discord"], ["discord"] * 3, ["discord", "email", "fax"]])
def test_any_other_order_is_refused(names):
    with pytest.raises(Invalid, match="once each"):
        parse_order(names)

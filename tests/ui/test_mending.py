"""What the owner of a channel can do about it."""

import base64

import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.storage.statistics import ChannelHealth
from pingpilot_app.ui.pages.channels.mending import invitation, steps_to_mend
from pingpilot_app.ui.pages.channels.trials import duration, health_row

BOT = "123456789012345678"


def test_what_the_owner_can_mend_ends_with_a_test() -> None:
    assert steps_to_mend(Failure.DM_CLOSED)[-1].startswith("Press Send test")


def test_what_is_the_operators_matter_has_no_steps() -> None:
    assert steps_to_mend(Failure.BAD_CREDENTIALS) == []


def test_a_bots_token_tells_where_to_add_it() -> None:
    token = base64.b64encode(BOT.encode()).decode().rstrip("=") + ".Gabcde.secret"

    link = invitation(token)

    assert f"client_id={BOT}&" in link
    assert "secret" not in link


@pytest.mark.parametrize("token", ["", "sandbox", "!!!.x.y", "YWJj.x", "é.x"])
def test_another_token_tells_nothing(token: str) -> None:
    assert invitation(token) == ""


@pytest.mark.parametrize(
    ("delivered", "failed", "sentence"),
    [
        (0, 0, "Nothing was sent here in the last 24 hours."),
        (5, 0, "Everything of the last 24 hours arrived."),
        (0, 2, "Nothing of the last 24 hours arrived."),
        (1_214, 3, "3 of 1,217 did not arrive in the last 24 hours."),
    ],
)
def test_a_day_is_told_in_a_sentence(delivered: int, failed: int, sentence: str) -> None:
    assert health_row(ChannelHealth(Channel.EMAIL, delivered, failed, None)).sentence == sentence


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "0 ms"), (999, "999 ms"), (1_250, "1.2 s"), (180_000, "3 min")]
)
def test_a_duration_is_short(ms: int, text: str) -> None:
    assert duration(ms) == text

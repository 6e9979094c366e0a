"""When a failed attempt is tried again."""

from datetime import timedelta

import pytest

from pingpilot_app.domain.retry import DEFAULT_SCHEDULE, RetrySchedule, parse_schedule

# The schedule as CHANNELS.md promises it: the wait after each failed attempt, in seconds.
PROMISED = [
    5,
    30,
    2 * 60,
    10 * 60,
    30 * 60,
    3_600,
    2 * 3_600,
    4 * 3_600,
    8 * 3_600,
    12 * 3_600,
    16 * 3_600,
    24 * 3_600,
    24 * 3_600,
    24 * 3_600,
    24 * 3_600,
]


@pytest.mark.parametrize(("attempts", "seconds"), [*enumerate(PROMISED, start=1)])
def test_the_wait_after_each_attempt(attempts, seconds):
    assert DEFAULT_SCHEDULE.after(attempts, jitter=0) == timedelta(seconds=seconds)


def test_after_the_sixteenth_attempt_it_gives_up():
    assert DEFAULT_SCHEDULE.attempts == 16
    assert DEFAULT_SCHEDULE.after(16, jitter=0) is None
    assert DEFAULT_SCHEDULE.after(16, jitter=0, retry_after=60) is None


def test_it_tries_for_nearly_six_days():
    assert timedelta(days=5.8) < DEFAULT_SCHEDULE.span < timedelta(days=5.9)


@pytest.mark.parametrize(("jitter", "seconds"), [(0, 100), (0.5, 105), (1, 110)])
def test_jitter_adds_at_most_a_tenth(jitter, seconds):
    assert RetrySchedule((100,)).after(1, jitter=jitter) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("retry_after", "seconds"), [(0.5, 5), (30, 30), (None, 5)])
def test_it_is_never_earlier_than_the_provider_asked_for(retry_after, seconds):
    wait = DEFAULT_SCHEDULE.after(1, jitter=0, retry_after=retry_after)
    assert wait == timedelta(seconds=seconds)


def test_an_operator_can_ask_for_more_attempts_over_more_days():
    schedule = parse_schedule("5s 30s, 2m 1.5h 25x8h 1d")
    assert schedule.attempts == 31
    assert schedule.span > timedelta(days=8)
    assert schedule.waits[:4] == (5, 30, 120, 5_400)


@pytest.mark.parametrize("text", ["5", "s", "5s 1w", "-5s", "8d", "100x1s", "1s; 2s", ",", "0x5s"])
def test_what_is_no_schedule_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match=r"span of time|wait|attempts"):
        parse_schedule(text)

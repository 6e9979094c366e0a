"""When a failed attempt is tried again."""

from datetime import timedelta

import pytest

from pingpilot_app.domain.retry import DEFAULT_SCHEDULE


@pytest.mark.parametrize(
    ("attempts", "retry_after", "seconds"),
    [(1, None, 5), (2, None, 5), (1, 30.0, 30), (1, 0.5, 5)],
)
def test_the_wait_after_each_attempt(attempts, retry_after, seconds):
    assert DEFAULT_SCHEDULE.after(attempts, retry_after) == timedelta(seconds=seconds)


def test_after_two_retries_it_gives_up():
    assert DEFAULT_SCHEDULE.after(3) is None

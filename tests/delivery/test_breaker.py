"""When trying stops, and how it is found out that it works again."""

import pytest

from pingpilot_app.delivery.breaker import Breaker, BreakerRule

RULE = BreakerRule(failures=3, shortest=10, longest=60)


@pytest.fixture
def breaker():
    return Breaker(RULE)


def opened(breaker: Breaker, now: float) -> None:
    for _ in range(RULE.failures):
        breaker.failed(now)


def test_it_stays_closed_below_the_threshold(breaker):
    assert [breaker.failed(0), breaker.failed(0)] == [False, False]
    assert breaker.closed


def test_it_opens_with_the_last_failure_of_a_row(breaker):
    opened(breaker, 0)
    assert not breaker.closed
    assert breaker.wait(4) == 6


def test_a_success_between_failures_keeps_it_closed(breaker):
    for _ in range(5):
        breaker.failed(0)
        breaker.failed(0)
        breaker.succeeded()
    assert breaker.closed


def test_half_open_a_success_closes_it(breaker):
    opened(breaker, 0)
    assert breaker.wait(10) == 0
    breaker.succeeded()
    assert breaker.closed


def test_half_open_each_failure_doubles_the_pause_up_to_the_longest(breaker):
    now, pauses = 0.0, []
    opened(breaker, now)
    for _ in range(5):
        pauses.append(breaker.wait(now))
        now += breaker.wait(now)
        assert breaker.failed(now)
    assert pauses == [10, 20, 40, 60, 60]


def test_failures_of_what_was_under_way_when_it_opened_do_not_lengthen_the_pause(breaker):
    opened(breaker, 0)
    assert not breaker.failed(1)
    assert breaker.wait(1) == 9


def test_it_begins_with_the_shortest_pause_after_it_worked(breaker):
    opened(breaker, 0)
    breaker.failed(10)
    breaker.succeeded()
    opened(breaker, 100)
    assert breaker.wait(100) == 10


def test_refused_credentials_open_it_at_once(breaker):
    assert breaker.stop(0, 30)
    assert breaker.wait(0) == 30
    assert not breaker.stop(5, 30)


def test_somebody_may_ask_for_a_try_at_once(breaker):
    opened(breaker, 0)
    breaker.try_now(3)
    assert breaker.wait(3) == 0
    assert not breaker.closed

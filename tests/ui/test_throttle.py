"""The wait after wrong passwords."""

import pytest

from pingpilot_app.ui.throttle import FREE, WAIT_MAX, Allowance, Throttle

KEY = ("192.0.2.1", "ada@example.org")


class Clock:
    """A clock that stands still until it is told."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(clock)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 1), (6, 2), (10, 32), (30, WAIT_MAX)]
)
def test_the_wait_grows(throttle: Throttle, failures: int, seconds: float) -> None:
    for _ in range(failures):
        throttle.failed(KEY)

    assert throttle.wait(KEY) == seconds


def test_the_wait_ends(throttle: Throttle, clock: Clock) -> None:
    for _ in range(FREE + 1):
        throttle.failed(KEY)
    clock.now += 2

    assert throttle.wait(KEY) == 0


def test_success_forgets_the_failures(throttle: Throttle) -> None:
    for _ in range(FREE):
        throttle.failed(KEY)
    throttle.succeeded(KEY)

    assert throttle.wait(KEY) == 0


def test_one_address_does_not_slow_down_another(throttle: Throttle) -> None:
    for _ in range(FREE):
        throttle.failed(KEY)

    assert throttle.wait(("192.0.2.2", KEY[1])) == 0


def test_an_allowance_lets_so_many_acts_happen_in_its_span(clock: Clock) -> None:
    allowance = Allowance(2, 60, clock)

    assert [allowance.take("ada") for _ in range(3)] == [True, True, False]
    assert allowance.take("bob")


def test_an_allowance_comes_back_although_somebody_keeps_trying(clock: Clock) -> None:
    allowance = Allowance(1, 60, clock)
    assert allowance.take("ada")
    answers = []
    for _ in range(60):
        clock.now += 1
        answers.append(allowance.take("ada"))

    assert answers == [False] * 59 + [True]

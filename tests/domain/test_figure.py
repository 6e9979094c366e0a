"""Numbers as people read them."""

import pytest

from pingpilot_app.domain.figure import MEAN, figure


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1, "1"),
        (0.1 + 0.2, "0.3"),
        (-5, "-5"),
        (1234567.5, "1,234,567.5"),
        (999.9999999999999, "1,000"),
        (19.99 * 3, "59.97"),
        (0.00025, "0.00025"),
        (0.0000111765, "1.1177e-5"),
        (2**53, "9.0072e15"),
        (2**63, "9.2234e18"),
        (-1e290, "-1e290"),
        (123456789012345, "123,456,789,012,345"),
    ],
)
def test_a_number_is_grouped_and_without_noise(value: float, text: str) -> None:
    assert figure(value) == text


def test_an_average_has_few_digits() -> None:
    assert figure(100 / 3, MEAN) == "33.3333"
    assert figure(1234567.891, MEAN) == "1,234,568"

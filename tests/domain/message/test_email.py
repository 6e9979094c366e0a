"""The mail can be read whatever the category's colour."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot_app.domain.message import Message
from pingpilot_app.domain.message.email import contrast, readable_ink, render_html, render_text


@given(st.integers(0, 0xFFFFFF))
def test_the_title_contrasts_with_every_color(color):
    assert contrast(color, int(readable_ink(color)[1:], 16)) >= 4.5


@pytest.mark.parametrize(("one", "other", "ratio"), [(0, 0xFFFFFF, 21), (0x777777, 0xFFFFFF, 4.48)])
def test_contrast_is_that_of_wcag(one, other, ratio):
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)


def test_without_fields_there_is_no_table():
    made = Message(
        "e", "bug", "🐛", 0, "x", {}, datetime(2026, 3, 6, tzinfo=UTC), "https://x.example"
    )
    assert "<th" not in render_html(made)
    assert render_text(made) == "🐛 Bug\n\nx\n\n2026-03-06T00:00:00.000Z\nhttps://x.example\n"

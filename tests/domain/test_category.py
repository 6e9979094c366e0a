"""Names, colours, emoji."""

import pytest

from pingpilot_app.domain.category import color_hex, parse_color, parse_emoji, parse_name
from pingpilot_app.domain.errors import Invalid


@pytest.mark.parametrize("name", ["bug", "User-Signup", "a" * 64, "0"])
def test_names_are_kept_in_lower_case(name):
    assert parse_name(name) == name.lower()


@pytest.mark.parametrize("name", ["", "a b", "ü", "a" * 65, "bug\n", None, 1, ["bug"]])
def test_other_names_are_refused(name):
    with pytest.raises(Invalid):
        parse_name(name)


@pytest.mark.parametrize(("text", "number"), [("#000000", 0), ("#FFffFF", 16777215)])
def test_colours_become_numbers_and_back(text, number):
    assert parse_color(text) == number
    assert color_hex(number) == text.lower()


@pytest.mark.parametrize("color", ["red", "#fff", "#12345g", "123456", "#1234567", 5, None])
def test_other_colours_are_refused(color):
    with pytest.raises(Invalid):
        parse_color(color)


@pytest.mark.parametrize(
    "emoji", ["🐛", "❤️", "👍🏽", "👨‍👩‍👧‍👦", "🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "☎", "🏳️‍🌈", "✅", "⚡"]
)
def test_one_emoji_is_taken(emoji):
    assert parse_emoji(emoji) == emoji


@pytest.mark.parametrize("text", ["a", "🐛🐛", "🐛 ", "1", ":bug:", "<b>", 7, "\u200d", "🐛" * 40])
def test_anything_else_is_refused(text):
    with pytest.raises(Invalid):
        parse_emoji(text)


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_emoji_is_fine(nothing):
    assert parse_emoji(nothing) is None

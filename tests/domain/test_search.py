"""The words that events are found by."""

import pytest

from pingpilot_app.domain.search import WORD_MAX, finds, words_of, words_of_event


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Checkout fails", {"checkout", "fails"}),
        ("user_signup-2", {"user", "signup", "2"}),
        ("Café STRAẞE ﬁn", {"cafe", "strasse", "fin"}),
        ("99.5 %", {"99", "5"}),
        ("東京タワー", {"東", "京", "タ", "ワ", "ー"}),
        ("broken 🐛!", {"broken", "🐛"}),
        ("… -- !?", set()),
        ("", set()),
        ("a\x00b", {"a", "b"}),
    ],
)
def test_a_text_is_divided_into_plain_words(text, words):
    assert words_of(text) == words


def test_names_and_values_of_fields_count_too():
    words = words_of_event("Paid", {"order_no": "A-17", "first": False, "amount": 9.5})
    assert words == {"paid", "order", "no", "a", "17", "first", "false", "amount", "9", "5"}


def test_what_is_too_long_for_a_word_is_cut():
    assert words_of("x" * 8_000) == {"x" * WORD_MAX}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("fail", True),
        ("check FAILS", True),
        ("fails twice", False),
        ("kout", False),
        ("ch", False),  # two letters begin too many words
        ("5", True),
    ],
)
def test_whole_words_are_found_and_the_beginnings_of_longer_ones(wanted, found):
    assert finds(words_of(wanted), words_of("Checkout fails 5 times")) is found

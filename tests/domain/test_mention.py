"""How colleagues are called in a comment."""

import pytest

from pingpilot_app.domain.mention import HANDLE_MAX, Member, handles_of, mentioned_in, mentions_in

HANDLES = {"usr_ann": "ann", "usr_ben": "ben-o-neil", "usr_dot": "d.ott"}


def handles(*names: str) -> list[str]:
    """Return what members of these names are mentioned by."""
    members = [Member(str(number), name) for number, name in enumerate(names)]
    return list(handles_of(members).values())


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("Ann", "ann"),
        ("Ann Smith", "ann-smith"),
        ("  Ben O'Neil ", "ben-o-neil"),
        ("d.ott", "d.ott"),
        ("ada+events", "ada-events"),
        ("Ærø Straße", "ærø-strasse"),
        ("आरती", "आरती"),
        ("Zoë", "zoë"),
        ("🙈", "🙈"),
        ("@@@", "member"),
        ("...", "member"),
    ],
)
def test_a_handle_is_the_name_without_what_ends_it(name, handle):
    assert handles(name) == [handle]


def test_whoever_is_called_the_same_gets_a_number():
    assert handles("Ann", "ann", "Ann-2", "ANN") == ["ann", "ann-2", "ann-2-2", "ann-3"]


def test_no_handle_is_endless():
    (handle,) = handles("x" * 300)
    assert len(handle) == HANDLE_MAX


@pytest.mark.parametrize("name", ["Ann", "Ben O'Neil", "Ærø Straße", "आरती", "Zoë", "🙈", "@@@"])
def test_every_handle_mentions_its_member(name):
    found = handles_of([Member("usr_1", name)])
    assert mentioned_in(f"Look, @{found['usr_1']}!", found) == ["usr_1"]


@pytest.mark.parametrize(
    "text",
    [
        "@ann",
        "@Ann, look",
        "Is it so, @ANN?",
        "(@ann)",
        "line\n@ann\nline",
        "@ann's",
        "@ann.",
        "…@ann…",
    ],
)
def test_a_member_is_mentioned(text):
    assert mentioned_in(text, HANDLES) == ["usr_ann"]


@pytest.mark.parametrize(
    "text",
    [
        "ann",
        "@anne",
        "@ eve",
        "mail x@ann",
        "ann@ann.example",
        "bob.@ann",
        "x+@ann",
        "https://social.example/@ann",
        "@ann@social.example",
        "@@ann",
        "@ann.smith",
        "@",
    ],
)
def test_an_address_and_a_strangers_name_are_no_mention(text):
    assert mentioned_in(text, HANDLES) == []


def test_an_address_mentions_nobody_whose_name_it_begins_with():
    assert mentioned_in("@ann@social.example", {"usr_an": "an"}) == []


def test_who_is_mentioned_twice_is_mentioned_once():
    assert mentioned_in("@ann @ben-o-neil @Ann", HANDLES) == ["usr_ann", "usr_ben"]


def test_a_mention_is_found_with_its_at_and_without_the_full_stop():
    text = "Ask @d.ott."
    (found,) = mentions_in(text, HANDLES)
    assert text[found.start : found.end] == "@d.ott"


def test_a_long_text_is_read_in_no_time():
    assert mentioned_in("@" * 2_000 + "@a" * 2_000 + "@ann" * 500, HANDLES) == []

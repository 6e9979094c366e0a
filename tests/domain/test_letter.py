"""Letters: text and its HTML twin."""

from datetime import UTC, datetime

from pingpilot_app.domain.letter import Letter, render_html, render_text

LETTER = Letter(
    subject="Confirm <this>",
    paragraphs=("Hello & welcome.",),
    created_at=datetime(2026, 3, 6, tzinfo=UTC),
    action="Open",
    url="https://ping.example.org/verify?token=a&b",
    closing=("Bye.",),
)


def test_the_text_has_the_link_on_a_line_of_its_own() -> None:
    lines = render_text(LETTER).splitlines()

    assert lines == ["Hello & welcome.", "", "Open:", LETTER.url, "", "Bye."]


def test_the_html_says_the_same_and_nothing_breaks_out() -> None:
    html = render_html(LETTER)

    assert "Confirm &lt;this&gt;" in html
    assert "Hello &amp; welcome." in html
    assert 'href="https://ping.example.org/verify?token=a&amp;b"' in html


def test_a_letter_may_have_no_link() -> None:
    letter = Letter("Bye", ("It is done.",), LETTER.created_at)

    assert render_text(letter) == "It is done.\n"
    assert "href" not in render_html(letter)

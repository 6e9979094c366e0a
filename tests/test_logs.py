"""What never gets into the log."""

import logging
from pathlib import Path

import pytest

from pingpilot_app.logs import WithoutRequests

REFLEX = "reflex_base.event.processor.event_processor"


def said(message: str) -> logging.LogRecord:
    """Return what Reflex would log."""
    return logging.LogRecord(REFLEX, logging.ERROR, __file__, 1, message, (), None)


def test_an_unknown_event_is_told_without_what_it_carries(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept = WithoutRequests()
    unknown = said("Error processing event queue entry for Event(cookie='pingpilot=secret')")

    with caplog.at_level(logging.WARNING, "pingpilot_app"):
        assert [kept.filter(unknown) for _ in range(3)] == [False] * 3

    assert caplog.messages == ["a browser asked for an event that no page has"]


def test_other_words_of_reflex_stay() -> None:
    assert WithoutRequests().filter(said("[Reflex Backend Exception]"))


def test_reflex_still_says_it_so() -> None:
    """The words that are filtered are those of the installed version."""
    from reflex_base.event.processor import event_processor

    assert event_processor.logger.name == REFLEX
    source = Path(event_processor.__file__).read_text()
    assert "Error processing event queue entry for {entry.event}" in source

"""How grave an event is."""

import re
from pathlib import Path
from typing import Any

import pytest

from pingpilot_app.domain.severity import FIELDS, WORDS, Severity, severity_of

TEAMS = Path(__file__).resolve().parents[2] / "docs" / "teams.md"


@pytest.mark.parametrize(
    ("word", "severity"), [(word, one) for one, words in WORDS.items() for word in words]
)
def test_every_word_of_the_table_is_read(word: str, severity: Severity) -> None:
    for field in FIELDS:
        assert severity_of({field: word}) is severity


def test_no_word_stands_for_two_severities() -> None:
    words = [word for some in WORDS.values() for word in some]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("fields", "severity"),
    [
        ({}, Severity.NONE),
        ({"amount": 3}, Severity.NONE),
        ({"severity": "CRITICAL"}, Severity.CRITICAL),
        ({"Severity": " High "}, Severity.HIGH),
        ({"LEVEL": "Warn"}, Severity.MEDIUM),
        ({"severity": "low", "level": "fatal"}, Severity.LOW),
        ({"level": "error", "priority": "p4"}, Severity.HIGH),
        ({"severity": "purple", "level": "error"}, Severity.HIGH),
        ({"severity": "purple"}, Severity.NONE),
        ({"severity": ""}, Severity.NONE),
        ({"severity": True}, Severity.NONE),
        ({"priority": 1}, Severity.NONE),
        ({"level": 50.0}, Severity.NONE),
    ],
)
def test_the_first_field_that_says_a_known_word_counts(
    fields: dict[str, Any], severity: Severity
) -> None:
    assert severity_of(fields) is severity


def test_the_document_shows_the_table() -> None:
    text = TEAMS.read_text(encoding="utf-8")
    for severity, words in WORDS.items():
        row = re.search(rf"^\| {severity} \| (.+) \|$", text, re.MULTILINE)
        assert row, severity
        assert row[1] == ", ".join(f"`{word}`" for word in words)

"""How grave an event is, read from its fields.

An integration says it in a field `severity`, else `level`, else `priority`, in whatever words it
has. They are read onto a ladder of four; docs/teams.md shows the table to people.
"""

from collections.abc import Mapping
from enum import StrEnum

from pingpilot_app.domain.event import FieldValue


class Severity(StrEnum):
    """A rung of the ladder, the gravest first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"  # the event does not say

    @property
    def label(self) -> str:
        """Return what people see."""
        return "Not said" if self is Severity.NONE else self.value.capitalize()


FIELDS = ("severity", "level", "priority")  # the first that says a word of the table counts

WORDS: dict[Severity, tuple[str, ...]] = {
    Severity.CRITICAL: (
        *("critical", "crit", "fatal", "emergency", "emerg", "alert", "panic"),
        *("disaster", "blocker", "urgent", "highest", "p0", "p1", "sev0", "sev1"),
    ),
    Severity.HIGH: ("high", "error", "err", "major", "severe", "important", "p2", "sev2"),
    Severity.MEDIUM: (
        *("medium", "moderate", "warning", "warn", "average", "normal", "p3", "sev3"),
    ),
    Severity.LOW: (
        *("low", "lowest", "minor", "trivial", "notice", "info", "information"),
        *("informational", "debug", "trace", "verbose", "p4", "p5", "sev4", "sev5"),
    ),
}
_OF_WORD = {word: severity for severity, words in WORDS.items() for word in words}


def severity_of(fields: Mapping[str, FieldValue]) -> Severity:
    """Return how grave the event with these fields is; NONE where they do not say.

    Names and words may be in upper or lower case. Numbers say nothing: 1 is the gravest to some and
    the least to others.
    """
    said = {name.lower(): value for name, value in fields.items() if name.lower() in FIELDS}
    for field in FIELDS:
        value = said.get(field)
        found = _OF_WORD.get(value.strip().lower()) if isinstance(value, str) else None
        if found is not None:
            return found
    return Severity.NONE

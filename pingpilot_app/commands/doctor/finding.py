"""What the doctor found, one thing each."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How bad it is."""

    OK = "ok"
    NOTE = "note"  # worth knowing; it may be meant
    BAD = "bad"  # has to be mended


@dataclass(frozen=True, slots=True)
class Finding:
    """`part` is what was looked at; `message` what was found and, unless all is well, what to do.

    It is shown on a terminal, so what strangers wrote into it cannot steer one.
    """

    state: State
    part: str
    message: str

    def __post_init__(self) -> None:
        plain = "".join(char if char.isprintable() else " " for char in self.message)
        object.__setattr__(self, "message", plain)


def ok(part: str, message: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding(State.OK, part, message)


def note(part: str, message: str) -> Finding:
    """Return a finding to think about; it does not fail the run."""
    return Finding(State.NOTE, part, message)


def bad(part: str, message: str) -> Finding:
    """Return a finding that has to be mended; it fails the run."""
    return Finding(State.BAD, part, message)

"""Whom to tell while nobody claims an event, one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pingpilot_app.domain.errors import Invalid, Problem

STEPS_MAX = 3
MINUTES_MAX = 24 * 60
EVERYBODY = ""  # a step for all members of the account who may respond


@dataclass(frozen=True, slots=True)
class Step:
    """After so many `minutes` without a claim, since the event or the step before, tell `user_id`.

    `EVERYBODY`: all members who may respond.
    """

    minutes: int
    user_id: str = EVERYBODY

    @property
    def wait(self) -> timedelta:
        """Return how long it waits."""
        return timedelta(minutes=self.minutes)

    def stored(self) -> dict[str, Any]:
        """Return it as it is stored with the category."""
        return {"minutes": self.minutes, "user": self.user_id}


def steps_of(stored: Sequence[Mapping[str, Any]] | None) -> tuple[Step, ...]:
    """Return the steps that a category's column holds."""
    return tuple(Step(one["minutes"], one["user"]) for one in stored or ())


def parse_step(minutes: str, user_id: str, members: Sequence[str]) -> Step:
    """Return the step that a form asks for; `members` are who it may name. Raises Invalid."""
    number = minutes.strip()
    if not (number.isascii() and number.isdecimal() and 1 <= int(number[:9]) <= MINUTES_MAX):
        raise _invalid(f"Wait a whole number of minutes, from 1 to {MINUTES_MAX:,}.")
    if user_id != EVERYBODY and user_id not in members:
        raise _invalid("Choose a member of this account who may respond to events.")
    return Step(int(number), user_id)


def spoken(minutes: int) -> str:
    """Return a time for people: `5 minutes`, `1 hour`, `90 minutes`."""
    number, unit = (minutes // 60, "hour") if minutes % 60 == 0 else (minutes, "minute")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def line_text(steps: Sequence[Step]) -> str:
    """Return it in a few words: `after 5 minutes, then 1 hour`; empty for nothing."""
    return f"after {', then '.join(spoken(step.minutes) for step in steps)}" if steps else ""


def _invalid(sentence: str) -> Invalid:
    return Invalid(sentence, (Problem("escalation", sentence),))

"""What a screen on a wall shows of an account's events: fixed when its link is made."""

from collections.abc import Mapping
from dataclasses import dataclass

from pingpilot_app.domain.errors import Invalid, Problem
from pingpilot_app.domain.event import EventStatus, FieldValue

NAME_MAX = 80  # characters
TEXT_MAX = 200
HIDDEN_MAX = 100  # names of fields
HIDDEN_LENGTH = 10_000  # characters of all of them


@dataclass(frozen=True, slots=True)
class WallLook:
    """Which events, and what of them. `hidden`: names of fields in any case; None: all fields."""

    category_id: str | None = None
    status: EventStatus | None = None
    text: str = ""
    hidden: frozenset[str] | None = frozenset()

    def of_fields(self, fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
        """Return those fields that may be seen, in their order."""
        hidden = self.hidden
        if hidden is None:
            return {}
        folded = {_folded(name) for name in hidden}
        return {name: value for name, value in fields.items() if _folded(name) not in folded}


def parse_wall_name(text: str) -> str:
    """Return the name as it is kept. Raises Invalid."""
    name = text.strip()
    if not 1 <= len(name) <= NAME_MAX or not name.isprintable():
        raise _refused("name", f"Give it a name of 1 to {NAME_MAX} characters, such as the room's.")
    return name


def parse_hidden(text: str) -> frozenset[str]:
    """Return the names of fields that stand in the lines of a text. Raises Invalid."""
    names = frozenset(line.strip() for line in text.splitlines()) - {""}
    if not names:
        raise _refused("fields", "Name the fields to hide, each on a line of its own.")
    if len(names) > HIDDEN_MAX:
        raise _refused("fields", f"Name at most {HIDDEN_MAX} fields, or hide all of them.")
    return names


def _folded(name: str) -> str:
    return name.strip().casefold()


def _refused(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, (Problem(field, sentence),))

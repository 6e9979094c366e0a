"""The message of an event, before any channel lays it out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pingpilot_app.domain.category import DEFAULT_EMOJI
from pingpilot_app.domain.event import FieldValue

STANDING_MAX = 300  # characters of the line that says who has the event
BUTTON = "👤 I'm on it"


@dataclass(frozen=True, slots=True)
class Standing:
    """Who has an event, and how it ended; `resolved_by` None: not yet."""

    name: str
    resolved_by: str | None = None
    note: str | None = None

    @property
    def line(self) -> str:
        """Return what a message says of it, on one line."""
        if self.resolved_by is None:
            said = f"👤 {self.name} is on it"
        else:
            said = f"✅ Resolved by {self.resolved_by}"
            said += f": {self.note}" if self.note else ""
        return cut(" ".join(said.split()), STANDING_MAX)


@dataclass(frozen=True, slots=True)
class Message:
    """One event as people will read it.

    `category` is the stored (lower-case) name, `color` 0 to 16777215, `created_at` aware,
    `url` the event's page in the dashboard. There is no button where nobody is asked, or somebody
    has it already.
    """

    event_id: str
    category: str
    emoji: str | None
    color: int
    description: str
    fields: Mapping[str, FieldValue]
    created_at: datetime
    url: str
    button: str = ""  # what the button that claims the event sends (domain/claim_button.py)
    standing: Standing | None = None
    claim_url: str = ""  # the same as a link, in a mail

    @property
    def title(self) -> str:
        """Return `🐛 Bug`: the emoji and the name with its first letter capital."""
        return f"{self.emoji or DEFAULT_EMOJI} {self.category[:1].upper()}{self.category[1:]}"

    @property
    def timestamp(self) -> str:
        """Return the creation time as `2026-03-06T10:30:00.000Z`."""
        return iso_milliseconds(self.created_at)


def iso_milliseconds(moment: datetime) -> str:
    """Return an aware time in UTC, ISO 8601 with milliseconds and `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def value_text(value: FieldValue) -> str:
    """Return a field's value as JSON prints it, strings without their quotes."""
    return value if isinstance(value, str) else json.dumps(value)


def cut(text: str, limit: int) -> str:
    """Return `text`, or its beginning and `…`, in at most `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def more_fields(left_out: int) -> str:
    """Return the line that stands for fields that found no room."""
    return f"… +{left_out} more field{'' if left_out == 1 else 's'}"

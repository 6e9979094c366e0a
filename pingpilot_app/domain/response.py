"""How people respond to events: claim them, talk about them, resolve them."""

from dataclasses import dataclass
from enum import StrEnum

from pingpilot_app.domain.errors import Invalid, Problem

TEXT_MAX = 2_000  # characters of a comment or a note


class CommentKind(StrEnum):
    """What an entry of the conversation is."""

    COMMENT = "comment"  # somebody said something
    CLAIMED = "claimed"  # somebody is on it
    RELEASED = "released"  # and is not any more
    RESOLVED = "resolved"  # it is done; the text is the note, perhaps empty
    REOPENED = "reopened"  # it is not, after all
    ESCALATED = "escalated"  # nobody claimed it in time; the text says who was told


class Whose(StrEnum):
    """Which events to list, by who is on them."""

    MINE = "mine"  # who asks is on it, and it is not resolved
    UNCLAIMED = "unclaimed"  # nobody has ever said to be on it, or nobody is any more
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Responder:
    """Who responds. `user_id` None: known by a channel alone, such as a Discord name."""

    name: str
    user_id: str | None = None


def parse_text(text: str, *, may_be_empty: bool = False) -> str:
    """Return a comment or a note as it is kept. Raises Invalid."""
    kept = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not kept and not may_be_empty:
        raise _refused("Write something first.")
    if len(kept) > TEXT_MAX:
        raise _refused(f"Keep it to {TEXT_MAX:,} characters; it has {len(kept):,}.")
    return kept


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, (Problem("text", sentence),))

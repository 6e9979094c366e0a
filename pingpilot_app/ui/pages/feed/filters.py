"""Which events the feed shows: what its address says, and the address for it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import EventStatus
from pingpilot_app.domain.response import Whose
from pingpilot_app.storage.events import EventFilter

STATUSES = [status.value for status in EventStatus]
CHANNELS = [channel.value for channel in Channel]
WHOSE = [whose.value for whose in Whose]
NAME_MAX = 64  # characters of a category, a status, a channel or whose they are
TEXT_MAX = 200
ID_MAX = 64  # characters of an event's id, whether there can be such an event or not


@dataclass(frozen=True)
class Filters:
    """What to show; empty means all. `text` is looked for in descriptions and fields."""

    category: str = ""
    status: str = ""
    channel: str = ""
    text: str = ""
    whose: str = ""

    @property
    def address(self) -> str:
        """Return the feed's address with these filters."""
        given = {
            "category": self.category,
            "status": self.status,
            "channel": self.channel,
            "whose": self.whose,
            "q": self.text,
        }
        query = urlencode({name: value for name, value in given.items() if value})
        return f"/feed?{query}" if query else "/feed"

    def wanted(self, limit: int, user_id: str) -> EventFilter:
        """Return what to ask the storage. Whose it is that ask is part of it where it matters."""
        whose = Whose(self.whose) if self.whose else None
        return EventFilter(
            category=self.category or None,
            status=EventStatus(self.status) if self.status else None,
            channel=Channel(self.channel) if self.channel else None,
            text=self.text or None,
            whose=whose,
            user_id=user_id if whose is Whose.MINE else None,
            limit=limit,
        )


def asked_for(query: Mapping[str, object]) -> Filters:
    """Return what an address asks for, whether it exists or not."""
    return Filters(
        category=_short(query.get("category")).lower(),
        status=_short(query.get("status")).upper(),
        channel=_short(query.get("channel")).lower(),
        text=as_text(query.get("q")),
        whose=_short(query.get("whose")).lower(),
    )


def as_text(value: object) -> str:
    """Return what is looked for: without what cannot be in an event, and not without end."""
    return value.replace("\x00", "").strip()[:TEXT_MAX] if isinstance(value, str) else ""


def known(asked: Filters, categories: Collection[str]) -> tuple[Filters, str]:
    """Return those filters that exist, and a sentence about those that do not."""
    kept: dict[str, str] = {}
    unknown: list[str] = []
    choices = {"category": categories, "status": STATUSES, "channel": CHANNELS, "whose": WHOSE}
    for name, values in choices.items():
        value = getattr(asked, name)
        kept[name] = value if value in values else ""
        if value and value not in values:
            unknown.append(f"there is no {_CALLED.get(name, name)} “{value}” here")
    return Filters(**kept, text=asked.text), _note(unknown)


_CALLED = {"whose": "claim"}


def _note(unknown: list[str]) -> str:
    if not unknown:
        return ""
    sentence = " and ".join(unknown)
    return f"{sentence[:1].upper()}{sentence[1:]}, so that part of the address is left out."


def _short(value: object) -> str:
    return value[:NAME_MAX] if isinstance(value, str) else ""

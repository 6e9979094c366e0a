"""The four steps, and which of them are done."""

from dataclasses import dataclass

from pingpilot_app.delivery.accept import usable_destinations
from pingpilot_app.domain.errors import NotConfigured
from pingpilot_app.storage.configuration import Configuration

CATEGORY, KEY, CHANNELS, EVENT = "category", "key", "channels", "event"


@dataclass(frozen=True)
class Step:
    """One thing to do before the first event arrives. `path` is empty where no page is for it."""

    name: str
    title: str
    text: str
    path: str
    done: bool


def blocked(account: Configuration) -> str:
    """Return why the next event would be refused, empty where it would not."""
    try:
        usable_destinations(account)
    except NotConfigured as refusal:
        return refusal.message
    return ""


def steps_of(account: Configuration, has_key: bool, started: bool) -> list[Step]:
    """Return the steps. `has_key`: one that may send events; `started`: there was an event."""
    return [
        Step(
            CATEGORY,
            "Name what happens",
            "A category gives events their colour and emoji: bug, sale, signup.",
            "/categories",
            bool(account.categories),
        ),
        Step(KEY, "Make a key", "Your integration shows it with every event.", "/keys", has_key),
        Step(
            CHANNELS,
            "Say where events go",
            "Set up Discord, Telegram and email, or switch off what you do not need.",
            "/channels",
            not blocked(account),
        ),
        Step(
            EVENT,
            "Send the first event",
            "Run the code below. The event appears here by itself.",
            "",
            started,
        ),
    ]

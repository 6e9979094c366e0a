"""What is done on the way to the first event, and what is not."""

from dataclasses import dataclass

import reflex as rx

from pingpilot_app.delivery.accept import usable_destinations
from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.errors import NotConfigured
from pingpilot_app.storage.api_keys import list_api_keys
from pingpilot_app.storage.configuration import Configuration
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.components.snippet import curl
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.live import Live, shared


@dataclass(frozen=True)
class Step:
    """One thing to do before the first event arrives."""

    title: str
    text: str
    path: str
    done: bool


class OnboardingState(Live, rx.State):
    """The steps; every page that shows them runs `watch` when it opens."""

    steps: list[Step] = []
    started: bool = False  # whether there ever was an event
    command: str = ""

    async def _load(self, session: SessionView) -> None:
        account = await _account(session.account_id)
        self.steps, self.command = account.steps, account.command
        self.started = self.started or account.started


@dataclass(frozen=True)
class _Account:
    steps: list[Step]
    command: str
    started: bool


async def _account(account_id: str) -> _Account:
    async def load() -> _Account:
        instance = current()
        found = await instance.cache.configuration(account_id, now())
        keys = await instance.database.read(list_api_keys, account_id)
        steps = steps_of(found, any(key.revoked_at is None for key in keys))
        return _Account(steps, curl(category=min(found.categories, default="bug")), found.used > 0)

    return await shared(account_id, "onboarding", load)


def blocked(account: Configuration) -> str:
    """Return why the next event would be refused, empty where it would not."""
    try:
        usable_destinations(account)
    except NotConfigured as refusal:
        return refusal.message
    return ""


def steps_of(account: Configuration, has_key: bool) -> list[Step]:
    """Return the four steps."""
    return [
        Step(
            "Name what happens",
            "A category gives events their colour and emoji: bug, sale, signup.",
            "/categories",
            bool(account.categories),
        ),
        Step("Make a key", "Your integration shows it with every event.", "/keys", has_key),
        Step(
            "Say where events go",
            "Set up Discord, Telegram and email, or switch off what you do not need.",
            "/channels",
            not blocked(account),
        ),
        Step(
            "Send the first event",
            "Paste the command below into a terminal. The event appears here by itself.",
            "",
            account.used > 0,
        ),
    ]

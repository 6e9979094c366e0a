"""What a wall shows, looked up by the secret in its address, and no more of it than that."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.category import DEFAULT_EMOJI, color_hex
from pingpilot_app.domain.client import neighbourhood
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.domain.message.message import cut, iso_milliseconds, value_text
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.domain.wall import WallLook
from pingpilot_app.storage.claims import ClaimView
from pingpilot_app.storage.events import EventView
from pingpilot_app.storage.walls import SEEN_EVERY, WallView, events_on, find_wall, mark_shown
from pingpilot_app.ui.live import shared
from pingpilot_app.ui.rows import FieldRow
from pingpilot_app.ui.throttle import Throttle

ROWS = 20  # more than any screen has room for
PREFIX = "/wall/"
TOKEN_MAX = 100  # characters
FIELDS_SHOWN = 5
NAME_SHOWN, VALUE_SHOWN, DESCRIPTION_SHOWN = 40, 60, 280  # characters

FREE = 20  # wrong links from one network without any wait: a screen may go on asking for an old one
_KNOWN_MAX = 10_000

wrong = Throttle(free=FREE)
_known: set[bytes] = set()  # links that were good: whoever guesses beside a screen does not stop it


@dataclass(frozen=True)
class WallRow:
    """One event as a wall shows it. `claim` is empty where nobody has it."""

    id: str
    category: str
    emoji: str
    color: str
    description: str
    fields: list[FieldRow]
    status: str
    at: str
    claim: str
    resolved: bool


def token_in(path: str) -> str:
    """Return the secret in `/wall/…`, empty where there is none."""
    token = path.removeprefix(PREFIX).strip("/") if path.startswith(PREFIX) else ""
    return token if len(token) <= TOKEN_MAX else ""


def pause_before(token: str, client: str) -> float:
    """Return how many seconds to wait before a link is looked up that may be a guess."""
    return 0.0 if hash_token(token) in _known else wrong.wait((neighbourhood(client), ""))


async def find(token: str, client: str) -> WallView | None:
    """Return the wall of a secret, None where it does not work; a wrong one counts as a guess."""
    digest = hash_token(token)
    wall = await current().database.read(find_wall, digest) if token else None
    if wall is not None:
        if len(_known) >= _KNOWN_MAX:
            _known.clear()
        _known.add(digest)
    elif digest in _known:  # it worked a moment ago: revoked, not guessed
        _known.discard(digest)
    else:
        wrong.failed((neighbourhood(client), ""))
    return wall


async def rows_of(wall: WallView) -> list[WallRow]:
    """Return what the wall shows now: read once, however many screens show it."""

    async def load() -> list[WallRow]:
        return await current().database.read(_rows, wall)

    return await shared(wall.account_id, ("wall", wall.id), load)


async def note_shown(wall: WallView, now: datetime) -> None:
    """Write down that a screen shows it, once in some minutes; trouble with that is none."""
    if wall.seen_at is None or now - wall.seen_at >= SEEN_EVERY:
        with suppress(Unavailable):
            await current().writer.run(None, mark_shown, wall.id, now)


def _rows(connection: Connection, wall: WallView) -> list[WallRow]:
    return [wall_row(event, claim, wall.look) for event, claim in events_on(connection, wall, ROWS)]


def wall_row(event: EventView, claim: ClaimView | None, look: WallLook) -> WallRow:
    """Return an event without what the wall hides, and without how it travelled."""
    seen = list(look.of_fields(event.fields).items())[:FIELDS_SHOWN]
    return WallRow(
        id=event.id,
        category=event.category,
        emoji=event.emoji or DEFAULT_EMOJI,
        color=color_hex(event.color),
        description=cut(event.description, DESCRIPTION_SHOWN),
        fields=[FieldRow(cut(k, NAME_SHOWN), cut(value_text(v), VALUE_SHOWN)) for k, v in seen],
        status=event.status.value,
        at=iso_milliseconds(event.created_at),
        claim=_claim_words(claim),
        resolved=claim is not None and claim.resolved_at is not None,
    )


def _claim_words(claim: ClaimView | None) -> str:
    if claim is None:
        return ""
    if claim.resolved_at is None:
        return f"{claim.name} is on it"
    return f"Resolved by {claim.resolved_by}" if claim.resolved_by else "Resolved"

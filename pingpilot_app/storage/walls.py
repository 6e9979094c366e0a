"""Links to a read-only feed for a screen on a wall, kept as the hash of their secret."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from pingpilot_app.domain.errors import Conflict, NotFound
from pingpilot_app.domain.event import EventStatus
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.wall import WallLook
from pingpilot_app.storage.claims import ClaimView, claims_of
from pingpilot_app.storage.events import EventFilter, EventView, list_events
from pingpilot_app.storage.tables import accounts, categories, walls

WALLS_MAX = 50  # links that work, in one account
SEEN_EVERY = timedelta(minutes=5)  # how exactly it is known when a wall was last shown


@dataclass(frozen=True, slots=True)
class WallView:
    """A link that works; `created_by` is what the audit log calls who made it."""

    id: str
    account_id: str
    name: str
    look: WallLook
    created_by: str
    created_at: datetime
    seen_at: datetime | None


_COLUMNS = (
    *(walls.c.id, walls.c.account_id, walls.c.name, walls.c.filters, walls.c.hidden),
    *(walls.c.created_by, walls.c.created_at, walls.c.seen_at),
)
_WORKS = walls.c.revoked_at.is_(None)


def add_wall(
    connection: Connection,
    account_id: str,
    token_hash: bytes,
    name: str,
    look: WallLook,
    *,
    created_by: str,
    now: datetime,
) -> str:
    """Add a link and return its id. Raises Conflict where the account has too many."""
    count = select(func.count()).where(walls.c.account_id == account_id, _WORKS)
    if connection.execute(count).scalar_one() >= WALLS_MAX:
        raise Conflict(f"There are {WALLS_MAX} links already. Revoke one that no screen shows.")
    wall_id = new_id("wal")
    connection.execute(
        insert(walls).values(
            id=wall_id,
            account_id=account_id,
            token_hash=token_hash,
            name=name,
            filters=_filters(look),
            hidden=None if look.hidden is None else sorted(look.hidden),
            created_by=created_by,
            created_at=now,
        )
    )
    return wall_id


def list_walls(connection: Connection, account_id: str) -> list[WallView]:
    """Return the account's links that work, the newest first."""
    query = select(*_COLUMNS).where(walls.c.account_id == account_id, _WORKS)
    return [_view(row) for row in connection.execute(query.order_by(walls.c.id.desc()))]


def find_wall(connection: Connection, token_hash: bytes) -> WallView | None:
    """Return the link with this hash; None where there is none, or it works no more."""
    query = select(*_COLUMNS).join(accounts, accounts.c.id == walls.c.account_id)
    good = (walls.c.token_hash == token_hash, _WORKS, accounts.c.removed_at.is_(None))
    row = connection.execute(query.where(*good)).one_or_none()
    return _view(row) if row else None


def mark_shown(connection: Connection, wall_id: str, now: datetime) -> None:
    """Note that a screen shows it, unless that was noted a moment ago."""
    long_ago = or_(walls.c.seen_at.is_(None), walls.c.seen_at <= now - SEEN_EVERY)
    connection.execute(update(walls).where(walls.c.id == wall_id, long_ago).values(seen_at=now))


def revoke_wall(connection: Connection, account_id: str, wall_id: str, now: datetime) -> None:
    """Let the link work no more. Raises NotFound."""
    here = (walls.c.account_id == account_id, walls.c.id == wall_id, _WORKS)
    if not connection.execute(update(walls).where(*here).values(revoked_at=now)).rowcount:
        raise NotFound("There is no such link in this account, or it was revoked already.")


def events_on(
    connection: Connection, wall: WallView, limit: int
) -> list[tuple[EventView, ClaimView | None]]:
    """Return the newest events that the wall shows, whole, each with who has it.

    Nothing where its category was deleted: it must not become a wall of everything.
    """
    look, category = wall.look, None
    if look.category_id is not None:
        here = (categories.c.account_id == wall.account_id, categories.c.id == look.category_id)
        category = connection.execute(select(categories.c.name).where(*here)).scalar_one_or_none()
        if category is None:
            return []
    wanted = EventFilter(category=category, status=look.status, text=look.text or None, limit=limit)
    found = list_events(connection, wall.account_id, wanted).events
    claims = claims_of(connection, wall.account_id, [one.id for one in found])
    return [(one, claims.get(one.id)) for one in found]


def _filters(look: WallLook) -> dict[str, str]:
    given = {"category": look.category_id, "status": look.status, "text": look.text}
    return {name: str(value) for name, value in given.items() if value}


def _view(row: Row[*tuple[Any, ...]]) -> WallView:
    status = row.filters.get("status")
    look = WallLook(
        category_id=row.filters.get("category"),
        status=EventStatus(status) if status else None,
        text=row.filters.get("text", ""),
        hidden=None if row.hidden is None else frozenset(row.hidden),
    )
    who = (row.created_by, row.created_at, row.seen_at)
    return WallView(row.id, row.account_id, row.name, look, *who)

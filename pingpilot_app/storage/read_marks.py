"""How far members have read: the newest event that each has seen, on whatever device."""

from collections.abc import Mapping

from sqlalchemy import Connection, or_, select, update

from pingpilot_app.storage.tables import memberships

Marks = Mapping[tuple[str, str], str]  # event ids by (account_id, user_id)


def get_read_mark(connection: Connection, account_id: str, user_id: str) -> str | None:
    """Return the id of the newest event that the member has seen, None where they never looked."""
    here = (memberships.c.account_id == account_id, memberships.c.user_id == user_id)
    return connection.execute(select(memberships.c.read_to).where(*here)).scalar_one_or_none()


def advance_read_marks(connection: Connection, marks: Marks) -> None:
    """Note how far members have read; never that somebody has read less than before."""
    for (account_id, user_id), event_id in marks.items():
        here = (memberships.c.account_id == account_id, memberships.c.user_id == user_id)
        further = or_(memberships.c.read_to.is_(None), memberships.c.read_to < event_id)
        connection.execute(update(memberships).where(*here, further).values(read_to=event_id))

"""Who is mentioned in what is said of an event, and the notices that tell them."""

from datetime import datetime

from sqlalchemy import Connection, select

from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.mention import Member, handles_of, mentioned_in
from pingpilot_app.domain.notice import NoticeKind, mention_text
from pingpilot_app.domain.response import Responder
from pingpilot_app.storage.deliveries import CATEGORY_OF_EVENT
from pingpilot_app.storage.notices import add_notice
from pingpilot_app.storage.sessions import called
from pingpilot_app.storage.tables import categories, events, memberships, users


def list_named(connection: Connection, account_id: str) -> list[Member]:
    """Return who can be mentioned, whoever has been here longest first."""
    query = (
        select(users.c.id, users.c.name, users.c.email)
        .join(memberships, memberships.c.user_id == users.c.id)
        .where(memberships.c.account_id == account_id)
        .order_by(memberships.c.created_at, users.c.id)
    )
    return [Member(id_, called(name, email)) for id_, name, email in connection.execute(query)]


def tell_mentioned(
    connection: Connection, account_id: str, event_id: str, who: Responder, text: str, now: datetime
) -> None:
    """Have each member told whom somebody else mentions in `text`, once for it."""
    if "@" not in text:
        return
    handles = handles_of(list_named(connection, account_id))
    told = [user_id for user_id in mentioned_in(text, handles) if user_id != who.user_id]
    if not told:
        return
    words = mention_text(who.name, *_category_of(connection, account_id, event_id), text)
    said = new_id("say")  # each saying is told by itself
    for user_id in told:
        about = NoticeKind.MENTION, None, f"{event_id}:{said}:{user_id}"
        add_notice(connection, account_id, *about, words, now, user_id=user_id)


def _category_of(connection: Connection, account_id: str, event_id: str) -> tuple[str, str | None]:
    query = (
        select(categories.c.name, categories.c.emoji)
        .join(events, CATEGORY_OF_EVENT)
        .where(events.c.account_id == account_id, events.c.id == event_id)
    )
    name, emoji = connection.execute(query).one()
    return name, emoji

"""What people have to be told once, until they are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.notice import NoticeKind
from pingpilot_app.domain.role import Role
from pingpilot_app.storage.tables import memberships, notices, users

ONCE_IN = timedelta(days=1)  # the same is told again after this, if it is still so
ATTEMPTS_MAX = 20  # nobody can be told: the dashboard shows it all the same


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice that somebody waits for. `subject` begins with the channel that it is about.

    `user_id` names the member who is to be told; None: the account.
    """

    id: str
    account_id: str
    user_id: str | None
    kind: str
    text: str
    subject: str
    attempts: int

    @property
    def about(self) -> str:
        """Return the channel that does not work, which is no way to tell it; empty for none."""
        return self.subject.partition(":")[0]

    @property
    def path(self) -> str:
        """Return the path of the page where more is to be seen."""
        kind = NoticeKind(self.kind)
        if kind in (NoticeKind.MENTION, NoticeKind.ESCALATION):  # the subject goes on with it
            return f"{kind.page}/{self.subject.split(':')[1]}"
        own = kind is NoticeKind.BROKEN and self.user_id is not None
        return "/channels/own" if own else kind.page


def add_notice(
    connection: Connection,
    account_id: str,
    kind: NoticeKind,
    channel: Channel | None,
    subject: str,
    text: str,
    now: datetime,
    *,
    user_id: str | None = None,
) -> bool:
    """Have the account told, or the member `user_id` alone.

    Returns False where the same was told within a day.
    """
    about = f"{channel.value if channel else ''}:{subject}"
    here = (
        notices.c.account_id == account_id,
        notices.c.kind == kind,
        notices.c.subject == about,
    )
    connection.execute(delete(notices).where(*here, notices.c.created_at < now - ONCE_IN))
    if connection.execute(select(notices.c.id).where(*here)).first():
        return False
    connection.execute(
        insert(notices).values(
            id=new_id("ntc"),
            account_id=account_id,
            user_id=user_id,
            kind=kind,
            subject=about,
            text=text,
            created_at=now,
            attempts=0,
            next_attempt_at=now,
        )
    )
    return True


def tell_operators(
    connection: Connection, kind: NoticeKind, channel: Channel, text: str, now: datetime
) -> None:
    """Have everybody told who runs this instance, through an account of theirs."""
    query = (
        select(memberships.c.account_id)
        .join(users, users.c.id == memberships.c.user_id)
        .where(users.c.is_operator, memberships.c.role == Role.OWNER)
        .distinct()
    )
    for account_id in connection.execute(query).scalars().all():
        add_notice(connection, account_id, kind, channel, "provider", text, now)


def due_notices(connection: Connection, now: datetime, limit: int) -> list[NoticeView]:
    """Return what is to be told now, the oldest first."""
    columns = [notices.c[name] for name in NoticeView.__slots__]
    query = (
        select(*columns)
        .where(notices.c.told_at.is_(None), notices.c.next_attempt_at <= now)
        .order_by(notices.c.next_attempt_at)
        .limit(limit)
    )
    return [NoticeView(*row) for row in connection.execute(query)]


def mark_told(
    connection: Connection, notice_id: str, channel: Channel | None, now: datetime
) -> None:
    """Note that it was told, by which channel; None: that nobody could be."""
    told = {"told_at": now, "told_by": channel}
    connection.execute(update(notices).where(notices.c.id == notice_id).values(told))


def postpone(connection: Connection, notice: NoticeView, wait: timedelta, now: datetime) -> None:
    """Try again later."""
    later = {"attempts": notice.attempts + 1, "next_attempt_at": now + wait}
    connection.execute(update(notices).where(notices.c.id == notice.id).values(later))


def owner_emails(connection: Connection, account_id: str) -> list[str]:
    """Return where the account's owners are known to read mail, who is in it longest first."""
    query = (
        select(users.c.email)
        .join(memberships, memberships.c.user_id == users.c.id)
        .where(memberships.c.account_id == account_id, memberships.c.role == Role.OWNER)
        .where(users.c.verified_at.is_not(None))
        .order_by(memberships.c.created_at, users.c.id)
    )
    return list(connection.execute(query).scalars())

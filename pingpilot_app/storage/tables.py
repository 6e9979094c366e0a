"""The tables. Alembic's migrations make them; `tests/storage/test_migrations.py` keeps both equal.

Every table of a tenant carries `account_id` first in its keys. Times are aware and UTC. The tables
that an event writes to have as few indexes as their reads allow: each costs on the hot path.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Enum,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    text,
)
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, EventStatus, FieldValue, Outcome
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.response import CommentKind
from pingpilot_app.domain.role import Role
from pingpilot_app.storage.sealed import Sealed, SealedJson


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time. SQLite keeps no zone, so it is put back when a row is read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Refuse naive times and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Return the time with its zone."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Table(SQLModel):
    """Base of all tables: constraints get the names that migrations refer to."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def _time(**options: Any) -> Any:
    return Field(sa_type=UtcDateTime, **options)


def _choice(kind: type[StrEnum], **options: Any) -> Any:
    # Stored as its value in plain text: a new member then needs no migration.
    values = [member.value for member in kind]
    column = Enum(kind, native_enum=False, length=32, values_callable=lambda _: values)
    return Field(sa_type=column, **options)


def _sealed(kind: Sealed, *, nullable: bool = True) -> Any:
    return Field(sa_type=kind, nullable=nullable)


def _refers_to(column: str, **options: Any) -> Any:
    return Field(foreign_key=column, ondelete="CASCADE", **options)


# Rows are kept in the order of their key, account first: an account's newest events lie together,
# and SQLite needs no second tree for the key (https://www.sqlite.org/withoutrowid.html).
_CLUSTERED = {"sqlite_with_rowid": False}


# SQLite takes what is declared INTEGER, and no other name, as its own row number.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


_NULLABLE_JSON = JSON(none_as_null=True)  # so that a query can tell that there is none


def _belongs_to(table: str, *columns: str) -> ForeignKeyConstraint:
    """Refer to a table by its key of (account_id, id)."""
    return ForeignKeyConstraint(
        columns, [f"{table}.account_id", f"{table}.id"], name=None, ondelete="CASCADE"
    )


def _index_where(name: str, condition: str, *columns: str, unique: bool = False) -> Index:
    """Index the rows that meet `condition` alone."""
    where = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


class User(Table, table=True):
    """A person who signs in."""

    id: str = Field(primary_key=True)
    email: str = Field(unique=True)
    name: str | None = None  # what colleagues see; None: the address before its @
    password_hash: str | None
    is_operator: bool = False
    verified_at: datetime | None = _time()  # when the address was proved to be the user's
    time_zone: str | None = None  # IANA name; None: the browser's
    week_start: int | None = None  # 0 is Monday, 6 Sunday; None: as the browser has it
    created_at: datetime = _time()


class Account(Table, table=True):
    """The tenant: owns keys, categories, destinations and events."""

    __table_args__ = (
        _index_where("ix_account_removed", "removed_at IS NOT NULL", "removed_at"),
        _index_where("ix_account_fallback", "fallback IS NOT NULL", "id"),
    )

    id: str = Field(primary_key=True)
    name: str
    plan: Plan = _choice(Plan)
    # The channels in their order, where the next is used only when the former fails; None: all.
    fallback: list[str] | None = Field(default=None, sa_type=_NULLABLE_JSON)
    retention_days: int | None = None  # events are kept so long; None: the instance's setting
    created_at: datetime = _time()
    removed_at: datetime | None = _time()  # its rows go in batches; nobody can reach it any more


class Membership(Table, table=True):
    """A user's place in an account."""

    account_id: str = _refers_to("account.id", primary_key=True)
    user_id: str = _refers_to("user.id", primary_key=True, index=True)
    role: Role = _choice(Role)
    created_at: datetime = _time()
    used_at: datetime | None = _time()  # when they last turned to this account
    read_to: str | None = None  # the newest event that they have seen
    # What they want at destinations of their own; None: all.
    categories: list[str] | None = Field(default=None, sa_type=JSON)  # ids
    severities: list[str] | None = Field(default=None, sa_type=JSON)


class Session(Table, table=True):
    """A browser that is signed in. The cookie's value is kept as its hash alone."""

    token_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    user_id: str = _refers_to("user.id", index=True)
    account_id: str = _refers_to("account.id", index=True)
    created_at: datetime = _time()
    expires_at: datetime = _time(index=True)
    last_seen_at: datetime | None = _time()  # written every few minutes at most
    user_agent: str | None = None  # what the browser called itself when it signed in
    remote_address: str | None = None  # where it signed in from


class ApiKey(Table, table=True):
    """A key of an integration, kept as its HMAC."""

    __tablename__ = "api_key"

    id: str = Field(primary_key=True)
    account_id: str = _refers_to("account.id", index=True)
    name: str
    shown: str  # the beginning, to tell keys apart
    hash: bytes = Field(unique=True, sa_type=LargeBinary)
    scopes: list[str] = Field(sa_type=JSON)
    created_at: datetime = _time()
    last_used_at: datetime | None = _time()
    expires_at: datetime | None = _time()
    revoked_at: datetime | None = _time()
    networks: list[str] | None = Field(default=None, sa_type=JSON)  # CIDR; None: from anywhere


class Category(Table, table=True):
    """A kind of event: its name, colour and emoji."""

    __table_args__ = (Index("uq_category_account_id_name", "account_id", "name", unique=True),)

    account_id: str = _refers_to("account.id", primary_key=True)
    id: str = Field(primary_key=True)
    name: str  # lower case
    color: int
    emoji: str | None
    acknowledge: bool = True  # messages have a button that claims the event
    # Whom to tell, one after the other, while nobody has claimed it (domain/escalation.py).
    escalation: list[dict[str, Any]] | None = Field(default=None, sa_type=_NULLABLE_JSON)
    created_at: datetime = _time()
    updated_at: datetime = _time()


class Destination(Table, table=True):
    """Where an account's events go by one channel. There is a row for each channel, set or not.

    `user_id` is empty for the account's own destination, set for a member's.
    """

    __table_args__ = (
        _index_where(
            "uq_destination_account_id_channel",
            "user_id IS NULL",
            "account_id",
            "channel",
            unique=True,
        ),
        _index_where(
            "uq_destination_account_id_user_id_channel",
            "user_id IS NOT NULL",
            "account_id",
            "user_id",
            "channel",
            unique=True,
        ),
    )

    id: str = Field(primary_key=True)
    account_id: str = _refers_to("account.id", index=True)
    user_id: str | None = _refers_to("user.id", nullable=True)
    channel: Channel = _choice(Channel)
    enabled: bool
    label: str | None  # what the owner entered: Discord id, Telegram username, email address
    # What the sender uses; for Telegram the chat id. None too where its key is lost.
    address: str | None = _sealed(Sealed("destination.address", lambda: None))
    verified_at: datetime | None = _time()
    sandboxed: bool = False  # proved to the sandbox alone, which reaches nobody
    broken_reason: str | None  # the provider's words, while the destination is not tried
    broken_failure: Failure | None = _choice(Failure, nullable=True)
    broken_at: datetime | None = _time()
    # The provider's, such as the DM channel; it can be learned again.
    state: dict[str, str] = _sealed(SealedJson("destination.state", dict), nullable=False)
    updated_at: datetime = _time()


class Event(Table, table=True):
    """Something that happened in an integration."""

    __table_args__ = (
        _belongs_to("category", "account_id", "category_id"),
        Index("ix_event_account_id_category_id_id", "account_id", "category_id", "id"),
        _CLUSTERED,
    )

    account_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    category_id: str
    description: str
    fields: dict[str, FieldValue] = Field(sa_type=JSON)  # JSON, not JSONB: order is kept
    status: EventStatus = _choice(EventStatus)
    created_at: datetime = _time()


class Delivery(Table, table=True):
    """One event on its way to one destination."""

    __table_args__ = (
        _belongs_to("event", "account_id", "event_id"),
        # With the destination, so that those that take nothing now are passed over within it.
        _index_where(
            *("ix_delivery_due", "status = 'PENDING'"),
            *("channel", "next_attempt_at", "destination_id"),
        ),
        _index_where("ix_delivery_failed", "status = 'FAILED'", "account_id", "failed_at"),
        _CLUSTERED,
    )

    account_id: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    destination_id: str
    user_id: str | None = None  # whose destination it is; None: the account's own
    channel: Channel = _choice(Channel)
    status: DeliveryStatus = _choice(DeliveryStatus)
    attempts: int  # of this round; waits that a provider asked for do not count
    replays: int = 0  # how many rounds there were before this one
    next_attempt_at: datetime | None = _time()
    lease_until: datetime | None = _time()
    delivered_at: datetime | None = _time()
    failed_at: datetime | None = _time()
    failure: Failure | None = _choice(Failure, nullable=True)  # of the last failed attempt
    error: str | None  # the provider's words then
    error_code: str | None
    handed_on: bool = False  # it failed, and the next channel was used instead
    reference: str | None = None  # what the provider calls the message, to change it later


class Attempt(Table, table=True):
    """One try of a delivery and what came back."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "event_id", "delivery_id"],
            ["delivery.account_id", "delivery.event_id", "delivery.id"],
            name="fk_attempt_delivery",
            ondelete="CASCADE",
        ),
        _CLUSTERED,
    )

    account_id: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    delivery_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    replay: int = 0  # the round it belongs to
    at: datetime = _time()
    outcome: Outcome = _choice(Outcome)
    failure: Failure | None = _choice(Failure, nullable=True)
    provider_code: str | None
    message: str | None
    ms: int


class QuotaUsage(Table, table=True):
    """How many events an account has had accepted in a UTC month."""

    __tablename__ = "quota_usage"

    account_id: str = _refers_to("account.id", primary_key=True)
    month: str = Field(primary_key=True)  # YYYY-MM
    used: int


class Idempotency(Table, table=True):
    """An `Idempotency-Key` and the event that its first request made."""

    __table_args__ = (
        _belongs_to("event", "account_id", "event_id"),
        Index("ix_idempotency_account_id_event_id", "account_id", "event_id"),
        _CLUSTERED,
    )

    account_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    body_hash: bytes = Field(sa_type=LargeBinary)
    event_id: str
    created_at: datetime = _time(index=True)


class Token(Table, table=True):
    """A secret that may be used once: for linking, invites, verification, resets."""

    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    kind: str
    account_id: str | None = _refers_to("account.id", nullable=True, index=True)
    user_id: str | None = _refers_to("user.id", nullable=True, index=True)  # who is meant, or asked
    subject: str  # what the token is about, such as the address it proves
    role: str | None = None  # that who joins by it gets
    tries: int = 0  # wrong guesses, where the secret is short enough to be guessed
    created_at: datetime = _time()
    expires_at: datetime = _time(index=True)
    used_at: datetime | None = _time()


class Outage(Table, table=True):
    """A provider, or one destination, that is not being tried for now.

    The worker writes it down for people to see; it decides by what it knows itself.
    """

    channel: Channel = _choice(Channel, primary_key=True)
    destination_id: str = Field(primary_key=True)  # empty: the whole provider
    account_id: str | None = _refers_to("account.id", nullable=True, index=True)
    failure: Failure = _choice(Failure)
    reason: str  # the provider's words
    since: datetime = _time()
    retry_at: datetime = _time()  # when the next try is let through


class Notice(Table, table=True):
    """Something that the owner of an account has to be told once, outside the quota."""

    __table_args__ = (
        Index("uq_notice_account_id_kind_subject", "account_id", "kind", "subject", unique=True),
        _index_where("ix_notice_due", "told_at IS NULL", "next_attempt_at"),
    )

    id: str = Field(primary_key=True)
    account_id: str = _refers_to("account.id")
    user_id: str | None = None  # the member who is to be told; None: the account
    kind: str
    subject: str  # what it is about, so that it is told once
    text: str
    created_at: datetime = _time()
    attempts: int = 0
    next_attempt_at: datetime = _time()
    told_at: datetime | None = _time()
    told_by: str | None  # the channel


class EventRollup(Table, table=True):
    """How many events of a category were accepted in a quarter of an hour, by status.

    Every time zone's midnight lies between two quarters. Kept in the transaction that stores or
    settles the events (rollups.py).
    """

    __tablename__ = "event_rollup"
    __table_args__ = (_belongs_to("category", "account_id", "category_id"), _CLUSTERED)

    account_id: str = Field(primary_key=True)
    category_id: str = Field(primary_key=True)
    at: datetime = _time(primary_key=True)  # the quarter's beginning
    pending: int
    delivered: int
    failed: int


class FieldRollup(Table, table=True):
    """What a field of a category's events held in a quarter of an hour."""

    __tablename__ = "field_rollup"
    __table_args__ = (_belongs_to("category", "account_id", "category_id"), _CLUSTERED)

    account_id: str = Field(primary_key=True)
    category_id: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    at: datetime = _time(primary_key=True)
    events: int  # that have the field
    numbers: int  # of them with a number in it
    total: float  # of the numbers; least and greatest are empty where there are none
    least: float | None
    greatest: float | None


class DeliveryRollup(Table, table=True):
    """How many deliveries of events of an hour ended by a channel, and how fast.

    `ms` is the time from event to delivery in two significant digits, -1 for those that failed.
    """

    __tablename__ = "delivery_rollup"
    __table_args__ = (_CLUSTERED,)

    account_id: str = _refers_to("account.id", primary_key=True)
    channel: Channel = _choice(Channel, primary_key=True)
    at: datetime = _time(primary_key=True)
    ms: int = Field(primary_key=True)
    deliveries: int


class SearchQueue(Table, table=True):
    """An event whose words are not indexed yet."""

    __tablename__ = "search_queue"
    __table_args__ = (_belongs_to("event", "account_id", "event_id"), _CLUSTERED)

    account_id: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)


class Search(Table, table=True):
    """The words of an event (domain/search.py), for the full-text index of the database.

    `number` is `order_of` the event's id, or the next one that is free: newer events come later.
    """

    __table_args__ = (
        _belongs_to("event", "account_id", "event_id"),
        Index("uq_search_account_id_event_id", "account_id", "event_id", unique=True),
    )

    number: int = Field(sa_type=_NUMBER, primary_key=True)
    account_id: str
    event_id: str
    words: str


class Audit(Table, table=True):
    """Who did what, when, from where. Kept longer than what it tells of: it refers to no user."""

    __table_args__ = (Index("ix_audit_account_id_id", "account_id", "id"),)

    id: str = Field(primary_key=True)
    account_id: str | None = _refers_to("account.id", nullable=True)  # None: the whole instance
    user_id: str | None  # None: a key, or the operator's command line
    actor: str  # what the user, or the key, was called then
    at: datetime = _time()
    action: str
    subject: str  # what it was done to
    detail: dict[str, Any] = Field(sa_type=JSON)
    client: str | None  # the address that the request came from


class SecondFactor(Table, table=True):
    """The authenticator app of a user (RFC 6238)."""

    __tablename__ = "second_factor"

    user_id: str = _refers_to("user.id", primary_key=True)
    secret: str = _sealed(Sealed("second_factor.secret"), nullable=False)  # lost: nobody gets in
    confirmed_at: datetime | None = _time()  # None: shown, and no code of it entered yet
    last_step: int = 0  # the time step of the last code that was taken: none is taken twice
    created_at: datetime = _time()


class RecoveryCode(Table, table=True):
    """A code that stands in for the authenticator app, once. Kept as its hash alone."""

    __tablename__ = "recovery_code"

    user_id: str = _refers_to("user.id", primary_key=True)
    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    used_at: datetime | None = _time()


class KnownDevice(Table, table=True):
    """A browser that a user has signed in with before, by the hash of a cookie that it keeps."""

    __tablename__ = "known_device"

    user_id: str = _refers_to("user.id", primary_key=True)
    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    created_at: datetime = _time()
    seen_at: datetime = _time(index=True)


class Claim(Table, table=True):
    """Who is on an event, and how it ended."""

    __table_args__ = (
        _belongs_to("event", "account_id", "event_id"),
        Index("ix_claim_account_id_user_id_event_id", "account_id", "user_id", "event_id"),
        _CLUSTERED,
    )

    account_id: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    user_id: str | None  # None: somebody known by a channel alone, or gone since
    name: str  # what they were called then
    at: datetime = _time()
    resolved_at: datetime | None = _time()
    resolved_by: str | None  # their name
    note: str | None  # what they said of how it ended


class Comment(Table, table=True):
    """What somebody said about an event, or did with it: the conversation beside it."""

    __table_args__ = (_belongs_to("event", "account_id", "event_id"), _CLUSTERED)

    account_id: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    kind: CommentKind = _choice(CommentKind)
    user_id: str | None
    name: str  # what they were called then
    at: datetime = _time()
    text: str


class Escalation(Table, table=True):
    """An event that somebody has to claim before `due_at`, or the next step is told."""

    __table_args__ = (
        _belongs_to("event", "account_id", "event_id"),
        Index("ix_escalation_due_at", "due_at"),
        _CLUSTERED,
    )

    account_id: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    step: int  # of the category's escalation, from 0
    due_at: datetime = _time()


class MessageEdit(Table, table=True):
    """A message at a provider that has to say something new, such as who has the event."""

    __tablename__ = "message_edit"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "event_id", "delivery_id"],
            ["delivery.account_id", "delivery.event_id", "delivery.id"],
            name="fk_message_edit_delivery",
            ondelete="CASCADE",
        ),
        Index("ix_message_edit_due_at", "due_at"),
        _CLUSTERED,
    )

    account_id: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    delivery_id: str = Field(primary_key=True)
    due_at: datetime = _time()
    attempts: int = 0


class Wall(Table, table=True):
    """A link to a read-only feed for a screen on a wall. The link's secret is kept as its hash."""

    id: str = Field(primary_key=True)
    account_id: str = _refers_to("account.id", index=True)
    token_hash: bytes = Field(unique=True, sa_type=LargeBinary)
    name: str
    filters: dict[str, str] = Field(sa_type=JSON)
    hidden: list[str] | None = Field(default=None, sa_type=JSON)  # names of fields; None: all
    created_by: str
    created_at: datetime = _time()
    seen_at: datetime | None = _time()  # when a screen last showed it
    revoked_at: datetime | None = _time()


class Change(Table, table=True):
    """What happened to events, in the order it was committed; streams go by it (changes.py).

    Kept for some days. It refers to no event, for it is written with each.
    """

    __table_args__ = (_CLUSTERED,)

    account_id: str = _refers_to("account.id", primary_key=True)
    number: int = Field(sa_type=sa.BigInteger, primary_key=True)
    event_id: str
    created: bool  # the event is new; else something about it is


class Diversion(Table, table=True):
    """A channel that has credentials and goes to the sandbox all the same: the operator's choice.

    It is the instance's, so it has no account.
    """

    channel: Channel = _choice(Channel, primary_key=True)
    since: datetime = _time()


class Process(Table, table=True):
    """A process of the instance, as long as it lives. Where there is but one, nothing is kept.

    It is the instance's, so it has no account.
    """

    id: str = Field(primary_key=True)
    role: str = Field(max_length=32)
    name: str  # of its machine, or what the operator calls it
    pid: int
    version: str
    mark: str  # differs where a process has another SECRET_KEY
    started_at: datetime = _time()
    seen_at: datetime = _time()  # by the clock of the database
    leads: bool = False  # it does what one of all has to do
    vitals: dict[str, Any] = Field(sa_type=JSON)  # what it told last of how it is


class Lane(Table, table=True):
    """Which process sends to a destination: no other does while that one lives."""

    account_id: str = Field(primary_key=True)
    destination_id: str = Field(primary_key=True)
    process_id: str = _refers_to("process.id", index=True)


class Revision(Table, table=True):
    """When what the processes remember of an account was last changed; no account: of all.

    The number is about the microsecond of its writing since 1970.
    """

    account_id: str = Field(primary_key=True)
    number: int = Field(sa_type=sa.BigInteger, index=True)


def is_ours(name: str | None, kind: str, _: object = None) -> bool:
    """Tell alembic which tables to compare: not those that SQLite's full-text index makes."""
    return kind != "table" or name is None or not name.startswith("search_words")


def _core(model: type[Table]) -> sa.Table:
    return Table.metadata.tables[str(model.__tablename__)]


# What queries are written with: SQLAlchemy Core, which costs a fraction of the ORM.
users = _core(User)
accounts = _core(Account)
memberships = _core(Membership)
sessions = _core(Session)
api_keys = _core(ApiKey)
categories = _core(Category)
destinations = _core(Destination)
events = _core(Event)
deliveries = _core(Delivery)
attempts = _core(Attempt)
quota_usage = _core(QuotaUsage)
idempotency = _core(Idempotency)
tokens = _core(Token)
outages = _core(Outage)
notices = _core(Notice)
event_rollups = _core(EventRollup)
field_rollups = _core(FieldRollup)
delivery_rollups = _core(DeliveryRollup)
search_queue = _core(SearchQueue)
search = _core(Search)
diversions = _core(Diversion)
audit = _core(Audit)
second_factors = _core(SecondFactor)
recovery_codes = _core(RecoveryCode)
known_devices = _core(KnownDevice)
claims = _core(Claim)
comments = _core(Comment)
escalations = _core(Escalation)
message_edits = _core(MessageEdit)
walls = _core(Wall)
changes = _core(Change)
processes = _core(Process)
lanes = _core(Lane)
revisions = _core(Revision)

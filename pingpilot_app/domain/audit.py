"""What is written down of every change: who, what, when, from where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Action(StrEnum):
    """What somebody did. The name stands in the database: never give one another meaning."""

    ACCOUNT_OPENED = "account.opened"
    ACCOUNT_RENAMED = "account.renamed"
    ACCOUNT_REMOVED = "account.removed"
    ACCOUNT_EXPORTED = "account.exported"
    PLAN_CHANGED = "account.plan"
    RETENTION_CHANGED = "account.retention"
    OPERATOR_CHANGED = "account.operator"
    SIGNED_IN = "session.begun"
    SIGN_IN_REFUSED = "session.refused"
    SIGNED_OUT = "session.ended"
    SIGNED_OUT_EVERYWHERE = "session.ended_all"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105  # the name of an act
    PASSWORD_RESET = "password.reset"  # noqa: S105  # the same
    EMAIL_CHANGED = "email.changed"
    EMAIL_PROVED = "email.proved"
    PREFERENCES_CHANGED = "preferences.changed"
    PROFILE_CHANGED = "profile.changed"
    SECOND_FACTOR_ON = "second_factor.on"
    SECOND_FACTOR_OFF = "second_factor.off"
    RECOVERY_CODES_MADE = "recovery_codes.made"
    RECOVERY_CODE_USED = "recovery_codes.used"
    INVITED = "invite.sent"
    INVITE_WITHDRAWN = "invite.withdrawn"
    MEMBER_JOINED = "member.joined"
    MEMBER_CHANGED = "member.changed"
    MEMBER_REMOVED = "member.removed"
    MEMBER_LEFT = "member.left"
    ACCOUNT_HANDED_OVER = "account.handed_over"
    WALL_CREATED = "wall.created"
    WALL_REVOKED = "wall.revoked"
    KEY_CREATED = "key.created"
    KEY_CHANGED = "key.changed"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    CATEGORY_CREATED = "category.created"
    CATEGORY_CHANGED = "category.changed"
    CATEGORY_DELETED = "category.deleted"
    CHANNEL_SWITCHED = "channel.switched"
    CHANNEL_SET = "channel.set"
    CHANNEL_PROVED = "channel.proved"
    CHANNEL_MENDED = "channel.mended"
    CHANNELS_ORDERED = "channel.ordered"
    OWN_CHANNEL_SWITCHED = "own_channel.switched"
    OWN_CHANNEL_SET = "own_channel.set"
    OWN_CHANNEL_PROVED = "own_channel.proved"
    OWN_CHANNEL_MENDED = "own_channel.mended"
    OWN_EVENTS_CHOSEN = "own_channel.chosen"
    EVENTS_REPLAYED = "events.replayed"
    EVENTS_EXPORTED = "events.exported"
    ACTIVITY_EXPORTED = "activity.exported"
    CHANNEL_DIVERTED = "instance.diverted"
    ENCRYPTION_ROTATED = "instance.encryption"
    RESTORED = "instance.restored"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person by address, a key by its beginning, or the command line."""

    name: str
    user_id: str | None = None
    client: str | None = None  # the address that the request came from


COMMAND_LINE = Actor("command line")


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. `subject` is what it was done to; `detail` holds no secret, ever.

    `account_id` None: the act concerns the whole instance.
    """

    action: Action
    actor: Actor
    account_id: str | None
    subject: str = ""
    detail: Mapping[str, str | int | bool | None] = field(default_factory=dict)

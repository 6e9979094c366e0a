"""Who may do what in an account: the one table of rights.

The dashboard, the API and the command line all ask it; docs/teams.md shows it to people.
"""

from collections.abc import Collection
from enum import StrEnum

from pingpilot_app.domain.api_key import Scope
from pingpilot_app.domain.errors import Forbidden


class Role(StrEnum):
    """A person's place in an account, the mightiest first."""

    OWNER = "owner"  # may do everything; an account always has one
    ADMIN = "admin"  # runs the account, but cannot give it away or delete it
    MEMBER = "member"  # works on events
    VIEWER = "viewer"  # looks


class Right(StrEnum):
    """What a role may allow."""

    LOOK = "look"  # at everything that is not named below
    RESPOND = "respond"  # claim, resolve, comment
    RESEND = "resend"  # retry and replay deliveries, replay failures
    OWN_CHANNELS = "own_channels"  # get events at destinations of one's own
    EXPORT = "export"  # take events away as a file
    CATEGORIES = "categories"  # add, change, delete; escalation too
    CHANNELS = "channels"  # the account's own destinations, their order, test messages
    KEYS = "keys"  # API keys
    WALLS = "walls"  # links for a screen on a wall
    TEAM = "team"  # invite people, change roles, remove people; never an owner
    ACTIVITY = "activity"  # see who changed what, and from where
    SETTINGS = "settings"  # name and retention
    ACCOUNT = "account"  # hand over, name owners, copy it whole, delete


_VIEWER = frozenset({Right.LOOK})
_MEMBER = _VIEWER | {Right.RESPOND, Right.RESEND, Right.OWN_CHANNELS, Right.EXPORT}
_ADMIN = frozenset(Right) - {Right.ACCOUNT}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.ADMIN: _ADMIN,
    Role.MEMBER: _MEMBER,
    Role.VIEWER: _VIEWER,
}

# What a key with this scope may do: who makes one needs the right for it too.
SCOPE_RIGHTS: dict[Scope, frozenset[Right]] = {
    Scope.EVENTS_WRITE: frozenset({Right.RESEND}),
    Scope.EVENTS_READ: frozenset({Right.LOOK}),
    Scope.CATEGORIES_MANAGE: frozenset({Right.CATEGORIES}),
}


def allows(role: Role, right: Right) -> bool:
    """Tell whether somebody with this role may do it."""
    return right in RIGHTS[role]


def refusal_of(right: Right) -> str:
    """Return the sentence for who may not: it says who may."""
    return f"Only {holders_of(right)} of this account may do this."


def holders_of(right: Right) -> str:
    """Return who may, in words: `owners and admins`."""
    return _listed([f"{role.value}s" for role in Role if allows(role, right)])


def demand(role: Role, *rights: Right) -> None:
    """Raise Forbidden unless somebody with this role may do all of it."""
    for right in rights:
        if not allows(role, right):
            raise Forbidden(refusal_of(right))


def demand_key(role: Role, scopes: Collection[Scope]) -> None:
    """Raise Forbidden unless this role may make a key with these scopes.

    Nobody makes a key that may do more than they themselves.
    """
    demand(role, Right.KEYS, *sorted({right for scope in scopes for right in SCOPE_RIGHTS[scope]}))


def _listed(names: Collection[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last

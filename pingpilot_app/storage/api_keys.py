"""API keys of integrations."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, or_, select, update

from pingpilot_app.domain.api_key import Scope, shown_part
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.errors import Conflict, Invalid, NotFound, Problem
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.network import Network, shown_network
from pingpilot_app.storage.tables import accounts, api_keys

NAME_MAX = 80
KEYS_MAX = 500  # that work, in one account


@dataclass(frozen=True, slots=True)
class ApiKeyView:
    """A key as its owner sees it later; the key itself is never kept.

    `networks` None: it may be used from anywhere.
    """

    id: str
    name: str
    shown: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    networks: tuple[Network, ...] | None = None

    def works(self, now: datetime) -> bool:
        """Tell whether requests with this key are let in."""
        ended = self.expires_at is not None and self.expires_at <= now
        return self.revoked_at is None and not ended


@dataclass(frozen=True, slots=True)
class FreshKey:
    """A key that was made just now, and its hash."""

    key: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """What a request with this key needs to know."""

    id: str
    account_id: str
    shown: str
    scopes: frozenset[Scope]
    expires_at: datetime | None
    networks: tuple[Network, ...] | None = None  # None: from anywhere

    def act(
        self, action: Action, subject: str, client: str, **detail: str | int | bool | None
    ) -> Entry:
        """Return what the audit log says of an act by this key, asked for from `client`."""
        return Entry(
            action, Actor(f"key {self.shown}…", None, client), self.account_id, subject, detail
        )


def add_api_key(
    connection: Connection,
    account_id: str,
    name: str,
    key: str,
    key_hash: bytes,
    scopes: Sequence[Scope],
    now: datetime,
    *,
    expires_at: datetime | None = None,
    networks: Sequence[Network] | None = None,
) -> str:
    """Add a key and return its id; it works until `expires_at`, from `networks` (none: anywhere).

    Raises Invalid, and Conflict where the account has too many keys.
    """
    name = name.strip()
    if not 1 <= len(name) <= NAME_MAX or not name.isprintable():
        sentence = (
            f"Give the key a name of 1 to {NAME_MAX} printable characters, such as the "
            "integration's."
        )
        raise Invalid(sentence, (Problem("name", sentence),))
    if not scopes:
        raise Invalid(
            "A key needs at least one scope.", (Problem("scopes", "choose at least one"),)
        )
    _check_room(connection, account_id, now)
    key_id = new_id("key")
    connection.execute(
        insert(api_keys).values(
            id=key_id,
            account_id=account_id,
            name=name,
            shown=shown_part(key),
            hash=key_hash,
            scopes=[str(scope) for scope in scopes],
            created_at=now,
            expires_at=expires_at,
            networks=_stored(networks),
        )
    )
    return key_id


def _check_room(connection: Connection, account_id: str, now: datetime) -> None:
    """Refuse one more key than a person can watch over; each has limits of its own."""
    works = (
        api_keys.c.account_id == account_id,
        api_keys.c.revoked_at.is_(None),
        or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now),
    )
    count = connection.execute(select(func.count()).where(*works)).scalar_one()
    if count >= KEYS_MAX:
        raise Conflict(f"There are {count} keys that work. Revoke one that is not used any more.")


def _stored(networks: Sequence[Network] | None) -> list[str] | None:
    return [shown_network(network) for network in networks] if networks else None


def rotate_api_key(
    connection: Connection,
    account_id: str,
    key_id: str,
    fresh: FreshKey,
    now: datetime,
    *,
    overlap: timedelta,
) -> str:
    """Add `fresh` in the place of a key, which works for `overlap` more; return the new key's id.

    The new key has the name, scopes, networks and lifetime of the old one. Raises NotFound where
    that does not work any more, Conflict where it was replaced already.
    """
    found = {key.id: key for key in list_api_keys(connection, account_id)}
    old = found.get(key_id)
    if old is None or not old.works(now):
        raise NotFound("There is no such key in this account, or it does not work any more.")
    if is_replaced(old, found.values()):
        raise Conflict(f"The key {old.name} was replaced already. Rotate the newer one.")
    ends = now + overlap
    connection.execute(
        update(api_keys)
        .where(api_keys.c.account_id == account_id, api_keys.c.id == key_id)
        .values(expires_at=min(ends, old.expires_at or ends))
    )
    lifetime = old.expires_at - old.created_at if old.expires_at else None
    expires_at = now + lifetime if lifetime else None
    here = account_id, old.name, fresh.key, fresh.hash, old.scopes
    return add_api_key(connection, *here, now, expires_at=expires_at, networks=old.networks)


def set_networks(
    connection: Connection,
    account_id: str,
    key_id: str,
    networks: Sequence[Network],
    now: datetime,
) -> None:
    """Let a key that works be used from `networks` alone (none: anywhere). Raises NotFound."""
    found = {key.id: key for key in list_api_keys(connection, account_id)}
    if key_id not in found or not found[key_id].works(now):
        raise NotFound("There is no such key in this account, or it does not work any more.")
    connection.execute(
        update(api_keys)
        .where(api_keys.c.account_id == account_id, api_keys.c.id == key_id)
        .values(networks=_stored(networks))
    )


def is_replaced(key: ApiKeyView, keys: Iterable[ApiKeyView]) -> bool:
    """Tell whether a key runs out because a newer one of its name and scopes took its place."""
    return key.expires_at is not None and any(
        newer.id > key.id
        and (newer.name, newer.scopes) == (key.name, key.scopes)
        and newer.created_at <= key.expires_at
        for newer in keys
    )


def list_api_keys(connection: Connection, account_id: str) -> list[ApiKeyView]:
    """Return the account's keys, newest first, revoked ones last."""
    query = (
        select(api_keys)
        .where(api_keys.c.account_id == account_id)
        .order_by(api_keys.c.revoked_at.is_not(None), api_keys.c.id.desc())
    )
    return [_view(row) for row in connection.execute(query).mappings()]


def _view(row: Mapping[Any, Any]) -> ApiKeyView:
    return ApiKeyView(
        id=row["id"],
        name=row["name"],
        shown=row["shown"],
        scopes=tuple(Scope(scope) for scope in row["scopes"]),
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        networks=_parsed(row["networks"]),
    )


def _parsed(stored: Sequence[str] | None) -> tuple[Network, ...] | None:
    return None if stored is None else tuple(ip_network(one) for one in stored)


def find_key(connection: Connection, key_hash: bytes) -> KeyEntry | None:
    """Return the key with this hash unless it is revoked, or its account is removed."""
    query = (
        select(
            api_keys.c.id,
            api_keys.c.account_id,
            api_keys.c.shown,
            api_keys.c.scopes,
            api_keys.c.expires_at,
            api_keys.c.networks,
            api_keys.c.hash,
        )
        .join(accounts, accounts.c.id == api_keys.c.account_id)
        .where(api_keys.c.hash == key_hash, *_usable())
    )
    row = connection.execute(query).one_or_none()
    if row is None or not hmac.compare_digest(row.hash, key_hash):
        return None
    return KeyEntry(
        id=row.id,
        account_id=row.account_id,
        shown=row.shown,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        expires_at=row.expires_at,
        networks=_parsed(row.networks),
    )


def list_hashes(connection: Connection) -> frozenset[bytes]:
    """Return the hashes of all keys that `find_key` would find."""
    query = select(api_keys.c.hash).join(accounts, accounts.c.id == api_keys.c.account_id)
    return frozenset(connection.execute(query.where(*_usable())).scalars())


def _usable() -> tuple[ColumnElement[bool], ...]:
    return api_keys.c.revoked_at.is_(None), accounts.c.removed_at.is_(None)


def revoke_api_key(connection: Connection, account_id: str, key_id: str, now: datetime) -> None:
    """Stop a key from working. Raises NotFound."""
    result = connection.execute(
        update(api_keys)
        .where(
            api_keys.c.account_id == account_id,
            api_keys.c.id == key_id,
            api_keys.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    if result.rowcount == 0:
        raise NotFound("There is no such key in this account, or it is revoked already.")


def store_last_use(connection: Connection, uses: Mapping[str, datetime]) -> None:
    """Write when keys (by id) were last used; another process may know of a later time."""
    last = api_keys.c.last_used_at
    statement = (
        update(api_keys)
        .where(api_keys.c.id == bindparam("key"), or_(last.is_(None), last < bindparam("at")))
        .values(last_used_at=bindparam("at"))
    )
    connection.execute(statement, [{"key": key, "at": at} for key, at in uses.items()])

"""`key`: makes, lists, limits, replaces and revokes API keys without the dashboard."""

from datetime import UTC, datetime, timedelta

import click
from sqlalchemy import Connection

from pingpilot_app import settings as settings_module
from pingpilot_app.commands.store import load_settings, opened
from pingpilot_app.commands.whose import account_in
from pingpilot_app.domain.api_key import (
    DEFAULT_SCOPES,
    SHOWN_LENGTH,
    Scope,
    hash_api_key,
    new_api_key,
    shown_part,
)
from pingpilot_app.domain.audit import COMMAND_LINE, Action, Entry
from pingpilot_app.domain.duration import parse_duration
from pingpilot_app.domain.errors import Invalid, NotFound
from pingpilot_app.domain.network import Network, parse_networks, shown_network
from pingpilot_app.domain.role import Right
from pingpilot_app.storage import api_keys
from pingpilot_app.storage.api_keys import ApiKeyView, FreshKey
from pingpilot_app.storage.audit import add_entry

_LONGEST = timedelta(days=3_660)


def _span(_context: click.Context, _parameter: click.Parameter, text: str | None) -> timedelta:
    try:
        span = timedelta(seconds=parse_duration(text)) if text else timedelta(0)
    except ValueError as exc:
        raise click.BadParameter(f"{exc}.") from exc
    if span > _LONGEST:
        raise click.BadParameter("a key lasts ten years at the most.")
    return span


def _networks(
    _context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]
) -> tuple[Network, ...]:
    try:
        return parse_networks(" ".join(texts))
    except Invalid as exc:
        raise click.BadParameter(exc.message) from exc


@click.group()
def key() -> None:
    """Make, list, limit, replace and revoke API keys.

    Where a KEY is asked for, give its beginning (pk_ and eight characters) or its id, as `key
    list` shows them. A running PingPilot follows within a second.
    """


@key.command("create")
@click.argument("email")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What the key may do; give it once for each. Default: events:write.",
)
@click.option("--expires", callback=_span, help="After a span such as 90d. Default: never.")
@click.option(
    "--from",
    "networks",
    multiple=True,
    callback=_networks,
    help="An address or network, such as 192.0.2.0/24, that alone may use the key; give it once "
    "for each. Default: from anywhere.",
)
def create_key(
    email: str,
    name: str,
    scopes: tuple[str, ...],
    expires: timedelta,
    networks: tuple[Network, ...],
) -> None:
    """Make a key called NAME for the account of EMAIL and print it, alone."""
    configured, now = load_settings(), datetime.now(UTC)
    fresh = _fresh(settings_module.secret_key(configured))
    chosen = tuple(Scope(scope) for scope in scopes) or DEFAULT_SCOPES
    with opened(configured) as connection:
        account_id = account_in(connection, email, Right.KEYS)
        here = account_id, name, fresh.key, fresh.hash, chosen, now
        ends = now + expires if expires else None
        api_keys.add_api_key(connection, *here, expires_at=ends, networks=networks)
        detail = {
            "key": f"{shown_part(fresh.key)}…",
            "scopes": ", ".join(chosen),
            "networks": _listed(networks),
            "expires": f"{ends:%Y-%m-%d %H:%M} UTC" if ends else "never",
        }
        entry = Entry(Action.KEY_CREATED, COMMAND_LINE, account_id, name.strip(), detail)
        add_entry(connection, entry, now)
    click.echo(fresh.key)


@key.command("list")
@click.argument("email")
def list_keys(email: str) -> None:
    """List the keys of the account of EMAIL, those that work first."""
    now = datetime.now(UTC)
    with opened(load_settings()) as connection:
        found = api_keys.list_api_keys(connection, account_in(connection, email, Right.LOOK))
    for one in sorted(found, key=lambda key: not key.works(now)):
        click.echo(_line(one, now))


def _line(one: ApiKeyView, now: datetime) -> str:
    state = "works" if one.works(now) else "revoked" if one.revoked_at else "expired"
    used = f"{one.last_used_at:%Y-%m-%d %H:%M} UTC" if one.last_used_at else "never"
    ends = f", until {one.expires_at:%Y-%m-%d %H:%M} UTC" if one.expires_at else ""
    return (
        f"{one.shown}…  {one.id}  {state}{ends}  {one.name}  {' '.join(one.scopes)}  "
        f"from {_listed(one.networks)}  last used {used}"
    )


@key.command("allow")
@click.argument("email")
@click.argument("key")
@click.argument("networks", nargs=-1, callback=_networks)
def allow(email: str, key: str, networks: tuple[Network, ...]) -> None:
    """Let KEY of the account of EMAIL be used from NETWORKS alone; without any, from anywhere."""
    now = datetime.now(UTC)
    with opened(load_settings()) as connection:
        account_id = account_in(connection, email, Right.KEYS)
        found = _found(connection, account_id, key)
        api_keys.set_networks(connection, account_id, found.id, networks, now)
        _note(connection, Action.KEY_CHANGED, account_id, found, networks=_listed(networks))
    click.echo(f"The key {found.name} {found.shown}… works from {_listed(networks)}.")


@key.command("rotate")
@click.argument("email")
@click.argument("key")
@click.option("--overlap", default="1d", callback=_span, help="How long KEY still works: 0s to 7d.")
def rotate(email: str, key: str, overlap: timedelta) -> None:
    """Make a key in the place of KEY of the account of EMAIL and print it, alone."""
    configured, now = load_settings(), datetime.now(UTC)
    fresh = _fresh(settings_module.secret_key(configured))
    if overlap > timedelta(days=7):
        raise click.BadParameter("the overlap is a week at the most.")
    with opened(configured) as connection:
        account_id = account_in(connection, email, Right.KEYS)
        found = _found(connection, account_id, key)
        here = account_id, found.id, fresh, now
        api_keys.rotate_api_key(connection, *here, overlap=overlap)
        still = f"{overlap.total_seconds() / 3600:g} hours more" if overlap else "not any more"
        _note(connection, Action.KEY_ROTATED, account_id, found, old_key_works=still)
    click.echo(fresh.key)


@key.command("revoke")
@click.argument("email")
@click.argument("key")
def revoke(email: str, key: str) -> None:
    """Stop KEY of the account of EMAIL from working. It cannot be brought back."""
    with opened(load_settings()) as connection:
        account_id = account_in(connection, email, Right.KEYS)
        found = _found(connection, account_id, key)
        api_keys.revoke_api_key(connection, account_id, found.id, datetime.now(UTC))
        _note(connection, Action.KEY_REVOKED, account_id, found)
    click.echo(f"Revoked {found.name} {found.shown}…. A running PingPilot refuses it in a second.")


def _fresh(pepper: bytes) -> FreshKey:
    made = new_api_key()
    return FreshKey(made, hash_api_key(made, pepper))


def _found(connection: Connection, account_id: str, text: str) -> ApiKeyView:
    """Return the account's key of that id or beginning; a whole key has it too."""
    shown = text[:SHOWN_LENGTH]
    for one in api_keys.list_api_keys(connection, account_id):
        if text == one.id or shown == one.shown:
            return one
    raise NotFound(f"There is no key {shown} in this account. `key list` shows all.")


def _listed(networks: tuple[Network, ...] | None) -> str:
    return ", ".join(map(shown_network, networks or ())) or "anywhere"


def _note(
    connection: Connection, action: Action, account_id: str, key: ApiKeyView, **detail: str
) -> None:
    subject, told = f"{key.name} {key.shown}…", {"key": key.id, **detail}
    entry = Entry(action, COMMAND_LINE, account_id, subject, told)
    add_entry(connection, entry, datetime.now(UTC))

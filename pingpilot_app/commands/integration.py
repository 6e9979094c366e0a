"""`send`, `tail`, `replay`: for integrations and shells. They speak the public API alone."""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import httpx

from pingpilot_app.commands.choices import CHANNEL
from pingpilot_app.commands.following import Follower
from pingpilot_app.commands.store import load_settings
from pingpilot_app.domain.duration import parse_duration

REPLAY_PATH = "/api/v1/events/replay"

_UNREACHABLE = (httpx.HTTPError, httpx.InvalidURL)

url_option = click.option(
    "--url", help="Where PingPilot is. Default: PUBLIC_URL.", callback=lambda _, __, url: _base(url)
)


def _ago(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    """Return the moment that lies `text` in the past, as the API takes it."""
    try:
        return (datetime.now(UTC) - timedelta(seconds=parse_duration(text))).isoformat()
    except (ValueError, OverflowError) as exc:
        raise click.BadParameter(str(exc)) from exc


@click.command()
@url_option
@click.argument("category")
@click.argument("description", required=False)
@click.option("--field", "fields", multiple=True, help="As name=value; give it once for each.")
@click.option("--wait", type=click.IntRange(1, 30), help="Seconds to wait for the outcome.")
def send(
    url: str, category: str, description: str | None, fields: tuple[str, ...], wait: int | None
) -> None:
    """Send one event with the key in PINGPILOT_API_KEY and print the answer."""
    body = {"category": category, "description": description, "fields": _fields(fields)}
    headers = _authorization() | ({"Prefer": f"wait={wait}"} if wait else {})
    try:
        response = httpx.post(f"{url}/api/v1/event", json=body, headers=headers, timeout=40)
    except _UNREACHABLE as exc:
        raise click.ClickException(f"PingPilot cannot be reached at {url}: {exc}") from exc
    except UnicodeError as exc:
        raise click.ClickException("The text or PINGPILOT_API_KEY is not legal UTF-8.") from exc
    click.echo(response.text)
    if response.is_error:
        sys.exit(1)


@click.command()
@url_option
@click.option("--limit", type=click.IntRange(0, 200), default=10, show_default=True)
@click.option("--follow/--no-follow", default=True, help="Wait for more.")
def tail(url: str, limit: int, follow: bool) -> None:
    """Print events as they come, each once, with the key in PINGPILOT_API_KEY (events:read).

    A lost connection is opened again, and nothing that happened meanwhile is left out.
    """
    try:
        asyncio.run(_tail(url, limit, follow))
    except KeyboardInterrupt:
        return
    except _UNREACHABLE as exc:
        raise click.ClickException(f"PingPilot cannot be reached at {url}: {exc}") from exc


@click.command()
@url_option
@click.option("--since", required=True, help="How long ago, as 30m, 2h or 7d.", callback=_ago)
@click.option("--channel", "channels", multiple=True, type=CHANNEL, help="Only by this one.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def replay(url: str, since: str, channels: tuple[str, ...], yes: bool) -> None:
    """Count what failed since a time, ask, and send it again.

    Uses the key in PINGPILOT_API_KEY (scope events:write). It does not count against the quota.
    """
    wanted: dict[str, Any] = {"since": since} | ({"channels": list(channels)} if channels else {})
    try:
        with httpx.Client(base_url=url, headers=_authorization(), timeout=300) as client:
            found = _page(client.post(REPLAY_PATH, json=wanted | {"dryRun": True}))
            click.echo(f"{found['deliveries']:,} deliveries of {found['events']:,} events failed.")
            if found["held"]:
                click.echo(f"{found['held']:,} more wait for a channel that is off or unverified.")
            if found["deliveries"] and (yes or click.confirm("Send them again?", abort=True)):
                _page(client.post(REPLAY_PATH, json=wanted))
                click.echo("They are on their way.")
    except _UNREACHABLE as exc:
        raise click.ClickException(f"PingPilot cannot be reached at {url}: {exc}") from exc


async def _tail(url: str, limit: int, follow: bool) -> None:
    async with httpx.AsyncClient(base_url=url, headers=_authorization()) as client:
        if not follow:
            await _print_newest(client, limit)
            return
        printed: set[str] | None = None
        async for message in Follower(client, _say).messages():
            if printed is None:  # once the stream is open: what comes meanwhile is in it
                printed = await _print_newest(client, limit)
            event = message.event
            if event and message.kind == "event.created" and event["id"] not in printed:
                click.echo(_line(event))


async def _print_newest(client: httpx.AsyncClient, limit: int) -> set[str]:
    """Print the newest events, the oldest of them first; return their ids."""
    page = _page(await client.get("/api/v1/events", params={"limit": str(max(limit, 1))}))
    newest = page["events"][:limit]
    for event in reversed(newest):
        click.echo(_line(event))
    return {event["id"] for event in newest}


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)


def _base(url: str | None) -> str:
    return (url or load_settings().public_url).rstrip("/")


def _page(response: httpx.Response) -> dict[str, Any]:
    if "json" not in response.headers.get("Content-Type", ""):
        raise click.ClickException(f"{response.url} is no PingPilot.")
    if response.is_error:
        raise click.ClickException(response.json()["message"])
    page: dict[str, Any] = response.json()
    return page


def _line(event: dict[str, Any]) -> str:
    fields = " ".join(f"{name}={json.dumps(value)}" for name, value in event["fields"].items())
    channels = " ".join(f"{one['channel']}:{one['status']}" for one in event["deliveries"])
    text = f"{event['createdAt']} {event['category']} {event['description']} {fields} {channels}"
    # Control characters of a stranger's text must not steer the reader's terminal.
    return "".join(char if char.isprintable() else " " for char in text)


def _fields(pairs: tuple[str, ...]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise click.ClickException(f"--field takes name=value, not {pair!r}")
        fields[name] = _value(value)
    return fields


def _value(text: str) -> str | int | float | bool:
    """Read numbers and booleans as such, all else as text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str | int | float | bool) else text


def _authorization() -> dict[str, str]:
    key = os.environ.get("PINGPILOT_API_KEY")  # nosemgrep  # of the shell that calls, no setting
    if not key:
        raise click.ClickException("Set PINGPILOT_API_KEY to an API key (make one under Keys).")
    return {"Authorization": f"Bearer {key}"}

"""Switches an account's email off for whoever has the link of a mail: RFC 8058, in one click.

A mail program posts to the address by itself; a person who opens it gets a page with a button,
since whatever scans mails opens every link. No session is needed, and none is looked at.
"""

from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.client import neighbourhood
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.domain.unsubscribe import destination_in, is_unsubscribe_token
from pingpilot_app.serving import client_of
from pingpilot_app.storage.destinations import account_with, set_enabled
from pingpilot_app.ui.throttle import Allowance

PREFIX = "/unsubscribe/"
HOUR = 3_600.0  # seconds
WRONG_EACH = 30  # links that do not work, by one client in an hour
SWITCHED_EACH = 10  # times that one link switches off in an hour

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
<title>{title} · PingPilot</title><link rel="icon" type="image/svg+xml" href="/favicon.svg">
<link rel="stylesheet" href="/styles/tokens.css"><link rel="stylesheet" href="/styles/base.css">
<link rel="stylesheet" href="/styles/letters.css"></head>
<body><main class="outside letter-page"><h1>{title}</h1><p>{text}</p>{more}</main></body></html>
"""
_BUTTON = (
    '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
    '<button type="submit">Stop these mails</button></form>'
)
_CHANNELS = '<p><a href="/channels">Open the channels</a></p>'


def is_unsubscribe_path(path: str) -> bool:
    """Tell whether this route answers `path`, rather than the dashboard."""
    return path.startswith(PREFIX)


def unsubscribe_app(instance: Instance) -> Starlette:
    """Return the route under `/unsubscribe/`."""
    route = UnsubscribeRoute(instance)
    path = f"{PREFIX}{{token}}"
    return Starlette(
        routes=[Route(path, route.ask), Route(path, route.switch_off, methods=["POST"])]
    )


class UnsubscribeRoute:
    """The links of one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._wrong = Allowance(WRONG_EACH, HOUR)
        self._switched = Allowance(SWITCHED_EACH, HOUR)

    async def ask(self, _request: Request) -> Response:
        """Show the button; whether the link works is not told before it is pressed."""
        text = "PingPilot mails the events of an account to you. It stops when you say so."
        return _page("Stop these mails?", text, _BUTTON)

    async def switch_off(self, request: Request) -> Response:
        """Switch the email of the link's account off."""
        token, client = request.path_params["token"], self._client(request)
        found = await self._found(token)
        if found is None:
            status = 404 if self._wrong.take(neighbourhood(client)) else 429
            return _page("This link does not work", _NO_LINK, _CHANNELS, status)
        account_id, user_id = found
        if not self._switched.take(destination_in(token)):
            return _page("Too often", "Wait an hour, then try again.", _CHANNELS, 429)
        actor = Actor("unsubscribe link", client=client or None)
        action = Action.OWN_CHANNEL_SWITCHED if user_id else Action.CHANNEL_SWITCHED
        entry = Entry(action, actor, account_id, Channel.EMAIL.value, {"on": False})
        off = account_id, Channel.EMAIL, False, datetime.now(UTC)
        try:
            await self._instance.writer.act(entry, set_enabled, *off, user_id=user_id)
        except Unavailable:
            return _page("Not yet", "That could not be kept. Try again in a moment.", "", 503)
        self._instance.changed(account_id)
        return _page("No more mails", _DONE_OWN if user_id else _DONE, _CHANNELS)

    async def _found(self, token: str) -> tuple[str, str | None] | None:
        """Return the account, and the member where the mails are copies for one alone."""
        where = destination_in(token)
        found = await self._instance.database.read(account_with, where, Channel.EMAIL)
        if found is None or found[1].address is None:
            return None
        account_id, email = found
        known = is_unsubscribe_token(token, self._instance.pepper, where, found[1].address)
        return (account_id, email.user_id) if known else None

    def _client(self, request: Request) -> str:
        return client_of(request.scope, self._instance.settings)


_NO_LINK = (
    "It is not whole, or the account has another address by now. Whoever is signed in can switch "
    "email off under Channels."
)
_DONE = (
    "Email is switched off for this account. Events arrive and are kept as before; switch it on "
    "again under Channels whenever you like."
)

_DONE_OWN = (
    "Your own copies by email are switched off; nobody else's are. Switch them on again under "
    "Channels, For you, whenever you like."
)


def _page(title: str, text: str, more: str, status: int = 200) -> Response:
    return HTMLResponse(_PAGE.format(title=title, text=text, more=more), status)

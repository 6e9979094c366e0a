"""Claims an event for whoever has the link of its mail, in one click and without signing in.

Opening the link changes nothing, since whatever scans mails opens every link: the page has a
button. Who is signed in and in the account claims as themselves, anybody else as who reads mail at
the address that it went to.
"""

from dataclasses import dataclass
from html import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from pingpilot_app.delivery.acknowledgement import acknowledge, sentence_of
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.category import DEFAULT_EMOJI
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.claim_link import is_claim_token, meant_by
from pingpilot_app.domain.client import neighbourhood
from pingpilot_app.domain.errors import Forbidden, NotFound, PingPilotError
from pingpilot_app.domain.message.message import cut
from pingpilot_app.serving import client_of
from pingpilot_app.storage.message_edits import Shown, shown_events
from pingpilot_app.storage.readers import Reading, mailbox_of
from pingpilot_app.storage.sessions import called
from pingpilot_app.ui.session import session_of
from pingpilot_app.ui.throttle import Allowance

PREFIX = "/claim/"
HOUR = 3_600.0  # seconds
WRONG_EACH = 30  # links that do not work, by one client in an hour
DESCRIPTION_MAX = 1_000  # characters that the page shows

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex, nofollow">
<title>{title} · PingPilot</title><link rel="icon" type="image/svg+xml" href="/favicon.svg">
<link rel="stylesheet" href="/styles/tokens.css"><link rel="stylesheet" href="/styles/base.css">
<link rel="stylesheet" href="/styles/letters.css"></head>
<body><main class="outside letter-page"><h1>{title}</h1>{more}</main></body></html>
"""
_EVENT = '<p class="claimed-category">{category}</p><p class="claimed-text">{description}</p>'
_BUTTON = '<form method="post"><button type="submit">I&#x27;m on it</button></form>'
_OPEN = '<p><a href="/events/{event_id}">Open the event</a></p>'
_NO_LINK = (
    "<p>It is not whole, the event is gone, or its mails go to another address by now. Whoever is "
    'signed in finds the event in the feed.</p><p><a href="/feed">Open the feed</a></p>'
)


def is_claim_path(path: str) -> bool:
    """Tell whether this route answers `path`, rather than the dashboard."""
    return path.startswith(PREFIX)


def claim_app(instance: Instance) -> Starlette:
    """Return the route under `/claim/`."""
    route = ClaimRoute(instance)
    path = f"{PREFIX}{{token}}"
    return Starlette(routes=[Route(path, route.ask), Route(path, route.claim, methods=["POST"])])


@dataclass(frozen=True, slots=True)
class _Found:
    """What a link that works is for."""

    account_id: str
    address: str
    shown: Shown


class ClaimRoute:
    """The links of one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._wrong = Allowance(WRONG_EACH, HOUR)

    async def ask(self, request: Request) -> Response:
        """Show the event and who has it; nothing changes."""
        found = await self._find(request.path_params["token"])
        return _event_page(found.shown) if found else self._refused(request)

    async def claim(self, request: Request) -> Response:
        """Claim the event, unless somebody has it."""
        found = await self._find(request.path_params["token"])
        if found is None:
            return self._refused(request)
        here, reading = self._instance, await _reading(request, found)
        try:
            told, who = await acknowledge(here.writer, here.bus, reading, here.clock())
        except NotFound:
            return self._refused(request)
        except PingPilotError as refusal:
            status = 403 if isinstance(refusal, Forbidden) else 503
            return _page("Not now", f"<p>{escape(refusal.message)}</p>", status)
        return _page("I'm on it", _about(found.shown, sentence_of(told, who)))

    async def _find(self, token: str) -> _Found | None:
        meant = meant_by(token)
        if meant is None:
            return None
        destination_id, event_id = meant
        box = await self._instance.database.read(mailbox_of, destination_id)
        if box is None or not is_claim_token(token, self._instance.pepper, destination_id, box[1]):
            return None
        key = (box[0], event_id)
        shown = (await self._instance.database.read(shown_events, [key])).get(key)
        return _Found(*box, shown) if shown else None

    def _refused(self, request: Request) -> Response:
        client = neighbourhood(client_of(request.scope, self._instance.settings))
        status = 404 if self._wrong.take(client) else 429
        return _page("This link does not work", _NO_LINK, status)


async def _reading(request: Request, found: _Found) -> Reading:
    session = await session_of(request.headers.get("cookie"))
    return Reading(
        found.account_id,
        found.shown.event_id,
        Channel.EMAIL,
        found.address,
        called(None, found.address),
        session.user_id if session else None,
    )


def _event_page(shown: Shown) -> Response:
    if shown.standing is None:
        return _page("Are you on it?", _about(shown, button=_BUTTON))
    return _page("Somebody is on it", _about(shown, shown.standing.line))


def _about(shown: Shown, said: str = "", button: str = "") -> str:
    title = f"{shown.emoji or DEFAULT_EMOJI} {shown.category[:1].upper()}{shown.category[1:]}"
    event = _EVENT.format(
        category=escape(title), description=escape(cut(shown.description, DESCRIPTION_MAX))
    )
    words = f"<p><strong>{escape(said)}</strong></p>" if said else ""
    return event + words + button + _OPEN.format(event_id=escape(shown.event_id))


def _page(title: str, more: str, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
    return HTMLResponse(_PAGE.format(title=escape(title), more=more), status, headers)

"""The cookies of a browser: its session, and the one by which it is known the next time.

`enter` is the one way in. Whoever has a second factor gets another cookie there, which is worth
nothing but the question for the code (second_step.py).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pingpilot_app.delivery.account_mail import send_new_browser
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.device import clean_user_agent, device_of
from pingpilot_app.domain.errors import Conflict, NotFound, PingPilotError
from pingpilot_app.domain.secret import hash_token, new_token
from pingpilot_app.settings import Settings
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.known_devices import KEPT, meet_device
from pingpilot_app.storage.second_factor import is_on
from pingpilot_app.storage.second_step import LIFETIME as STEP_LIFETIME
from pingpilot_app.storage.second_step import add_step
from pingpilot_app.storage.sessions import add_session, delete_session
from pingpilot_app.storage.users import get_user
from pingpilot_app.ui.session import (
    cookie_in,
    cookie_name,
    device_name,
    forget,
    forget_user,
    token_in,
)
from pingpilot_app.ui.sign_in.form import back, client_of

STEP_PAGE = "/second-factor"


@dataclass(frozen=True, slots=True)
class _Visit:
    """A browser at the moment of signing in: the cookies that it has, and those it would get."""

    old_session: bytes
    session: str
    old_device: str
    device: str
    user_agent: str | None
    client: str


@dataclass(frozen=True, slots=True)
class _Entered:
    email: str
    known: bool  # the user has signed in with this browser before
    before: str | None  # who was signed in here until now


async def enter(
    instance: Instance,
    request: Request,
    user_id: str,
    page: str,
    *,
    expected: bool = False,
    proved: bool = False,
) -> Response:
    """Sign the browser in with a fresh cookie and lead to `page`; its old session ends.

    Whoever has a second factor is asked for it instead, unless it is `proved`: shown just now,
    or in the session that this one takes the place of. The user is told of a browser that is new
    to them, unless that is `expected`: it is their first, or another letter tells of it.
    """
    visit = _visit(instance.settings, request)
    lifetime = timedelta(days=instance.settings.session_days)

    def let_in(connection: Connection) -> _Entered | None:
        if not proved and is_on(connection, user_id):
            digest = hash_token(visit.session)
            add_step(connection, digest, user_id, page, instance.clock())
            return None
        return _replace(connection, user_id, visit, lifetime)

    try:
        entered = await instance.writer.run(None, let_in)
    except NotFound:
        return back("/login", "homeless")
    except PingPilotError:
        return back("/login", "later", next=page)
    if entered is None:
        return _ask(instance.settings, visit.session)
    forget(visit.old_session)
    for one in {user_id, entered.before} - {None}:
        forget_user(one)
    if not entered.known and not expected:
        told = send_new_browser(instance, entered.email, device_of(visit.user_agent), visit.client)
        instance.background.begin(told, "telling of a new browser")
    response = RedirectResponse(page, 303)
    _set(response, instance.settings, cookie_name(instance.settings), visit.session, lifetime)
    device = visit.old_device if entered.known else visit.device
    _set(response, instance.settings, device_name(instance.settings), device, KEPT)
    return response


def _visit(settings: Settings, request: Request) -> _Visit:
    return _Visit(
        old_session=hash_token(token_in(request.headers.get("cookie"), settings) or ""),
        session=new_token(),
        old_device=device_in(request, settings),
        device=new_token(),
        user_agent=clean_user_agent(request.headers.get("user-agent")),
        client=client_of(request),
    )


def _replace(connection: Connection, user_id: str, visit: _Visit, lifetime: timedelta) -> _Entered:
    """Raises Conflict where the user was deleted meanwhile, NotFound without any account."""
    now, user = datetime.now(UTC), get_user(connection, user_id)
    if user is None:
        raise Conflict("This login was deleted just now.")
    before = delete_session(connection, visit.old_session)
    account_id = add_session(
        connection,
        hash_token(visit.session),
        user_id,
        now,
        user_agent=visit.user_agent,
        remote_address=visit.client or None,
        lifetime=lifetime,
    )
    old, fresh = hash_token(visit.old_device), hash_token(visit.device)
    known = meet_device(connection, user_id, old, fresh, now)
    actor, device = Actor(user.email, user_id, visit.client), device_of(visit.user_agent)
    detail = {"new_browser": not known}
    add_entry(connection, Entry(Action.SIGNED_IN, actor, account_id, device, detail), now)
    return _Entered(user.email, known, before)


def _ask(settings: Settings, token: str) -> Response:
    response = RedirectResponse(STEP_PAGE, 303)
    _set(response, settings, _step_cookie(settings), token, STEP_LIFETIME)
    return response


def step_token(request: Request, settings: Settings) -> str:
    """Return what the browser got for the right password, empty where it has nothing."""
    return cookie_in(request.headers.get("cookie"), _step_cookie(settings)) or ""


def forget_step(response: Response, settings: Settings) -> Response:
    """Take back what the browser got for the right password."""
    response.delete_cookie(_step_cookie(settings), **options(settings))
    return response


def _step_cookie(settings: Settings) -> str:
    return f"{cookie_name(settings)}-step"


def leave(instance: Instance, page: str) -> Response:
    """Take the session's cookie back and lead to `page`; the browser stays known.

    It drops the pages that it kept for the back button: no "cookies", by one of which it is known,
    and no "storage", where the theme is. https://www.w3.org/TR/clear-site-data/
    """
    response = RedirectResponse(page, 303, {"clear-site-data": '"cache"'})
    response.delete_cookie(cookie_name(instance.settings), **options(instance.settings))
    return response


def device_in(request: Request, settings: Settings) -> str:
    """Return the value of the cookie that a browser is known by, empty where there is none."""
    return cookie_in(request.headers.get("cookie"), device_name(settings)) or ""


def _set(response: Response, settings: Settings, name: str, value: str, kept: timedelta) -> None:
    age = int(kept.total_seconds())
    response.set_cookie(name, value, max_age=age, **options(settings))


def options(settings: Settings) -> dict[str, object]:
    """Return what all cookies of ours have in common."""
    return {"path": "/", "secure": settings.secure_cookies, "httponly": True, "samesite": "lax"}

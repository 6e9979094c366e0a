"""The session cookie of a browser: set at every sign-in, taken back at sign-out.

`enter` is the one way in. Whoever has a second factor gets another cookie there, which is worth
nothing but the question for the code (second_step.py).
"""

from datetime import UTC, datetime

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.device import clean_user_agent
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.domain.secret import hash_token, new_token
from pingpilot_app.settings import Settings
from pingpilot_app.storage.second_factor import is_on
from pingpilot_app.storage.second_step import LIFETIME as STEP_LIFETIME
from pingpilot_app.storage.second_step import add_step
from pingpilot_app.storage.sessions import LIFETIME, add_session, delete_session
from pingpilot_app.ui.session import cookie_name, forget, forget_user, token_in
from pingpilot_app.ui.sign_in.form import back, client_of

STEP_PAGE = "/second-factor"


async def enter(
    instance: Instance, request: Request, user_id: str, page: str, *, proved: bool = False
) -> Response:
    """Sign the browser in with a fresh cookie and lead to `page`; its old session ends.

    Whoever has a second factor is asked for it instead, unless it is `proved`: shown just now,
    or in the session that this one takes the place of.
    """
    token, old = new_token(), token_in(request.headers.get("cookie"), instance.settings)
    digest = hash_token(token)

    def let_in(connection: Connection) -> bool:
        if not proved and is_on(connection, user_id):
            add_step(connection, digest, user_id, page, instance.clock())
            return False
        _replace(connection, digest, hash_token(old or ""), user_id, request)
        return True

    try:
        if not await instance.writer.run(None, let_in):
            return _ask(instance.settings, token)
    except Unavailable:
        return back("/login", "later", next=page)
    forget(hash_token(old or ""))
    forget_user(user_id)
    response = RedirectResponse(page, 303)
    kept = int(LIFETIME.total_seconds())
    response.set_cookie(
        cookie_name(instance.settings), token, max_age=kept, **_options(instance.settings)
    )
    return response


def _ask(settings: Settings, token: str) -> Response:
    response, kept = RedirectResponse(STEP_PAGE, 303), int(STEP_LIFETIME.total_seconds())
    response.set_cookie(_step_cookie(settings), token, max_age=kept, **_options(settings))
    return response


def step_token(request: Request, settings: Settings) -> str:
    """Return what the browser got for the right password, empty where it has nothing."""
    return request.cookies.get(_step_cookie(settings), "")


def forget_step(response: Response, settings: Settings) -> Response:
    """Take back what the browser got for the right password."""
    response.delete_cookie(_step_cookie(settings), **_options(settings))
    return response


def _step_cookie(settings: Settings) -> str:
    return f"{cookie_name(settings)}-step"


def _replace(
    connection: Connection, fresh: bytes, old: bytes, user_id: str, request: Request
) -> None:
    delete_session(connection, old)
    add_session(
        connection,
        fresh,
        user_id,
        datetime.now(UTC),
        user_agent=clean_user_agent(request.headers.get("user-agent")),
        remote_address=client_of(request) or None,
    )


def leave(instance: Instance, page: str) -> Response:
    """Take the cookie back and lead to `page`."""
    response = RedirectResponse(page, 303)
    response.delete_cookie(cookie_name(instance.settings), **_options(instance.settings))
    return response


def _options(settings: Settings) -> dict[str, object]:
    return {"path": "/", "secure": settings.secure_cookies, "httponly": True, "samesite": "lax"}

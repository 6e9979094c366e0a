"""The session cookie of a browser: set at every sign-in, taken back at sign-out."""

from datetime import UTC, datetime

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.device import clean_user_agent
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.domain.secret import hash_token, new_token
from pingpilot_app.settings import Settings
from pingpilot_app.storage.sessions import LIFETIME, add_session, delete_session
from pingpilot_app.ui.session import cookie_name, forget, forget_user, token_in
from pingpilot_app.ui.sign_in.form import back, client_of


async def enter(instance: Instance, request: Request, user_id: str, page: str) -> Response:
    """Sign the browser in with a fresh cookie and lead to `page`; its old session ends."""
    token, old = new_token(), token_in(request.headers.get("cookie"), instance.settings)
    try:
        await instance.writer.run(
            None, _replace, hash_token(token), hash_token(old or ""), user_id, request
        )
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

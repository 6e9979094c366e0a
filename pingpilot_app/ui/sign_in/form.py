"""Forms that browsers send by themselves: read within bounds, answered by a redirect."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from pingpilot_app import serving
from pingpilot_app.delivery.instance import Instance, current
from pingpilot_app.domain.address import parse_email
from pingpilot_app.domain.errors import Invalid, Unavailable
from pingpilot_app.domain.password import WeakPassword
from pingpilot_app.ui.origin import is_own_form
from pingpilot_app.ui.sign_in.place import page_with

FORM_MAX = 16 * 1024  # bytes
DEADLINE = 15  # seconds for the whole form

FOREIGN = "This form was not sent by a page of this PingPilot. Open the sign-in page and try again."

Answer = Callable[[Request, FormData], Awaitable[Response]]


def form_route(instance: Instance, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that hands `answer` what was sent, if a page of ours sent it."""

    async def endpoint(request: Request) -> Response:
        form = await _read(instance, request)
        if form is None:
            return PlainTextResponse(FOREIGN, 403)
        try:
            return await answer(request, form)
        except Unavailable as busy:
            again = {"retry-after": str(busy.retry_after)}
            return PlainTextResponse(busy.message, 503, headers=again)

    return endpoint


async def _read(instance: Instance, request: Request) -> FormData | None:
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > FORM_MAX:
        return None
    if not is_own_form(request.headers, instance.settings):
        return None
    try:
        async with asyncio.timeout(DEADLINE):
            return await request.form()
    except (ClientDisconnect, TimeoutError):
        return None


def back(page: str, error: str = "", **query: str) -> Response:
    """Lead back to the page of the form; the page knows the sentence for the code `error`."""
    return RedirectResponse(page_with(page, error=error, **query), 303)


def text_of(form: FormData, name: str) -> str:
    """Return one field, empty where it is none or a file."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def email_of(form: FormData, name: str = "email") -> str:
    """Return an address in its normal form; empty, which is nobody's, where it is none."""
    try:
        return parse_email(form.get(name))
    except Invalid:
        return ""


def client_of(request: Request) -> str:
    """Return the address that the request came from."""
    return serving.client_of(request.scope, current().settings)


def code_of(refusal: Invalid) -> str:
    """Return the code by which the page knows what is wrong."""
    return refusal.code if isinstance(refusal, WeakPassword) else refusal.problems[0].path

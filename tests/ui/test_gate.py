"""Which page a browser is led to."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.ui.gate import Gate
from tests.ui.conftest import Person


async def dashboard(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(scope["path"])(scope, receive, send)


@pytest.fixture
async def visitor(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Gate(instance, dashboard))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def place(visitor: httpx.AsyncClient, path: str) -> str | None:
    """Return where the visitor is led, None where the page is shown."""
    return (await visitor.get(path)).headers.get("location")


@pytest.mark.parametrize("path", ["/", "/login", "/feed", "/events/evt_1", "/signup", "/reset"])
async def test_on_a_fresh_instance_every_page_leads_to_setup(
    visitor: httpx.AsyncClient, path: str
) -> None:
    assert await place(visitor, path) == "/setup"


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/", None),
        ("/login", None),
        ("/setup", "/login"),
        ("/signup", None),
        ("/forgot", None),
        ("/reset", None),
        ("/verify", None),
        ("/second-factor", None),
        ("/wall/x", None),
        ("/feed", "/login?next=%2Ffeed"),
        ("/feed?category=bug&q=a%20b", "/login?next=%2Ffeed%3Fcategory%3Dbug%26q%3Da%2520b"),
        ("/events/evt_1", "/login?next=%2Fevents%2Fevt_1"),
        ("/favicon.svg", None),
        ("/assets/root.js", None),
        ("/no/such/page", None),
    ],
)
async def test_who_is_signed_out(
    visitor: httpx.AsyncClient, alice: Person, path: str, to: str | None
) -> None:
    assert await place(visitor, path) == to


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/", "/feed"),
        ("/login", "/feed"),
        ("/setup", "/feed"),
        ("/forgot", "/feed"),
        ("/verify", None),  # somebody who is signed in opens the link of a mail
        ("/reset", None),
        ("/feed", None),
        ("/keys", None),
        ("/wall/x", None),
    ],
)
async def test_who_is_signed_in(
    visitor: httpx.AsyncClient, alice: Person, path: str, to: str | None
) -> None:
    visitor.cookies["pingpilot"] = alice.token

    assert await place(visitor, path) == to

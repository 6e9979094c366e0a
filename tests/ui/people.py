"""What the tests of accounts share: an instance that mails into its sandbox, and its letters."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.channel import Channel
from pingpilot_app.ui.sign_in import sign_in_app
from tests.conftest import MakeSettings
from tests.ui.conftest import Person


@asynccontextmanager
async def house(make_settings: MakeSettings, port: int, signup: str) -> AsyncIterator[Instance]:
    """Run an instance that people may join as `signup` says."""
    settings = make_settings(
        sandbox="on", sandbox_port=port, pingpilot_role="all", signup=signup, default_plan="PRO"
    )
    instance = Instance(settings)
    await instance.start()
    try:
        yield instance
    finally:
        await instance.stop()


def browser_of(instance: Instance, person: Person | None = None) -> httpx.AsyncClient:
    """Return a browser, perhaps signed in, whose forms come from a page of ours."""
    cookies = {"pingpilot": person.token} if person else None
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(sign_in_app(instance)),
        base_url="http://test",
        headers={"origin": "http://test", "user-agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"},
        cookies=cookies,
    )


def place(response: httpx.Response) -> str:
    """Return where a redirect leads."""
    assert response.status_code == 303, response.text
    return response.headers["location"]


async def letters_to(instance: Instance, address: str) -> list[dict[str, Any]]:
    """Return the mails that the sandbox took for `address`, once all are sent."""
    await instance.background.idle()
    assert instance.sandbox is not None
    received = instance.sandbox.inbox.received(Channel.EMAIL)
    return [one.payload for one in received if one.to == address]


async def token_to(instance: Instance, address: str) -> str:
    """Return the token in the newest link that was mailed to `address`."""
    text = (await letters_to(instance, address))[-1]["text"]
    found = re.search(r"http://localhost:8000/\w+#(?:token|invite)=([\w-]{43})", text)
    assert found, text
    return found[1]

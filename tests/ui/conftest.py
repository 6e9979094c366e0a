"""Handlers without a browser: states, and people who are signed in or not."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
import pytest
import reflex as rx
from reflex.event import EventSpec
from reflex.istate.data import RouterData
from sqlalchemy import Connection, insert

from pingpilot_app.delivery.accept import Request
from pingpilot_app.delivery.instance import Instance, set_current
from pingpilot_app.delivery.policy import policy_of
from pingpilot_app.domain.api_key import DEFAULT_SCOPES, Scope, hash_api_key, new_api_key
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.role import Role
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.api_keys import add_api_key
from pingpilot_app.storage.password_hash import hash_password
from pingpilot_app.storage.sessions import add_session
from pingpilot_app.storage.tables import memberships
from pingpilot_app.storage.users import add_user, password_of
from pingpilot_app.ui.session import hash_token, new_token
from pingpilot_app.ui.sign_in import sign_in_app
from tests.conftest import IMPATIENT, MakeSettings

T = TypeVar("T", bound=rx.State)

PASSWORD = "the quick brown pigeon"
HASH = hash_password(PASSWORD)


@pytest.fixture(autouse=True)
def running(instance: Instance) -> Iterator[Instance]:
    """The instance as the one that this process runs."""
    set_current(instance)
    yield instance
    set_current(None)


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    email: str
    account_id: str
    token: str

    @property
    def cookie(self) -> str:
        return f"theme=dark; pingpilot={self.token}"


Enter = Callable[..., Awaitable[Person]]


@pytest.fixture
def enter(instance: Instance) -> Enter:
    """Opens an account and signs its owner in."""

    async def enter(email: str, *, is_operator: bool = False) -> Person:
        now, run = datetime.now(UTC), instance.writer.run
        account_id = await run(
            None, open_account, email, HASH, Plan.UNLIMITED, now, is_operator=is_operator
        )
        found = await instance.database.read(password_of, email)
        assert found is not None
        token = new_token()
        await run(None, add_session, hash_token(token), found[0], now)
        return Person(email, account_id, token)

    return enter


@pytest.fixture
async def alice(enter: Enter) -> Person:
    """The operator."""
    return await enter("alice@example.org", is_operator=True)


@pytest.fixture
async def charlie(enter: Enter) -> Person:
    """An outsider with an account of his own."""
    return await enter("charlie@example.org")


Join = Callable[..., Awaitable[Person]]


@pytest.fixture
def join(instance: Instance) -> Join:
    """Adds somebody to a person's account, with no account of their own, and signs them in."""

    async def join(person: Person, email: str, role: Role) -> Person:
        now, run = datetime.now(UTC), instance.writer.run
        token = new_token()

        def add(connection: Connection) -> None:
            user_id = add_user(connection, email, HASH, now)
            connection.execute(
                insert(memberships).values(
                    account_id=person.account_id, user_id=user_id, role=role, created_at=now
                )
            )
            add_session(connection, hash_token(token), user_id, now)

        await run(None, add)
        return Person(email, person.account_id, token)

    return join


@pytest.fixture
async def bob(alice: Person, join: Join) -> Person:
    """A member of Alice's account."""
    return await join(alice, "bob@example.org", Role.MEMBER)


@pytest.fixture
async def vera(alice: Person, join: Join) -> Person:
    """A viewer of Alice's account."""
    return await join(alice, "vera@example.org", Role.VIEWER)


def state_of(kind: type[T], cookie: str = "", path: str = "/") -> T:
    """Return a state as the handlers of a browser with this `Cookie` header get it."""
    root = rx.State(_reflex_internal_init=True)
    root.router = RouterData.from_router_data(
        {"headers": {"cookie": cookie, "origin": "http://test"}, "asPath": path, "pathname": path}
    )
    state = root.substates[kind.get_name()]
    assert isinstance(state, kind)
    return state


async def send_event(
    instance: Instance, person: Person, category: str, description: str = "It fails"
) -> str:
    """Send an event with a key of the person's account and return its id."""
    key, now = new_api_key(), datetime.now(UTC)
    hashed = hash_api_key(key, instance.pepper)
    account_id = person.account_id
    await instance.writer.run(
        account_id, add_api_key, account_id, "test", key, hashed, DEFAULT_SCOPES, now
    )
    entry = await instance.acceptor.authorize(key, Scope.EVENTS_WRITE)

    async def body() -> bytes:
        return json.dumps({"category": category, "description": description}).encode()

    return (await instance.acceptor.accept(entry, Request(body))).event_id


@asynccontextmanager
async def with_sandbox(make_settings: MakeSettings, port: int) -> AsyncIterator[Instance]:
    """Run an instance that delivers to its sandbox."""
    settings = make_settings(sandbox="on", sandbox_port=port, pingpilot_role="all")
    instance = Instance(settings, policy=replace(policy_of(settings), **IMPATIENT))
    await instance.start()
    try:
        yield instance
    finally:
        await instance.stop()


async def eventually(
    instance: Instance, account_id: str, look: Callable[[], Awaitable[object]]
) -> None:
    """Wait until `look()` answers something true, asked at every change of the account."""
    wake = instance.bus.subscribe(account_id)
    async with asyncio.timeout(20):
        while not await look():
            await wake.wait()
            wake.clear()
    instance.bus.unsubscribe(account_id, wake)


def says(answer: Any, text: str) -> bool:
    """Tell whether a handler answered with a toast that holds `text`."""
    return isinstance(answer, EventSpec) and text in str(answer.args)


def leads_to(answer: Any, page: str) -> bool:
    """Tell whether a handler answered with a redirect to `page`."""
    return isinstance(answer, EventSpec) and f'"{page}"' in str(answer.args)


@pytest.fixture
async def browser(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the sign-in routes that says it comes from a page of ours."""
    transport = httpx.ASGITransport(sign_in_app(instance))
    headers = {"origin": "http://test"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers=headers
    ) as client:
        yield client

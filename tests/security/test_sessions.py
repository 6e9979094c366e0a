"""A session is one browser's, for a while, and ends everywhere when it ends."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest
import reflex as rx

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.secret import hash_token, new_token
from pingpilot_app.settings import SettingsError
from pingpilot_app.storage.account_removal import begin_removal
from pingpilot_app.storage.audit import list_entries
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.retention import delete_sessions
from pingpilot_app.storage.sessions import (
    BROWSERS_MAX,
    SessionView,
    add_session,
    find_session,
    list_sessions,
    mark_seen,
)
from pingpilot_app.storage.sign_outs import sign_out_everybody, sign_out_user
from pingpilot_app.storage.tables import sessions
from pingpilot_app.storage.users import set_operator, set_password, user_with
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.live import Live, _woken
from pingpilot_app.ui.pages.operator import AccountsState
from pingpilot_app.ui.pages.settings import BrowsersState
from pingpilot_app.ui.session import session_of
from pingpilot_app.ui.sign_in import sign_in_app
from tests.conftest import MakeSettings
from tests.ui.conftest import HASH, PASSWORD, Enter, Person, state_of
from tests.ui.conftest import alice as alice
from tests.ui.conftest import charlie as charlie
from tests.ui.conftest import enter as enter
from tests.ui.conftest import running as running
from tests.ui.people import browser_of, house, letters_to, place, token_to

FRESH = "a password that is quite new"
NEW = "new@example.org"


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int]
) -> AsyncIterator[Instance]:
    async with house(make_settings, free_ports(), "open") as instance:
        yield instance


@pytest.fixture
async def browser(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(instance) as browser:
        yield browser


@pytest.fixture
def elsewhere(instance: Instance) -> Iterator[Database]:
    """The database as another process has it, such as the command line."""
    database = Database(instance.settings.database)
    yield database
    database.close()


async def sign_in(browser: httpx.AsyncClient, person: Person, **form: str) -> httpx.Response:
    form = {"email": person.email, "password": PASSWORD} | form
    return await browser.post("/auth/login", data=form)


def cookie_of(answer: httpx.Response) -> str:
    """Return the `Cookie` header of who got this answer."""
    return f"pingpilot={answer.cookies['pingpilot']}"


async def id_of(instance: Instance, person: Person) -> str:
    user = await instance.database.read(user_with, person.email)
    assert user is not None
    return user.id


async def acts_of(instance: Instance, account_id: str | None) -> list[Action]:
    """Return what the audit log has of an account, the first act first."""
    entries = await instance.database.read(list_entries, account_id)
    return [entry.action for entry in reversed(entries)]


@pytest.mark.parametrize("url", ["http://test", "https://test"])
async def test_both_cookies_are_out_of_reach(
    instance: Instance, make_settings: MakeSettings, alice: Person, url: str
) -> None:
    instance.settings = make_settings(public_url=url)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(sign_in_app(instance)), base_url=url, headers={"origin": url}
    ) as browser:
        answer = await sign_in(browser, alice)

    prefix = "__Host-" if url.startswith("https") else ""
    for line in answer.headers.get_list("set-cookie"):
        (cookie,) = SimpleCookie(line).values()
        assert cookie.key in (f"{prefix}pingpilot", f"{prefix}pingpilot-device")
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "lax", "/")
        assert (bool(cookie["secure"]), cookie["domain"]) == (bool(prefix), "")
        assert len(cookie.value) == 43  # 256 bits


async def test_a_cookie_that_was_planted_is_worth_nothing(
    browser: httpx.AsyncClient, alice: Person
) -> None:
    planted = new_token()
    browser.cookies["pingpilot"] = planted

    answer = await sign_in(browser, alice)

    assert answer.cookies["pingpilot"] != planted
    assert await session_of(f"pingpilot={planted}") is None


async def test_every_sign_in_has_a_cookie_of_its_own(instance: Instance, alice: Person) -> None:
    async with browser_of(instance) as one, browser_of(instance) as other:
        tokens = {(await sign_in(each, alice)).cookies["pingpilot"] for each in (one, other, one)}

    assert len(tokens) == 3


async def test_who_signs_in_after_somebody_else_ends_their_session(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    async with browser_of(instance, alice) as shared:
        answer = await sign_in(shared, charlie)

    session = await session_of(cookie_of(answer))
    assert session is not None
    assert session.email == charlie.email
    assert await session_of(alice.cookie) is None


@pytest.mark.parametrize(
    ("age", "unseen", "good"),
    [
        (timedelta(days=29), timedelta(days=6, hours=23), True),
        (timedelta(days=29), timedelta(days=7), False),
        (timedelta(days=30), timedelta(0), False),
        (timedelta(days=7), None, False),
        (timedelta(days=6), None, True),
    ],
)
async def test_a_session_ends_by_its_age_and_when_nobody_is_there(
    instance: Instance, alice: Person, age: timedelta, unseen: timedelta | None, good: bool
) -> None:
    user_id, token, at = await id_of(instance, alice), hash_token(new_token()), now()
    await instance.writer.run(None, add_session, token, user_id, at - age)
    if unseen is not None:
        await instance.writer.run(None, mark_seen, token, at - unseen)

    found = await instance.database.read(find_session, token, at)
    listed = await instance.database.read(list_sessions, user_id, at)

    assert (found is not None) == good
    assert (token in {one.hash for one in listed}) == good


async def test_how_long_is_the_operators_choice(
    instance: Instance, make_settings: MakeSettings, alice: Person
) -> None:
    chosen = make_settings(session_days=2, session_idle_days=1)
    instance.settings = instance.settings.model_copy(
        update={"session_days": chosen.session_days, "session_idle_days": chosen.session_idle_days}
    )
    async with browser_of(instance) as browser:
        answer = await sign_in(browser, alice)

    assert "Max-Age=172800" in answer.headers.get_list("set-cookie")[0]
    (row,) = await instance.database.read(_rows, hash_token(answer.cookies["pingpilot"]))
    assert row.expires_at - row.created_at == timedelta(days=2)
    at = now() - timedelta(days=1, seconds=1)
    idle = hash_token("idle")
    await instance.writer.run(None, add_session, idle, await id_of(instance, alice), at)
    assert await session_of("pingpilot=idle") is None


@pytest.mark.parametrize("name", ["session_days", "session_idle_days"])
@pytest.mark.parametrize("value", ["0", "366", "never"])
def test_a_limit_that_cannot_work_is_named(
    make_settings: MakeSettings, name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=name.upper()):
        make_settings(**{name: value})


def _rows(connection: Any, token_hash: bytes) -> list[Any]:
    found = connection.execute(sessions.select().where(sessions.c.token_hash == token_hash))
    return list(found)


async def test_housekeeping_deletes_sessions_that_ended(instance: Instance, alice: Person) -> None:
    old, user_id = hash_token("old"), await id_of(instance, alice)
    await instance.writer.run(None, add_session, old, user_id, now() - timedelta(days=31))

    assert await instance.writer.run(None, delete_sessions, now()) == 1
    assert await session_of(alice.cookie) is not None


async def test_one_person_cannot_fill_the_table(instance: Instance, alice: Person) -> None:
    user_id, count = await id_of(instance, alice), BROWSERS_MAX + 20
    for number in range(count):
        token, at = hash_token(str(number)), now() + timedelta(seconds=number)
        await instance.writer.run(None, add_session, token, user_id, at)

    found = await instance.database.read(list_sessions, user_id, now())
    assert len(found) == BROWSERS_MAX
    assert await session_of(f"pingpilot={count - 1}") is not None


async def test_another_address_renews_this_browser_and_ends_the_others(
    instance: Instance, alice: Person
) -> None:
    async with browser_of(instance) as other, browser_of(instance, alice) as hers:
        away = cookie_of(await sign_in(other, alice))
        await hers.post("/auth/email", data={"current": PASSWORD, "email": NEW})

        answer = await hers.post("/auth/verify", data={"token": await token_to(instance, NEW)})

    assert await session_of(alice.cookie) is None
    assert await session_of(away) is None
    session = await session_of(cookie_of(answer))
    assert session is not None
    assert session.email == NEW


@pytest.mark.parametrize("is_operator", [True, False])
async def test_who_becomes_operator_or_none_signs_in_anew(
    instance: Instance, elsewhere: Database, alice: Person, is_operator: bool
) -> None:
    assert await session_of(alice.cookie) is not None
    with elsewhere.transaction() as connection:
        set_operator(connection, alice.email, is_operator)
    await instance.watch.look()

    assert await session_of(alice.cookie) is None


class OpenState(Live, rx.State):
    """A page that is open."""

    async def _load(self, session: SessionView) -> None:
        """Shows nothing."""


class FinishedState(Live, rx.State):
    """A page that shows something which changes no more."""

    async def _load(self, session: SessionView) -> None:
        """Shows nothing."""

    def _is_over(self) -> bool:
        return True


End = Callable[[Instance, Database, Person], Any]


async def _sign_out(instance: Instance, _: Database, person: Person) -> None:
    async with browser_of(instance, person) as same:
        await same.post("/auth/logout")


async def _delete(instance: Instance, _: Database, person: Person) -> None:
    form = {"current": PASSWORD, "confirm": person.email, "understood": "on"}
    async with browser_of(instance, person) as same:
        assert place(await same.post("/auth/delete", data=form)) == "/login?done=deleted"


async def _end_from_another(instance: Instance, _: Database, person: Person) -> None:
    async with browser_of(instance) as other:
        cookie = cookie_of(await sign_in(other, person))
    await BrowsersState.end_others.fn(state_of(BrowsersState, cookie))


async def _command_line_password(instance: Instance, other: Database, person: Person) -> None:
    with other.transaction() as connection:
        set_password(connection, person.email, HASH)
    await instance.watch.look()


async def _command_line_removal(instance: Instance, other: Database, person: Person) -> None:
    with other.transaction() as connection:
        begin_removal(connection, person.account_id, now())
    await instance.watch.look()


async def _command_line_sign_out(instance: Instance, other: Database, person: Person) -> None:
    with other.transaction() as connection:
        assert sign_out_user(connection, await id_of(instance, person)) == 1
    await instance.watch.look()


async def _command_line_everybody(instance: Instance, other: Database, _: Person) -> None:
    with other.transaction() as connection:
        assert sign_out_everybody(connection) == 1
    await instance.watch.look()


async def _operator_signs_out(_: Instance, _other: Database, person: Person) -> None:
    state = state_of(AccountsState, person.cookie)  # who is an operator, and signs out herself too
    await AccountsState.ask_sign_out.fn(state, person.account_id)
    await AccountsState.sign_out.fn(state)


ENDS = [_sign_out, _delete, _end_from_another, _command_line_password, _command_line_removal]
ENDS += [_command_line_sign_out, _command_line_everybody, _operator_signs_out]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
@pytest.mark.parametrize("topic", ["account", "operator"])
async def test_open_pages_are_woken_and_leave_when_their_session_ends(
    instance: Instance, elsewhere: Database, alice: Person, end: End, topic: str
) -> None:
    """Whatever they watch, and although the session was seen a moment ago."""
    await instance.watch.look()
    session = await session_of(alice.cookie)
    assert session is not None
    state = state_of(OpenState, alice.cookie)
    assert await state._loaded()
    watched = alice.account_id if topic == "account" else topic

    async with _woken(watched, session.user_id) as wake:
        await end(instance, elsewhere, alice)

        assert wake.is_set()
        assert not await state._loaded()


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
async def test_pages_that_are_over_leave_too(
    instance: Instance, elsewhere: Database, alice: Person, end: End
) -> None:
    await instance.watch.look()
    session = await session_of(alice.cookie)
    assert session is not None
    state = state_of(FinishedState, alice.cookie)
    waiting = asyncio.ensure_future(state._signed_out(session))
    await asyncio.sleep(0)

    await end(instance, elsewhere, alice)

    async with asyncio.timeout(5):
        await waiting


async def test_a_look_that_began_before_the_end_is_not_believed_after_it(
    instance: Instance, alice: Person
) -> None:
    looking = asyncio.ensure_future(session_of(alice.cookie))
    async with browser_of(instance, alice) as same:
        await same.post("/auth/logout")
    await looking

    assert await session_of(alice.cookie) is None


async def test_a_session_of_an_account_that_is_going_is_none(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    await instance.writer.run(None, begin_removal, alice.account_id, now())
    instance.bus.publish_all()

    assert await session_of(alice.cookie) is None
    assert await session_of(charlie.cookie) is not None


async def test_who_is_deleted_while_signing_in_is_told_kindly(
    instance: Instance, enter: Enter
) -> None:
    bob = await enter("bob@example.org")
    async with browser_of(instance) as his:
        signing = asyncio.ensure_future(sign_in(his, bob))
        await instance.writer.run(None, begin_removal, bob.account_id, now())
        answer = await signing

    assert place(answer) in ("/login?error=later&next=%2Ffeed", "/login?error=wrong")
    assert "pingpilot" not in answer.cookies


async def test_every_act_is_written_down(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    await sign_in(browser, alice)
    form = {"current": PASSWORD, "password": FRESH}
    await browser.post("/auth/password", data=form)
    await browser.get("/auth/export")
    await browser.post("/auth/email", data={"current": FRESH, "email": NEW})
    await browser.post("/auth/verify", data={"token": await token_to(instance, NEW)})
    await browser.post("/auth/logout")
    await browser.post("/auth/forgot", data={"email": NEW})
    await browser.post(
        "/auth/reset", data={"token": await token_to(instance, NEW), "password": PASSWORD}
    )

    assert await acts_of(instance, alice.account_id) == [
        Action.SIGNED_IN,
        Action.PASSWORD_CHANGED,
        Action.SIGNED_IN,
        Action.ACCOUNT_EXPORTED,
        Action.EMAIL_CHANGED,
        Action.SIGNED_IN,
        Action.SIGNED_OUT,
        Action.PASSWORD_RESET,
        Action.SIGNED_IN,
    ]
    entries = await instance.database.read(list_entries, alice.account_id)
    assert {entry.client for entry in entries} == {"127.0.0.1"}
    assert {entry.actor for entry in entries} == {alice.email, NEW}


async def test_opening_and_deleting_an_account_are_written_down(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    form = {"email": "ada@example.org", "password": PASSWORD}
    await browser.post("/auth/signup", data=form)
    token = await token_to(instance, "ada@example.org")
    answer = await browser.post("/auth/verify", data={"token": token, "password": PASSWORD})
    session = await session_of(cookie_of(answer))
    assert session is not None

    assert await acts_of(instance, session.account_id) == [
        Action.ACCOUNT_OPENED,
        Action.EMAIL_PROVED,
        Action.SIGNED_IN,
    ]
    await browser.post("/auth/delete", data={"current": PASSWORD, "confirm": "ada@example.org"})
    assert await acts_of(instance, None) == [Action.ACCOUNT_REMOVED]


async def test_the_old_address_is_told_that_it_was_left(instance: Instance, alice: Person) -> None:
    async with browser_of(instance, alice) as hers:
        await hers.post("/auth/email", data={"current": PASSWORD, "email": NEW})
        await hers.post("/auth/verify", data={"token": await token_to(instance, NEW)})

    letters = await letters_to(instance, alice.email)
    assert letters[-1]["subject"] == "Your PingPilot address was changed"


async def test_signing_out_takes_back_the_cookie_and_what_the_browser_kept(
    instance: Instance, alice: Person
) -> None:
    """Not "cookies", by one of which the browser is known; not "storage", where the theme is."""
    async with browser_of(instance, alice) as same:
        answer = await same.post("/auth/logout")
    assert answer.headers["clear-site-data"] == '"cache"'
    assert "Max-Age=0" in answer.headers["set-cookie"]

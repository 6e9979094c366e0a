# ruff: noqa: F811  # fixtures of another folder come by import, and are asked for by name
"""The table of rights, asked of all that can be called: handlers, routes with the cookie, keys.

Each is called by an owner, an admin, a member and a viewer of one account, and by an outsider.
"""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import reflex as rx
from sqlalchemy import update

from pingpilot_app.api.app import create_api
from pingpilot_app.delivery.instance import Instance, current
from pingpilot_app.domain.api_key import Scope, hash_api_key, new_api_key
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Forbidden
from pingpilot_app.domain.role import SCOPE_RIGHTS, Right, Role, allows, refusal_of
from pingpilot_app.storage.api_keys import add_api_key, list_api_keys
from pingpilot_app.storage.categories import add_category, add_quick_start
from pingpilot_app.storage.destinations import set_enabled
from pingpilot_app.storage.sessions import SessionView, find_session
from pingpilot_app.storage.tables import memberships
from pingpilot_app.ui.access import Access, Needed, endpoint_of
from pingpilot_app.ui.exports import export_app
from pingpilot_app.ui.fresh_key import NewKey, make_key
from pingpilot_app.ui.guard import refusal
from pingpilot_app.ui.pages import add_pages  # noqa: F401  # defines all states
from pingpilot_app.ui.pages.keys import KeysState, acts
from pingpilot_app.ui.session import forget_user, hash_token
from pingpilot_app.ui.sign_in import sign_in_app
from tests.security.desk import (
    Desk,
    State,
    all_handlers,
    fitting,
    full_name,
    open_desk,
    parameters_of,
)
from tests.security.rows import Rows, all_rows
from tests.ui.conftest import (
    PASSWORD,
    Join,
    Person,
    alice,  # noqa: F401
    bob,  # noqa: F401
    charlie,  # noqa: F401
    enter,  # noqa: F401
    join,  # noqa: F401
    running,  # noqa: F401
    send_event,
    state_of,
    vera,  # noqa: F401
)

SECRET = "alices-own"

# What each state is for, and its handlers that are for somebody else.
TABLE: dict[str, tuple[Needed, dict[str, Needed]]] = {
    "AccountsState": (Access.OPERATORS, {"watch": Access.SIGNED_IN}),
    "ActivityState": (
        Right.ACTIVITY,
        dict.fromkeys(("watch", "ask_viewer", "hear_viewer"), Right.LOOK),
    ),
    "ActsState": (Access.OPERATORS, {"watch": Access.SIGNED_IN}),
    "BrowsersState": (Access.SIGNED_IN, {}),
    "CategoriesState": (Right.CATEGORIES, {"watch": Right.LOOK}),
    "CategoryState": (Right.LOOK, {}),
    "ChannelsState": (Right.CHANNELS, {"watch": Right.LOOK}),
    "ConfirmState": (Access.ANYBODY, {}),
    "EntranceState": (Access.ANYBODY, {}),
    "EscalationState": (Right.CATEGORIES, {"watch": Right.LOOK}),
    "ConversationState": (Right.RESPOND, {}),
    "EventState": (Right.RESEND, {"watch": Right.LOOK, "show_earlier": Right.LOOK}),
    "FailuresState": (Right.LOOK, {"replay": Right.RESEND}),
    "FeedState": (
        Right.LOOK,
        dict.fromkeys(("claim", "let_go", "resolve"), Right.RESPOND),
    ),
    "InvitesState": (Access.OPERATORS, {"watch": Access.SIGNED_IN}),
    "KeysState": (Right.KEYS, {"watch": Right.LOOK, "forget_key": Right.LOOK}),
    "LinkState": (Access.ANYBODY, {}),
    "OrderState": (Right.CHANNELS, {"watch": Right.LOOK}),
    "OwnChannelsState": (Right.OWN_CHANNELS, {"watch": Right.LOOK}),
    "JoinState": (Access.ANYBODY, {}),
    "TeamInvitesState": (Right.TEAM, {"watch": Right.LOOK}),
    "TeamState": (
        Right.TEAM,
        {
            **dict.fromkeys(("watch", "ask", "keep", "leave"), Right.LOOK),
            "hand_over": Right.ACCOUNT,
        },
    ),
    "WallState": (Access.ANYBODY, {}),
    "WallsState": (Right.WALLS, {"watch": Right.LOOK}),
    "OnboardingState": (Right.LOOK, {"quick_start": Right.CATEGORIES, "make_key": Right.KEYS}),
    "OperatorState": (Access.OPERATORS, {"watch": Access.SIGNED_IN}),
    "OverviewState": (Right.LOOK, {}),
    "PaletteState": (Right.LOOK, {}),
    "ProofState": (Access.SETTING_UP, {}),
    "QuotaState": (Right.LOOK, {}),
    "SandboxState": (Access.OPERATORS, {"watch": Access.SIGNED_IN}),
    "SecondFactorState": (Access.SETTING_UP, {}),
    "SettingsState": (
        Right.SETTINGS,
        {
            "watch": Right.LOOK,
            "spare": Right.LOOK,
            "note_zone": Access.SIGNED_IN,
            "choose_days": Access.SIGNED_IN,
            "call_me": Access.SIGNED_IN,
        },
    ),
    "ShellState": (Right.LOOK, {}),
}

HANDLERS = [(kind, name) for kind, name in all_handlers() if name != "setvar"]
# Those that a page begins, and no socket can call, are asked for by themselves below.
LIVE = [kind for kind, name in HANDLERS if name == "watch"]
CALLED = [(kind, name) for kind, name in HANDLERS if name != "watch"]

# What of a person is theirs alone, whatever their role.
OWN = {"user", "session", "membership", "audit", "token", "second_factor", "recovery_code"}

# Routes under /auth/ that are about the person who calls, not about the account.
PERSONAL = {
    "setup login logout signup verify forgot reset password email channel second-factor",
    "second-factor/begin second-factor/on second-factor/off second-factor/move",
    "second-factor/codes",
    "switch join join/sign-in join/open join/ask",
}

Team = Mapping[str, Person]


def name_of(value: Any) -> str:
    """Return how a test's parameter is called."""
    return str(getattr(value, "__name__", value))


def needed(kind: State, name: str) -> Needed:
    """Return what a handler needs, as it is declared."""
    endpoint = endpoint_of(full_name(kind, name))
    assert endpoint is not None
    return endpoint.access


def may(role: str, access: Needed) -> bool:
    """Tell whether the table lets them; an outsider is the owner of an account of their own."""
    if isinstance(access, Right):
        return role == "outsider" or allows(Role(role), access)
    return access is not Access.OPERATORS or role == "owner"  # who is the operator too


def sentence(access: Needed) -> str:
    """Return what somebody is told who may not."""
    return refusal_of(access) if isinstance(access, Right) else "Only operators"


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """Where events are handed in."""
    async with open_desk() as desk:
        yield desk


@pytest.fixture
async def team(
    instance: Instance, alice: Person, bob: Person, vera: Person, charlie: Person, join: Join
) -> Team:
    """Everybody, the least first; Alice's account has something of everything."""
    run, now, mine = instance.writer.run, datetime.now(UTC), alice.account_id
    await run(mine, add_quick_start, mine, now)
    await run(mine, add_category, mine, SECRET, 1, None, now)
    for channel in (Channel.DISCORD, Channel.TELEGRAM):
        await run(mine, set_enabled, mine, channel, False, now)
    await send_event(instance, alice, SECRET, f"{SECRET} event")
    adam = await join(alice, "adam@example.org", Role.ADMIN)
    return {"outsider": charlie, "viewer": vera, "member": bob, "admin": adam, "owner": alice}


async def session_of(person: Person) -> SessionView:
    """Return who is signed in as this person."""
    digest, now = hash_token(person.token), datetime.now(UTC)
    session = await current().database.read(find_session, digest, now)
    assert session is not None
    return session


def of_account(rows: Rows, user_id: str) -> Rows:
    """Return the rows without what is the person's own."""
    return {
        table: [row for row in found if table not in OWN or user_id not in row.values()]
        for table, found in rows.items()
    }


def arguments_for(kind: State, name: str, text: str) -> dict[str, Any]:
    """Return arguments that say `text` wherever they can."""
    return {one: fitting(type_, text) for one, type_ in parameters_of(kind, name).items()}


@pytest.mark.parametrize(("kind", "name"), HANDLERS, ids=name_of)
def test_every_handler_needs_what_the_table_says(kind: State, name: str) -> None:
    assert kind.__name__ in TABLE, "say in TABLE which right this state needs"
    usual, besides = TABLE[kind.__name__]

    assert needed(kind, name) == besides.get(name, usual)


@pytest.mark.parametrize(("kind", "name"), CALLED, ids=name_of)
async def test_a_handler_runs_for_those_alone_whom_the_table_lets(
    desk: Desk, team: Team, kind: State, name: str
) -> None:
    access = needed(kind, name)
    payload = arguments_for(kind, name, "discord")
    for role, person in team.items():
        before = await all_rows(current())
        told = await desk.call(kind, name, payload, person.cookie)
        after = await all_rows(current())

        assert (sentence(access) in told) is not may(role, access), role
        if not may(role, access):
            assert kind.get_full_name() not in told
            assert after == before, role


@pytest.mark.parametrize("kind", LIVE, ids=name_of)
async def test_a_page_opens_for_everybody_in_the_account(team: Team, kind: State) -> None:
    for person in team.values():
        assert refusal(needed(kind, "watch"), await session_of(person)) is None


@pytest.mark.parametrize(("kind", "name"), CALLED, ids=name_of)
async def test_a_viewer_changes_nothing_of_the_account(
    desk: Desk, team: Team, kind: State, name: str
) -> None:
    viewer = team["viewer"]
    user_id = (await session_of(viewer)).user_id
    before = await all_rows(current())
    (event,) = before["event"]
    (key,) = before["api_key"]
    own = set(kind.get_fields()) - set(rx.State.get_fields())
    held = [var for var in own if kind.get_fields()[var].default == ""]
    for text in ("discord", SECRET, event["id"], key["id"]):
        given = dict.fromkeys(held, text)
        await desk.call(kind, name, arguments_for(kind, name, text), viewer.cookie, given=given)

    after = await all_rows(current())
    assert of_account(after, user_id) == of_account(before, user_id)


@pytest.mark.parametrize("role", ["viewer", "member"])
async def test_even_without_the_guard_nobody_makes_a_key_that_may_more_than_they(
    team: Team, role: str
) -> None:
    session = await session_of(team[role])
    (key,) = await current().database.read(list_api_keys, session.account_id)

    for scope in Scope:
        with pytest.raises(Forbidden, match=re.escape(refusal_of(Right.KEYS))):
            await make_key(session, NewKey("theirs", [scope]))
    with pytest.raises(Forbidden):
        await acts.rotate(session, key.id, key.name, {})


async def test_what_was_shown_to_a_role_goes_with_it(instance: Instance, team: Team) -> None:
    admin = team["admin"]
    state = state_of(KeysState, admin.cookie)
    await KeysState.create.fn(state, {"name": "ci", "events:write": True})
    assert state.fresh_key

    session = await session_of(admin)
    await instance.writer.run(
        admin.account_id,
        lambda connection: connection.execute(
            update(memberships)
            .where(memberships.c.user_id == session.user_id)
            .values(role=Role.VIEWER)
        ),
    )
    forget_user(session.user_id)
    await state._show()

    assert (state.fresh_key, state.fresh_codes) == ("", {})
    assert [row.name for row in state.rows] == ["ci", "test"]


def browser_of(instance: Instance, person: Person | None) -> httpx.AsyncClient:
    """Return a browser that sends forms of our pages and asks for files."""
    sign_in, exports = sign_in_app(instance), export_app(instance)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await (exports if scope["path"].startswith("/export/") else sign_in)(scope, receive, send)

    cookies = {"pingpilot": person.token} if person else None
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://test",
        headers={"origin": "http://test"},
        cookies=cookies,
    )


def test_every_route_is_the_persons_own_or_in_the_table_below(instance: Instance) -> None:
    paths = {route.path.removeprefix("/auth/") for route in sign_in_app(instance).routes}  # type: ignore[attr-defined]

    assert paths == {*" ".join(PERSONAL).split(), "delete", "export"}


@pytest.mark.parametrize("kind", ["csv", "json"])
async def test_events_are_exported_by_those_who_may(
    instance: Instance, team: Team, kind: str
) -> None:
    for role, person in team.items():
        before = await all_rows(instance)
        async with browser_of(instance, person) as browser:
            answer = await browser.get(f"/export/categories/{SECRET}.{kind}")

        if role == "outsider":
            assert answer.status_code == 404
        elif may(role, Right.EXPORT):
            assert answer.status_code == 200
        else:
            assert (answer.status_code, answer.text) == (403, refusal_of(Right.EXPORT))
        if answer.status_code != 200:
            assert f"{SECRET} event" not in answer.text
            assert await all_rows(instance) == before


async def test_the_whole_account_is_copied_by_its_owner(instance: Instance, team: Team) -> None:
    for role, person in team.items():
        before = await all_rows(instance)
        async with browser_of(instance, person) as browser:
            answer = await browser.get("/auth/export")

        if may(role, Right.ACCOUNT):
            assert (SECRET in answer.text) is (role == "owner")
        else:
            assert (answer.status_code, answer.text) == (403, refusal_of(Right.ACCOUNT))
            assert await all_rows(instance) == before


async def test_the_account_is_deleted_by_its_owner(instance: Instance, team: Team) -> None:
    for role in ("viewer", "member", "admin", "owner"):
        person = team[role]
        form = {"current": PASSWORD, "confirm": person.email, "understood": "on"}
        before = await all_rows(instance)
        async with browser_of(instance, person) as browser:
            answer = await browser.post("/auth/delete", data=form)

        if role == "owner":
            assert answer.headers["location"] == "/login?done=deleted"
        else:
            assert (answer.status_code, answer.text) == (403, refusal_of(Right.ACCOUNT))
            assert await all_rows(instance) == before


# Method, path, and the right that the same takes in the dashboard. None: sending, which is no act
# of a person.
CALLS: list[tuple[str, str, Scope, Right | None]] = [
    ("POST", "/api/v1/event", Scope.EVENTS_WRITE, None),
    ("GET", "/api/v1/quota", Scope.EVENTS_READ, Right.LOOK),
    ("GET", "/api/v1/events", Scope.EVENTS_READ, Right.LOOK),
    ("GET", "/api/v1/events/{id}", Scope.EVENTS_READ, Right.LOOK),
    ("POST", "/api/v1/events/{id}/replay", Scope.EVENTS_WRITE, Right.RESEND),
    ("POST", "/api/v1/events/replay", Scope.EVENTS_WRITE, Right.RESEND),
    ("GET", "/api/v1/categories", Scope.CATEGORIES_MANAGE, Right.CATEGORIES),
    ("POST", "/api/v1/categories", Scope.CATEGORIES_MANAGE, Right.CATEGORIES),
    ("PATCH", "/api/v1/categories/{name}", Scope.CATEGORIES_MANAGE, Right.CATEGORIES),
    ("DELETE", "/api/v1/categories/{name}", Scope.CATEGORIES_MANAGE, Right.CATEGORIES),
]
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/api/v1/event"): {"category": SECRET},
    ("POST", "/api/v1/events/replay"): {"since": "2026-01-01T00:00:00Z"},
    ("POST", "/api/v1/categories"): {"name": "more", "color": "#112233"},
    ("PATCH", "/api/v1/categories/{name}"): {"emoji": "🐛"},
}


async def key_of(instance: Instance, person: Person, *scopes: Scope) -> str:
    """Add a key with these scopes to the person's account."""
    key, account_id = new_api_key(), person.account_id
    digest = hash_api_key(key, instance.pepper)
    what = (account_id, "scoped", key, digest, scopes, datetime.now(UTC))
    await instance.writer.run(account_id, add_api_key, *what)
    return key


async def call(instance: Instance, key: str, method: str, path: str) -> httpx.Response:
    """Call the API about what is Alice's."""
    (event,) = [
        row
        for row in (await all_rows(instance))["event"]
        if row["description"] == f"{SECRET} event"
    ]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(create_api(instance)), base_url="http://test"
    ) as client:
        return await client.request(
            method,
            path.format(id=event["id"], name=SECRET),
            headers={"Authorization": f"Bearer {key}"},
            json=BODIES.get((method, path)),
        )


def test_every_call_that_wants_a_key_is_in_the_table(instance: Instance) -> None:
    described = create_api(instance).openapi()["paths"]
    found = {
        (method.upper(), path)
        for path, methods in described.items()
        for method in methods
        if path.startswith("/api/") and not path.endswith("/stream")  # has tests of its own
    }

    assert found == {(method, path) for method, path, _, _ in CALLS}


@pytest.mark.parametrize(("method", "path", "scope", "right"), CALLS, ids=name_of)
async def test_a_key_may_what_its_scope_says_and_its_maker_may_do_it_too(
    instance: Instance, team: Team, method: str, path: str, scope: Scope, right: Right | None
) -> None:
    assert right is None or right in SCOPE_RIGHTS[scope]
    others = await key_of(instance, team["owner"], *(one for one in Scope if one is not scope))
    able = await key_of(instance, team["owner"], scope)
    before = await all_rows(instance)

    refused = await call(instance, others, method, path)

    assert (refused.status_code, scope.value in refused.text) == (403, True)
    assert await all_rows(instance) == before
    assert (await call(instance, able, method, path)).status_code != 403


@pytest.mark.parametrize(
    ("method", "path"), [(m, p) for m, p, _, _ in CALLS if "{" in p], ids=name_of
)
async def test_an_outsiders_key_finds_nothing(
    instance: Instance, team: Team, method: str, path: str
) -> None:
    key = await key_of(instance, team["outsider"], *Scope)
    before = await all_rows(instance)

    answer = await call(instance, key, method, path)

    assert answer.status_code == 404
    assert await all_rows(instance) == before

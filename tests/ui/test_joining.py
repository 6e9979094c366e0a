"""Joining a team by its forms, turning to another account, and leaving."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.role import Role
from pingpilot_app.domain.second_factor import new_secret
from pingpilot_app.storage.memberships import accounts_of, list_members
from pingpilot_app.storage.second_factor import begin, confirm
from pingpilot_app.storage.users import get_user, user_with
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.pages.entrance.join import JoinState
from pingpilot_app.ui.pages.keys import KeysState
from pingpilot_app.ui.pages.settings import SettingsState
from pingpilot_app.ui.pages.team import TeamInvitesState, TeamState
from pingpilot_app.ui.session import session_of
from pingpilot_app.ui.shell import ShellState
from tests.conftest import MakeSettings
from tests.ui.conftest import PASSWORD, Person, leads_to, says, state_of
from tests.ui.people import browser_of, house, letters_to, place, token_to

EVE = "eve@example.org"


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int]
) -> AsyncIterator[Instance]:
    """An instance that opens no accounts: an invite to a team is the owner's word."""
    async with house(make_settings, free_ports(), "first") as instance:
        yield instance


async def opened(kind: Any, person: Person, path: str = "/team") -> Any:
    state = state_of(kind, person.cookie, path)
    state._begin()
    await state._show()
    return state


async def invited(instance: Instance, person: Person, address: str, role: str = "member") -> str:
    """Invite by mail and return the link's token."""
    state = await opened(TeamInvitesState, person)
    answer = await TeamInvitesState.invite.fn(state, {"email": address, "role": role})
    assert says(answer, address), state.errors
    return await token_to(instance, address)


async def shared(person: Person, role: str = "member") -> str:
    """Make the link for anybody and return its token."""
    state = await opened(TeamInvitesState, person)
    await TeamInvitesState.make_link.fn(state, {"role": role})
    return str(state.link.partition("token=")[2])


async def roles(instance: Instance, person: Person) -> dict[str, str]:
    found = await instance.database.read(list_members, person.account_id)
    return {one.email: one.role.value for one in found}


async def shown(token: str, person: Person | None = None) -> JoinState:
    cookie = person.cookie if person else ""
    state = state_of(JoinState, cookie, f"/join#token={token}")
    await JoinState.read_address.fn(state)
    return state


async def test_an_invite_says_who_invites_to_what_and_a_wrong_one_nothing(
    instance: Instance, alice: Person
) -> None:
    token = await invited(instance, alice, EVE, "viewer")

    state = await shown(token)
    assert (state.account, state.by, state.role) == ("alice@example.org", "alice", "viewer")
    assert (state.address, state.has_login, state.me) == (EVE, False, "")
    wrong = await shown(token[:-1] + "_")
    assert (wrong.account, wrong.by, wrong.role, wrong.address) == ("", "", "", "")


async def test_who_has_no_login_joins_with_a_name_and_a_password(
    instance: Instance, alice: Person
) -> None:
    token = await invited(instance, alice, EVE, "viewer")
    form = {"token": token, "name": " Eve  E. ", "password": PASSWORD}
    async with browser_of(instance) as browser:
        assert place(await browser.post("/auth/join/open", data=form)) == "/feed"
        session = await session_of(f"pingpilot={browser.cookies['pingpilot']}")

    assert session is not None
    assert (session.account_id, session.role) == (alice.account_id, Role.VIEWER)
    assert (session.name, session.proven) == ("Eve E.", True)
    assert len(await instance.database.read(accounts_of, session.user_id)) == 1
    assert (await shown(token)).account == ""  # used up


async def test_who_has_a_login_signs_in_and_joins_at_once(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    token = await invited(instance, alice, charlie.email)
    async with browser_of(instance) as browser:
        data = {"token": token, "password": "not this one at all"}
        refused = place(await browser.post("/auth/join/sign-in", data=data))
        assert refused == f"/join?error=current&way=known#token={token}"
        data["password"] = PASSWORD
        assert place(await browser.post("/auth/join/sign-in", data=data)) == "/feed"
        session = await session_of(f"pingpilot={browser.cookies['pingpilot']}")

    assert session is not None
    assert session.account_id == alice.account_id
    assert (await roles(instance, alice))[charlie.email] == "member"


async def test_who_is_signed_in_presses_one_button(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    token = await shared(alice, "viewer")
    async with browser_of(instance, charlie) as browser:
        assert place(await browser.post("/auth/join", data={"token": token})) == "/feed"

    session = await session_of(charlie.cookie)
    assert session is not None
    assert (session.account_id, session.role) == (alice.account_id, Role.VIEWER)


async def test_an_invite_for_another_address_is_not_used(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    token = await invited(instance, alice, EVE)
    async with browser_of(instance, charlie) as browser:
        await browser.post("/auth/join", data={"token": token})

    assert charlie.email not in await roles(instance, alice)
    assert (await shown(token)).address == EVE


async def test_the_link_is_kept_through_the_second_step(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    user = await instance.database.read(user_with, charlie.email)
    assert user is not None
    app, before = pyotp.TOTP(new_secret()), now() - timedelta(minutes=2)
    await instance.writer.run(None, begin, user.id, app.secret, before)
    await instance.writer.run(None, confirm, user.id, app.at(before), ["abcd"], before)
    token = await shared(alice)
    async with browser_of(instance) as browser:
        data = {"token": token, "email": charlie.email, "password": PASSWORD}
        assert place(await browser.post("/auth/join/sign-in", data=data)) == "/second-factor"
        assert charlie.email not in await roles(instance, alice)
        data = {"code": app.now()}
        assert place(await browser.post("/auth/second-factor", data=data)) == "/join"
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    state = state_of(JoinState, cookie, "/join")
    await JoinState.read_address.fn(state)
    assert (state.me, state.token) == (charlie.email, token)


async def test_by_a_link_for_anybody_a_stranger_proves_the_address_first(
    instance: Instance, alice: Person
) -> None:
    token = await shared(alice)
    async with browser_of(instance) as browser:
        form = {"token": token, "email": EVE, "password": PASSWORD}
        assert place(await browser.post("/auth/join/open", data=form)).startswith("/join")
        answer = place(await browser.post("/auth/join/ask", data=form))
        assert answer == f"/join?done=sent#token={token}"
    own = await token_to(instance, EVE)

    assert EVE not in await roles(instance, alice)
    assert (await shown(own)).address == EVE


async def test_asking_for_a_link_says_nothing_of_who_is_here(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    token, answers = await shared(alice), []
    async with browser_of(instance) as browser:
        for address in (EVE, charlie.email, alice.email):
            form = {"token": token, "email": address}
            answers.append(place(await browser.post("/auth/join/ask", data=form)))
        void = await browser.post("/auth/join/ask", data={"token": "x" * 43, "email": EVE})

    assert len(set(answers)) == 1
    assert "done=sent" in place(void)
    assert len(await letters_to(instance, EVE)) == 1


async def test_a_stranger_is_slowed_down(instance: Instance, alice: Person) -> None:
    token = await shared(alice)
    async with browser_of(instance) as browser:
        for number in range(40):
            form = {"token": token, "email": f"guest{number}@example.org"}
            last = place(await browser.post("/auth/join/ask", data=form))

    assert "error=wait" in last


async def test_somebody_without_any_account_is_told_kindly(
    instance: Instance, alice: Person, bob: Person
) -> None:
    state = await opened(TeamState, alice)
    await TeamState.ask.fn(state, f"remove {next(r.id for r in state.rows if not r.is_me)}")
    await TeamState.remove.fn(state)

    async with browser_of(instance) as browser:
        form = {"email": bob.email, "password": PASSWORD}
        assert place(await browser.post("/auth/login", data=form)) == "/login?error=homeless"
    assert await session_of(bob.cookie) is None
    assert "removed you" in (await letters_to(instance, bob.email))[-1]["text"]


async def turn(instance: Instance, person: Person, account_id: str, origin: str = "") -> int:
    async with browser_of(instance, person) as browser:
        headers = {"origin": origin} if origin else None
        data = {"account": account_id}
        answer = await browser.post("/auth/switch", data=data, headers=headers)
        return answer.status_code


async def in_both(instance: Instance, alice: Person, charlie: Person) -> None:
    token = await shared(alice)
    async with browser_of(instance, charlie) as browser:
        await browser.post("/auth/join", data={"token": token})


async def test_a_browser_turns_between_the_accounts_of_its_person(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    await in_both(instance, alice, charlie)
    shell = await opened(ShellState, charlie)
    assert [(one.name, one.here) for one in shell.accounts] == [
        ("alice@example.org", True),
        ("charlie@example.org", False),
    ]

    await turn(instance, charlie, charlie.account_id)

    session = await session_of(charlie.cookie)
    assert session is not None
    assert (session.account_id, session.role) == (charlie.account_id, Role.OWNER)


async def test_nobody_turns_to_an_account_of_others(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    await turn(instance, charlie, alice.account_id)

    session = await session_of(charlie.cookie)
    assert session is not None
    assert session.account_id == charlie.account_id


async def test_a_foreign_page_turns_nobody(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    await in_both(instance, alice, charlie)

    assert await turn(instance, charlie, charlie.account_id, "http://evil.example") == 403


async def test_other_tabs_load_anew_in_the_account_that_is_turned_to(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    await in_both(instance, alice, charlie)
    tab = state_of(KeysState, charlie.cookie, "/keys")
    watching = asyncio.ensure_future(KeysState.watch.fn(tab))
    async with asyncio.timeout(10):
        while not tab.ready:  # noqa: ASYNC110  # nothing tells; no time passes
            await asyncio.sleep(0)
        await turn(instance, charlie, charlie.account_id)

        assert leads_to(await watching, "/keys")


async def test_a_role_that_changes_changes_what_a_page_offers(
    instance: Instance, alice: Person, bob: Person
) -> None:
    state = await opened(TeamState, alice)
    bobs = next(row.id for row in state.rows if row.email == bob.email)
    await TeamState.change_role.fn(state, bobs, "admin")

    assert "team" in (await opened(ShellState, bob)).rights
    assert (await roles(instance, alice))[bob.email] == "admin"


async def test_a_member_sees_the_team_and_no_invites(
    instance: Instance, alice: Person, bob: Person
) -> None:
    await invited(instance, alice, "mallory@example.org")

    state = await opened(TeamState, bob)
    assert [row.email for row in state.rows] == [alice.email, bob.email]
    assert not any(row.in_reach for row in state.rows)
    assert (await opened(TeamInvitesState, bob)).rows == []
    assert len((await opened(TeamInvitesState, alice)).rows) == 1


async def test_an_owner_cannot_leave_without_another(instance: Instance, alice: Person) -> None:
    state = await opened(TeamState, alice)
    await TeamState.ask.fn(state, "leave")

    assert says(await TeamState.leave.fn(state), "always has an owner")


async def test_who_takes_over_is_told(instance: Instance, alice: Person, bob: Person) -> None:
    state = await opened(TeamState, alice)
    bobs = next(row.id for row in state.rows if row.email == bob.email)
    await TeamState.ask.fn(state, f"hand over {bobs}")
    await TeamState.hand_over.fn(state)

    assert await roles(instance, alice) == {bob.email: "owner", alice.email: "admin"}
    assert "over to you" in (await letters_to(instance, bob.email))[-1]["text"]


async def test_one_question_answers_no_other(
    instance: Instance, alice: Person, bob: Person
) -> None:
    state = await opened(TeamState, alice)
    bobs = next(row.id for row in state.rows if row.email == bob.email)
    await TeamState.ask.fn(state, f"remove {bobs}")
    await TeamState.hand_over.fn(state)

    assert await roles(instance, alice) == {alice.email: "owner", bob.email: "member"}


async def test_colleagues_see_the_name_that_one_chose(
    instance: Instance, alice: Person, bob: Person
) -> None:
    await SettingsState.call_me.fn(await opened(SettingsState, bob), {"name": "Bob the Builder"})

    rows = (await opened(TeamState, alice)).rows
    assert "Bob the Builder" in {row.name for row in rows}
    state = await opened(SettingsState, bob)
    await SettingsState.call_me.fn(state, {"name": "x" * 61})
    assert "60" in state.errors["own_name"]["name"]


async def test_members_of_a_deleted_account_are_told_and_out(
    instance: Instance, alice: Person, bob: Person, charlie: Person
) -> None:
    await in_both(instance, alice, charlie)
    bobs, charlies = [await instance.database.read(user_with, one.email) for one in (bob, charlie)]
    assert bobs is not None
    assert charlies is not None
    async with browser_of(instance, alice) as browser:
        data = {"confirm": alice.email, "current": PASSWORD, "understood": "on"}
        assert place(await browser.post("/auth/delete", data=data)) == "/login?done=deleted"

    assert await session_of(bob.cookie) is None
    assert "login is deleted" in (await letters_to(instance, bob.email))[-1]["text"]
    assert "sign in as before" in (await letters_to(instance, charlie.email))[-1]["text"]
    assert await instance.database.read(get_user, bobs.id) is None
    assert await instance.database.read(get_user, charlies.id) is not None

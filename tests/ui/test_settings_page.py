"""What is set without the password: names, days, retention, browsers, invites."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.secret import hash_token, new_token
from pingpilot_app.storage.accounts import retention_of
from pingpilot_app.storage.links import list_invites
from pingpilot_app.storage.seed import seed_events
from pingpilot_app.storage.sessions import add_session, list_sessions
from pingpilot_app.storage.users import Preferences, preferences, user_with
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.pages.settings import BrowsersState, InvitesState, SettingsState
from pingpilot_app.ui.session import session_of
from tests.conftest import MakeSettings
from tests.ui.conftest import Person, says, state_of
from tests.ui.people import house, letters_to


@pytest.fixture
def signup() -> str:
    """Who may open an account. Tests replace it."""
    return "invite"


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int], signup: str
) -> AsyncIterator[Instance]:
    async with house(make_settings, free_ports(), signup) as instance:
        yield instance


async def shown(person: Person, query: str = "") -> SettingsState:
    state = state_of(SettingsState, person.cookie, f"/settings{query}")
    state._begin()
    assert await state._show()
    return state


async def id_of(instance: Instance, person: Person) -> str:
    user = await instance.database.read(user_with, person.email)
    assert user is not None
    return user.id


async def another_browser(instance: Instance, person: Person, agent: str = "Firefox") -> str:
    """Sign the person in once more and return the `Cookie` header."""
    token, user_id = new_token(), await id_of(instance, person)
    await instance.writer.run(
        None, add_session, hash_token(token), user_id, now(), user_agent=agent
    )
    return f"pingpilot={token}"


async def test_the_account_gets_another_name(alice: Person) -> None:
    state = await shown(alice)

    answer = await SettingsState.rename.fn(state, {"name": "  Analytical   Engines "})

    assert says(answer, "new name")
    session = await session_of(alice.cookie)
    assert session is not None
    assert session.account_name == state.account_name == "Analytical Engines"


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x07b"])
async def test_a_name_that_is_none_is_told_at_its_field(alice: Person, name: str) -> None:
    state = await shown(alice)

    await SettingsState.rename.fn(state, {"name": name})

    assert "1 to 80" in state.errors["name"]["name"]


async def test_days_are_counted_as_chosen(instance: Instance, alice: Person) -> None:
    state = await shown(alice)

    await SettingsState.choose_days.fn(state, {"time_zone": "Asia/Tokyo", "week_start": "6"})

    chosen = await instance.database.read(preferences, await id_of(instance, alice))
    assert chosen == Preferences("Asia/Tokyo", 6)


async def test_days_are_the_browsers_at_first(instance: Instance, alice: Person) -> None:
    chosen = await instance.database.read(preferences, await id_of(instance, alice))

    assert chosen == Preferences(None, None)


@pytest.mark.parametrize("form", [{"time_zone": "Mars/Olympus"}, {"week_start": "9"}])
async def test_a_zone_that_is_none_is_refused(
    instance: Instance, alice: Person, form: dict[str, str]
) -> None:
    state = await shown(alice)

    await SettingsState.choose_days.fn(state, form)

    assert state.errors["time"]
    chosen = await instance.database.read(preferences, await id_of(instance, alice))
    assert chosen == Preferences(None, None)


@pytest.mark.parametrize(("text", "days"), [("30", 30), ("", None), ("forever", 36_500)])
async def test_events_are_kept_as_long_as_chosen(
    instance: Instance, alice: Person, text: str, days: int | None
) -> None:
    state = await shown(alice)

    await SettingsState.keep_events.fn(state, {"days": text})

    assert await instance.database.read(retention_of, alice.account_id) == days


@pytest.mark.parametrize("text", ["0", "-1", "36501", "9" * 40, "a week", "²"])
async def test_days_that_cannot_be_are_told_at_their_field(alice: Person, text: str) -> None:
    state = await shown(alice)

    await SettingsState.keep_events.fn(state, {"days": text})

    assert "whole number" in state.errors["retention"]["days"]


async def test_where_events_would_go_it_asks_first(instance: Instance, alice: Person) -> None:
    await instance.writer.run(None, seed_events, 20, now())  # in the last 90 days
    state = await shown(alice)

    await SettingsState.keep_events.fn(state, {"days": "1"})

    assert (state.doomed_days, state.doomed_events) == (1, 20)
    assert await instance.database.read(retention_of, alice.account_id) is None
    await SettingsState.let_go.fn(state)
    assert await instance.database.read(retention_of, alice.account_id) == 1


async def test_who_cancels_keeps_the_events(instance: Instance, alice: Person) -> None:
    await instance.writer.run(None, seed_events, 20, now())
    state = await shown(alice)
    await SettingsState.keep_events.fn(state, {"days": "1"})

    await SettingsState.spare.fn(state)
    await SettingsState.let_go.fn(state)

    assert await instance.database.read(retention_of, alice.account_id) is None


async def test_codes_of_the_forms_are_told_at_their_fields(alice: Person) -> None:
    state = await shown(alice, "?error=current&form=password")

    assert "not your password" in state.errors["password"]["current"]
    assert (await shown(alice, "?error=current&form=nonsense")).errors["password"] == {}


async def test_the_only_operator_is_told(alice: Person, charlie: Person) -> None:
    hers, his = await shown(alice), await shown(charlie)

    assert (hers.only_operator, hers.only_person, his.only_operator) == (True, False, False)


async def test_this_browser_is_first_among_them(instance: Instance, alice: Person) -> None:
    await another_browser(instance, alice, "Mozilla/5.0 (Windows NT 10.0) Edg/120")
    state = state_of(BrowsersState, alice.cookie)
    await state._show()

    assert [(row.is_this, row.device) for row in state.rows] == [
        (True, "A browser"),
        (False, "Edge on Windows"),
    ]


async def test_a_revoked_browser_is_out_at_once(instance: Instance, alice: Person) -> None:
    other = await another_browser(instance, alice)
    assert await session_of(other) is not None
    state = state_of(BrowsersState, alice.cookie)
    await state._show()

    await BrowsersState.end.fn(state, state.rows[1].reference)

    assert await session_of(other) is None
    assert await session_of(alice.cookie) is not None


async def test_all_other_browsers_go_together(instance: Instance, alice: Person) -> None:
    others = [await another_browser(instance, alice) for _ in range(3)]
    state = state_of(BrowsersState, alice.cookie)

    answer = await BrowsersState.end_others.fn(state)

    assert says(answer, "Signed 3 out")
    assert [await session_of(one) for one in others] == [None] * 3
    assert await session_of(alice.cookie) is not None


async def test_somebody_elses_browser_stays(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    (his,) = await instance.database.read(list_sessions, await id_of(instance, charlie), now())
    state = state_of(BrowsersState, alice.cookie)

    await BrowsersState.end.fn(state, his.reference)

    assert await session_of(charlie.cookie) is not None


async def test_a_browser_is_noted_as_seen_once_in_some_minutes(
    instance: Instance, alice: Person
) -> None:
    user_id, token = await id_of(instance, alice), new_token()
    long_ago = now() - timedelta(hours=1)
    await instance.writer.run(None, add_session, hash_token(token), user_id, long_ago)

    await session_of(f"pingpilot={token}")

    found = await instance.database.read(list_sessions, user_id, now())
    seen = next(one.last_seen_at for one in found if one.hash == hash_token(token))
    assert seen is not None
    assert now() - seen < timedelta(minutes=1)


async def test_an_operator_invites(instance: Instance, alice: Person) -> None:
    state = state_of(InvitesState, alice.cookie)

    await InvitesState.create.fn(state, {"email": "Eve@Example.org"})

    assert state.link.startswith("http://localhost:8000/signup#invite=")
    assert [row.address for row in state.rows] == ["eve@example.org"]
    (letter,) = await letters_to(instance, "eve@example.org")
    assert state.link in letter["text"]


async def test_an_invite_is_withdrawn(instance: Instance, alice: Person) -> None:
    state = state_of(InvitesState, alice.cookie)
    await InvitesState.create.fn(state, {"email": "eve@example.org"})

    await InvitesState.withdraw.fn(state, "eve@example.org")

    assert (state.rows, state.link) == ([], "")


@pytest.mark.parametrize("address", ["alice@example.org", "no address", ""])
async def test_who_cannot_be_invited_is_told_at_the_field(alice: Person, address: str) -> None:
    state = state_of(InvitesState, alice.cookie)

    await InvitesState.create.fn(state, {"email": address})

    assert state.errors["email"]


async def test_who_is_no_operator_invites_nobody(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    hers, his = state_of(InvitesState, alice.cookie), state_of(InvitesState, charlie.cookie)
    await InvitesState.create.fn(hers, {"email": "eve@example.org"})

    await InvitesState.create.fn(his, {"email": "mallory@example.org"})
    await InvitesState.withdraw.fn(his, "eve@example.org")
    await his._show()

    assert (his.allowed, his.rows, his.link) == (False, [], "")
    (invite,) = await instance.database.read(list_invites, now())
    assert invite.address == "eve@example.org"


@pytest.mark.parametrize("signup", ["first"])
async def test_a_closed_instance_invites_nobody(instance: Instance, alice: Person) -> None:
    state = state_of(InvitesState, alice.cookie)

    await InvitesState.create.fn(state, {"email": "eve@example.org"})

    assert await instance.database.read(list_invites, now()) == []

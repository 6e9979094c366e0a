"""The audit log's page and its files: for those who may see them, and only what is asked for."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import Connection

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.role import Role
from pingpilot_app.storage.audit import add_entry, list_entries
from pingpilot_app.ui import activity_export
from pingpilot_app.ui.activity_export import activity_routes
from pingpilot_app.ui.exports import export_app
from pingpilot_app.ui.pages.activity import ActivityState
from tests.ui.conftest import Join, Person, leads_to, state_of

EVE = Actor("eve@example.org", "usr_2", "192.0.2.9")


@pytest.fixture
async def files(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the export routes that nobody is signed in with."""
    app = export_app(instance, *activity_routes(instance))
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def note(instance: Instance, person: Person, *entries: tuple[Action, Actor, str]) -> None:
    """Write down acts in the person's account, the oldest first."""

    def write(connection: Connection) -> None:
        for action, actor, subject in entries:
            entry = Entry(action, actor, person.account_id, subject, {"by": "=1+1"})
            add_entry(connection, entry, datetime.now(UTC))

    await instance.writer.run(None, write)


@pytest.fixture
async def hers(instance: Instance, alice: Person) -> Person:
    """Alice, whose log has three entries."""
    me = Actor(alice.email)
    await note(
        instance,
        alice,
        (Action.CATEGORY_CREATED, me, "bug"),
        (Action.KEY_CREATED, EVE, "Web shop"),
        (Action.OWN_CHANNEL_SET, EVE, "=Discord"),
    )
    return alice


async def shown(person: Person, query: str = "") -> ActivityState:
    """Return the page as a person in Vienna sees it."""
    state = state_of(ActivityState, person.cookie, f"/activity{query}")
    state._begin()
    await state._show()
    await ActivityState.hear_viewer.fn(state, ["Europe/Vienna", 1])
    return state


def whats(state: ActivityState) -> list[str]:
    return [row.what for row in state.rows]


async def test_the_address_says_what_is_shown(instance: Instance, hers: Person) -> None:
    assert len((await shown(hers)).rows) == 3
    by_eve = await shown(hers, "?who=eve%40example.org&kind=keys")
    assert whats(by_eve) == ["made the API key Web shop"]
    assert by_eve.filtered
    assert whats(await shown(hers, "?kind=channels")) == ["set where their own =Discord goes"]
    assert whats(await shown(hers, "?q=BU")) == ["added the category bug"]
    assert len((await shown(hers, "?kind=nothing&since=yesterday")).rows) == 3


async def test_days_are_the_viewers(instance: Instance, hers: Person) -> None:
    state = await shown(hers, "?since=2026-03-29&until=2026-03-29")

    # The day when clocks in Vienna go forward has 23 hours.
    assert "since=2026-03-29T00%3A00%3A00%2B01%3A00" in state.csv
    assert "until=2026-03-30T00%3A00%3A00%2B02%3A00" in state.csv
    assert state.rows == []
    assert len((await shown(hers, "?since=2026-01-01&until=2099-12-31")).rows) == 3


async def test_a_form_leads_to_the_address(instance: Instance, hers: Person) -> None:
    state = await shown(hers)
    form = {"who": EVE.name, "kind": "keys", "q": "a b", "since": "2026-03-01", "until": "x"}

    answer = await ActivityState.narrow.fn(state, form)

    path = "/activity?who=eve%40example.org&kind=keys&q=a+b&since=2026-03-01"
    assert leads_to(answer, path)


async def test_whoever_did_something_can_be_chosen(instance: Instance, hers: Person) -> None:
    assert (await shown(hers)).actors == [hers.email, EVE.name]
    assert (await shown(hers, "?who=nobody")).actors[0] == "nobody"


async def test_members_and_viewers_see_nothing(
    instance: Instance, hers: Person, bob: Person, vera: Person
) -> None:
    for person in (bob, vera):
        state = await shown(person, "?q=bug")
        assert (state.ready, state.allowed, state.rows, state.csv) == (True, False, [], "")


async def test_an_admin_sees_it(instance: Instance, hers: Person, join: Join) -> None:
    adam = await join(hers, "adam@example.org", Role.ADMIN)

    assert len((await shown(adam)).rows) == 3


async def get(files: httpx.AsyncClient, person: Person, path: str) -> httpx.Response:
    return await files.get(f"/export/activity.{path}", headers={"cookie": person.cookie})


def cells(response: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


async def test_a_file_has_what_the_page_shows_and_no_formula(
    instance: Instance, hers: Person, files: httpx.AsyncClient
) -> None:
    response = await get(files, hers, "csv?who=eve%40example.org")

    assert response.headers["content-disposition"] == 'attachment; filename="activity.csv"'
    assert response.headers["cache-control"] == "no-store"
    newest, oldest = cells(response)
    assert (oldest["who"], oldest["what"], oldest["from"]) == (
        *(EVE.name, "made the API key Web shop", "192.0.2.9"),
    )
    assert (newest["subject"], newest["detail"]) == ("'=Discord", "by: =1+1")


async def test_json_has_the_same(
    instance: Instance, hers: Person, files: httpx.AsyncClient
) -> None:
    (found,) = (await get(files, hers, "json?q=shop")).json()

    assert (found["action"], found["subject"], found["detail"]) == (
        *("key.created", "Web shop", {"by": "=1+1"}),
    )


async def test_a_file_has_all_pages_once(
    instance: Instance, hers: Person, files: httpx.AsyncClient
) -> None:
    count = activity_export.PAGE + 3
    await note(instance, hers, *[(Action.KEY_CREATED, EVE, str(n)) for n in range(count)])

    subjects = [one["subject"] for one in (await get(files, hers, "json?kind=keys")).json()]

    assert subjects == [*map(str, reversed(range(count))), "Web shop"]


async def test_taking_a_file_is_written_down(
    instance: Instance, hers: Person, files: httpx.AsyncClient
) -> None:
    await get(files, hers, "csv?kind=keys")

    newest = (await instance.database.read(list_entries, hers.account_id))[0]
    assert (newest.action, newest.actor, newest.client) == (
        *(Action.ACTIVITY_EXPORTED, hers.email, "192.0.2.7"),
    )
    assert newest.detail == {"file": "csv", "kind": "keys"}


@pytest.mark.parametrize("who", ["bob", "vera"])
async def test_who_may_not_see_it_gets_no_file(
    instance: Instance,
    hers: Person,
    files: httpx.AsyncClient,
    bob: Person,
    vera: Person,
    who: str,
) -> None:
    response = await get(files, {"bob": bob, "vera": vera}[who], "csv")

    assert (response.status_code, "owners and admins" in response.text) == (403, True)
    assert len(await instance.database.read(list_entries, hers.account_id)) == 3


async def test_an_outsiders_file_is_of_their_own_account(
    instance: Instance, hers: Person, charlie: Person, files: httpx.AsyncClient
) -> None:
    (own,) = (await get(files, charlie, "json")).json()

    assert own["action"] == "activity.exported"


async def test_who_is_not_signed_in_is_led_to_sign_in(files: httpx.AsyncClient) -> None:
    response = await files.get("/export/activity.csv")

    assert (response.status_code, response.headers["location"]) == (
        *(303, "/login?next=%2Factivity"),
    )


@pytest.mark.parametrize(
    ("path", "status"), [("xml", 404), ("csv?since=2026-03-01", 422), ("json?until=x", 422)]
)
async def test_what_is_no_file_is_refused(
    instance: Instance, hers: Person, files: httpx.AsyncClient, path: str, status: int
) -> None:
    assert (await get(files, hers, path)).status_code == status

"""The page of a category: whose day it is, what moves and what does not."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.event import EventStatus
from pingpilot_app.domain.ids import id_at
from pingpilot_app.domain.period import Period
from pingpilot_app.storage.categories import find_category
from pingpilot_app.storage.rollups import Changes
from pingpilot_app.storage.table import Order
from pingpilot_app.storage.tables import events
from pingpilot_app.ui.pages.category import CategoryState
from pingpilot_app.ui.pages.category.listing import PAGE
from pingpilot_app.ui.pages.category.view import View, view_of
from tests.ui.conftest import Person, state_of
from tests.ui.test_exports import send
from tests.ui.test_feed import prepare


async def opened(person: Person, path: str, zone: str = "UTC", first_day: int = 1) -> CategoryState:
    """Return the page as it is once the browser has told where it is."""
    state = state_of(CategoryState, person.cookie, path)
    state._begin()
    await CategoryState.hear_viewer.fn(state, [zone, first_day])
    return state


async def put(instance: Instance, person: Person, at: datetime, **fields: Any) -> None:
    """Store an event of the category `bug` as if it had come then."""
    account_id = person.account_id

    def store(connection: Any) -> None:
        category_id = find_category(connection, account_id, "bug").id
        row = {"id": id_at("evt", at), "account_id": account_id, "category_id": category_id}
        more = {"description": "x", "status": EventStatus.DELIVERED, "created_at": at}
        connection.execute(events.insert().values(**row, **more, fields=fields))
        changes = Changes()
        changes.accepted(account_id, category_id, at, fields, EventStatus.DELIVERED)
        changes.store(connection)

    await instance.writer.run(account_id, store)


def named(state: CategoryState, name: str) -> dict[str, str]:
    (card,) = [card for card in state.cards if card.name == name]
    return {"sum": card.total, "average": card.average, "min": card.least, "max": card.greatest}


def goes_to(answer: Any, path: str) -> bool:
    """Tell whether a handler had the browser show an address, and the page what it asks for."""
    script, reload = answer
    return f'"{path}"' in str(script.args) and reload is CategoryState.show_new


async def test_nothing_is_shown_before_the_viewer_is_known(
    instance: Instance, alice: Person
) -> None:
    await prepare(instance, alice)
    state = state_of(CategoryState, alice.cookie, "/categories/bug")
    state._begin()

    assert await state._show()

    assert not state.ready
    assert state.tabs == []


async def test_without_an_event_the_page_listens(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    state = await opened(alice, "/categories/Bug")
    assert (state.ready, state.started, state.missing) == (True, False, False)
    assert '"category": "bug"' in state.command

    await send(instance, alice, {"fields": {"n": 1}})
    await state._show()

    assert (state.started, len(state.rows), state.counts["total"]) == (True, 1, "1")


@pytest.mark.parametrize("path", ["/categories/nothing", "/categories/%00", "/categories/"])
async def test_an_unknown_category_is_told(instance: Instance, alice: Person, path: str) -> None:
    await prepare(instance, alice)

    assert (await opened(alice, path)).missing


async def test_a_category_of_another_account_is_unknown(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    await prepare(instance, alice)
    await send(instance, alice, {})

    state = await opened(charlie, "/categories/bug")

    assert (state.missing, state.rows, state.counts) == (True, [], {})


async def test_numbers_are_summed_up_over_the_whole_period(
    instance: Instance, alice: Person
) -> None:
    await prepare(instance, alice)
    fields: list[dict[str, Any]] = [{"n": 0.1}, {"n": 0.2}, {"n": 0, "ok": True}, {"n": "text"}]
    await send(instance, alice, *[{"fields": one} for one in fields])

    state = await opened(alice, "/categories/bug")

    assert named(state, "n") == {"sum": "0.3", "average": "0.1", "min": "0", "max": "0.2"}
    assert [card.name for card in state.cards] == ["n"]  # true and false are no numbers


async def test_columns_are_those_of_all_events(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send(instance, alice, {"fields": {"a": 0}}, {"fields": {"b": False, "a": 1}})

    state = await opened(alice, "/categories/bug")

    assert [column.name for column in state.columns] == ["Time", "Status", "Description", "a", "b"]
    assert [row.cells for row in state.rows] == [["1", "false"], ["0", ""]]
    assert [column.sort for column in state.columns[:2]] == ["descending", "none"]


async def test_today_is_the_viewers(instance: Instance, alice: Person) -> None:
    """Somewhere it is always another day than 20 hours ago, and somewhere it is not."""
    await prepare(instance, alice)
    now = datetime.now(UTC)
    since = now - timedelta(hours=10)
    await put(instance, alice, since, n=1)

    def has_begun_since(zone: str) -> bool:
        hours = {"Etc/GMT+12": -12, "Etc/GMT-14": 14, "UTC": 0}[zone]
        day = timedelta(hours=hours)
        return (now + day).date() == (since + day).date()

    for zone in ("Etc/GMT+12", "Etc/GMT-14", "UTC"):
        state = await opened(alice, "/categories/bug", zone)
        assert state.counts["total"] == ("1" if has_begun_since(zone) else "0"), zone
        assert len(state.rows) == int(state.counts["total"])


async def test_another_zone_counts_anew(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send(instance, alice, {})
    state = await opened(alice, "/categories/bug")
    before = state.csv

    await CategoryState.hear_viewer.fn(state, ["Asia/Kathmandu", 1])

    assert "%2B05%3A45" in state.csv
    assert state.csv != before


async def test_sorting_leads_to_an_address(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send(instance, alice, *[{"fields": {"n": n}} for n in (2, 1, 3)])
    state = await opened(alice, "/categories/bug?q=bug")

    answer = await CategoryState.sort_by.fn(state, "fields.n")

    assert goes_to(answer, "/categories/bug?q=bug&sort=fields.n&dir=asc")
    assert state.busy
    state = await opened(alice, "/categories/bug?sort=fields.n&dir=asc")
    assert [row.cells for row in state.rows] == [["1"], ["2"], ["3"]]
    again = await CategoryState.sort_by.fn(state, "fields.n")
    assert goes_to(again, "/categories/bug?sort=fields.n&dir=desc")


async def test_a_search_finds_words(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send(instance, alice, {"description": "a cat"}, {"description": "a dog"})
    state = await opened(alice, "/categories/bug")

    assert goes_to(await CategoryState.search.fn(state, " dog "), "/categories/bug?q=dog")

    state = await opened(alice, "/categories/bug?q=dog")
    assert ([row.description for row in state.rows], state.text) == (["a dog"], "dog")
    assert "q=dog" in state.csv
    assert goes_to(await CategoryState.clear.fn(state), "/categories/bug")


async def test_the_next_page_follows_the_last_row(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send(instance, alice, *[{"description": str(n)} for n in range(PAGE + 2)])
    first = await opened(alice, "/categories/bug")

    second = await opened(alice, first.older)

    assert [row.description for row in second.rows] == ["1", "0"]
    assert (second.first, second.older) == ("/categories/bug#events", "")
    await send(instance, alice, {"description": "new"})
    await second._show()
    assert [row.description for row in second.rows] == ["1", "0"]
    assert second.counts["total"] == str(PAGE + 3)


async def test_under_the_pointer_no_row_moves(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send(instance, alice, {"description": "old"})
    state = await opened(alice, "/categories/bug")
    await CategoryState.hold.fn(state)
    await send(instance, alice, {"description": "new"})

    await state._show()
    assert ([row.description for row in state.rows], state.waiting) == (["old"], "1 new ↑")
    assert state.counts["total"] == "2"

    await CategoryState.release.fn(state)
    assert ([row.description for row in state.rows], state.waiting) == (["new", "old"], "")


async def test_a_sorted_table_is_sorted_again_when_asked(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send(instance, alice, {"fields": {"n": 2}})
    state = await opened(alice, "/categories/bug?sort=fields.n&dir=asc")
    await send(instance, alice, {"fields": {"n": 1}})

    await state._show()
    assert ([row.cells for row in state.rows], bool(state.waiting)) == ([["2"]], True)

    await CategoryState.show_new.fn(state)
    assert ([row.cells for row in state.rows], state.waiting) == ([["1"], ["2"]], "")


async def test_a_period_leads_to_an_address(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send(instance, alice, {})

    state = await opened(alice, "/categories/bug?period=week")

    assert [tab.path for tab in state.tabs] == [
        "/categories/bug",
        "/categories/bug?period=week",
        "/categories/bug?period=month",
    ]
    assert [tab.here for tab in state.tabs] == [False, True, False]


ODD = 'a&b=c #"ü🐛%'


@pytest.mark.parametrize(
    "view",
    [
        View("bug"),
        View("bug", Period.MONTH, Order("status", False), "a & b", "evt_" + "0" * 26),
        View("bug", order=Order(f"fields.{ODD}", True), text=ODD),
        View("bug", order=Order("time", False)),
    ],
)
def test_every_view_has_an_address(view: View) -> None:
    parts = urlsplit(view.path)

    assert view_of(parts.path, dict(parse_qsl(parts.query))) == view


@pytest.mark.parametrize(
    "query",
    [
        {"period": "century"},
        {"sort": "fields."},
        {"sort": "fields." + "x" * 257},
        {"sort": "id; drop table"},
        {"sort": "fields.\x00"},
        {"after": "evt_x"},
        {"q": "\x00"},
        {"dir": "sideways"},
    ],
)
def test_what_an_address_asks_in_vain_is_left_out(query: dict[str, str]) -> None:
    assert view_of("/categories/bug/", query) == View("bug")

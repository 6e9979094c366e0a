"""Another address, the export, and leaving."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import DEFAULT_SCOPES, Scope, hash_api_key, new_api_key
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Unauthorized
from pingpilot_app.storage.api_keys import add_api_key
from pingpilot_app.storage.categories import add_quick_start
from pingpilot_app.storage.destinations import get_destination, set_enabled
from pingpilot_app.storage.tables import accounts, api_keys, events, users
from pingpilot_app.storage.users import user_with
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.first_account import Freshness
from pingpilot_app.ui.session import session_of
from pingpilot_app.ui.sign_in import own_account
from tests.conftest import MakeSettings
from tests.ui.conftest import PASSWORD, Enter, Person, send_event
from tests.ui.people import browser_of, house, letters_to, place, token_to

NEW = "new@example.org"


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int]
) -> AsyncIterator[Instance]:
    async with house(make_settings, free_ports(), "open") as instance:
        yield instance


@pytest.fixture
async def hers(instance: Instance, alice: Person) -> AsyncIterator[httpx.AsyncClient]:
    """Alice's browser."""
    async with browser_of(instance, alice) as browser:
        yield browser


async def ask(browser: httpx.AsyncClient, address: str, password: str = PASSWORD) -> str:
    form = {"email": address, "current": password}
    return place(await browser.post("/auth/email", data=form))


async def with_events(instance: Instance, person: Person, count: int) -> list[str]:
    """Send events by email alone, and wait until they have arrived."""
    account_id, run = person.account_id, instance.writer.run
    await run(account_id, add_quick_start, account_id, now())
    for channel in (Channel.DISCORD, Channel.TELEGRAM):
        await run(account_id, set_enabled, account_id, channel, False, now())
    return [await send_event(instance, person, "bug", f"Event {n}") for n in range(count)]


async def rows_of(instance: Instance, account_id: str) -> dict[str, int]:
    def count(connection):
        tables = {"account": accounts.c.id, "event": events.c.account_id}
        tables["key"] = api_keys.c.account_id
        found = {name: key == account_id for name, key in tables.items()}
        return {
            name: len(connection.execute(key.table.select().where(found[name])).all())
            for name, key in tables.items()
        }

    return await instance.database.read(count)


async def test_the_address_changes_when_the_new_one_is_confirmed(
    instance: Instance, hers: httpx.AsyncClient, alice: Person
) -> None:
    assert await ask(hers, NEW) == "/settings?done=email-sent"
    before = await session_of(alice.cookie)

    answer = await hers.post("/auth/verify", data={"token": await token_to(instance, NEW)})

    after = await session_of(f"pingpilot={answer.cookies['pingpilot']}")
    assert place(answer) == "/settings?done=address"
    assert before is not None
    assert after is not None
    assert (before.email, after.email, after.account_name) == (alice.email, NEW, NEW)


async def test_the_old_address_is_told_before(
    instance: Instance, hers: httpx.AsyncClient, alice: Person
) -> None:
    await ask(hers, NEW)

    (letter,) = await letters_to(instance, alice.email)
    assert NEW in letter["text"]
    assert "reset your password" in letter["text"]


async def test_alerts_stay_where_they_were(
    instance: Instance, hers: httpx.AsyncClient, alice: Person
) -> None:
    await ask(hers, NEW)
    await hers.post("/auth/verify", data={"token": await token_to(instance, NEW)})

    found = await instance.database.read(get_destination, alice.account_id, Channel.EMAIL)
    assert (found.address, found.ready) == (alice.email, True)


@pytest.mark.parametrize(
    ("address", "password", "code"),
    [
        (NEW, "not this one at all", "current"),
        ("no address", PASSWORD, "email"),
        ("alice@example.org", PASSWORD, "same"),
    ],
)
async def test_what_is_wrong_changes_nothing(
    instance: Instance, hers: httpx.AsyncClient, address: str, password: str, code: str
) -> None:
    assert await ask(hers, address, password) == f"/settings?error={code}&form=email"
    assert await letters_to(instance, NEW) == []


async def test_a_taken_address_gets_the_same_answer_and_its_owner_a_letter(
    instance: Instance, hers: httpx.AsyncClient, charlie: Person
) -> None:
    assert await ask(hers, charlie.email) == "/settings?done=email-sent"

    (letter,) = await letters_to(instance, charlie.email)
    assert letter["subject"] == "You already have a PingPilot account"


async def test_an_address_that_is_taken_meanwhile_stays_its_owners(
    instance: Instance, hers: httpx.AsyncClient, alice: Person, enter: Enter
) -> None:
    await ask(hers, NEW)
    token = await token_to(instance, NEW)
    await enter(NEW)

    answer = await hers.post("/auth/verify", data={"token": token})

    assert place(answer) == "/verify?error=link"
    session = await session_of(alice.cookie)
    assert session is not None
    assert session.email == alice.email


async def test_the_export_has_everything_but_secrets(
    instance: Instance, hers: httpx.AsyncClient, alice: Person
) -> None:
    ids = await with_events(instance, alice, 3)

    answer = await hers.get("/auth/export")

    everything = answer.json()
    assert answer.headers["content-disposition"].startswith('attachment; filename="pingpilot-')
    assert [event["id"] for event in everything["events"]] == ids
    assert everything["events"][0]["deliveries"][0]["channel"] == "email"
    assert {"account", "members", "categories", "destinations", "keys", "quota"} < set(everything)
    assert "hash" not in answer.text


async def test_the_export_is_read_in_pages(
    instance: Instance, hers: httpx.AsyncClient, alice: Person, charlie: Person
) -> None:
    ids = await with_events(instance, alice, 3)
    await with_events(instance, charlie, 1)

    parts = [part async for part in own_account.everything(instance, alice.account_id, page=2)]

    assert len(parts) == 4  # the account, two events, one event, the end
    assert [event["id"] for event in json.loads("".join(parts))["events"]] == ids


async def test_an_export_needs_a_session(browser: httpx.AsyncClient) -> None:
    assert place(await browser.get("/auth/export")) == "/login?next=/settings"


async def leave(browser: httpx.AsyncClient, person: Person, **change: str) -> str:
    form = {"current": PASSWORD, "confirm": person.email, "understood": "on"} | change
    return place(await browser.post("/auth/delete", data=form))


async def test_a_deleted_account_is_gone_with_all_its_rows(
    instance: Instance, hers: httpx.AsyncClient, alice: Person, charlie: Person
) -> None:
    await with_events(instance, alice, 120)  # three batches
    await with_events(instance, charlie, 1)

    assert await leave(hers, alice) == "/login?done=deleted"
    await instance.background.idle()

    assert set((await rows_of(instance, alice.account_id)).values()) == {0}
    assert (await rows_of(instance, charlie.account_id))["event"] == 1
    assert await session_of(alice.cookie) is None
    assert await session_of(charlie.cookie) is not None
    assert await instance.database.read(user_with, alice.email) is None


async def test_its_keys_stop_before_its_rows_go(
    instance: Instance, hers: httpx.AsyncClient, alice: Person
) -> None:
    account_id, key = alice.account_id, new_api_key()
    hashed = hash_api_key(key, instance.pepper)
    await instance.writer.run(
        account_id, add_api_key, account_id, "web", key, hashed, DEFAULT_SCOPES, now()
    )
    await instance.acceptor.authorize(key, Scope.EVENTS_WRITE)

    await leave(hers, alice)

    with pytest.raises(Unauthorized):
        await instance.acceptor.authorize(key, Scope.EVENTS_WRITE)


async def test_the_owner_gets_a_last_letter(
    instance: Instance, hers: httpx.AsyncClient, alice: Person
) -> None:
    await leave(hers, alice)

    letters = await letters_to(instance, alice.email)
    assert letters[-1]["subject"] == "Your PingPilot account is deleted"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"confirm": "charlie@example.org"}, "confirm"),
        ({"confirm": ""}, "confirm"),
        ({"current": "not this one at all"}, "current"),
        ({"understood": ""}, "understood"),
    ],
)
async def test_leaving_asks_for_all_of_it(
    instance: Instance, hers: httpx.AsyncClient, alice: Person, change: dict[str, str], code: str
) -> None:
    assert await leave(hers, alice, **change) == f"/settings?error={code}&form=delete"
    assert (await rows_of(instance, alice.account_id))["account"] == 1


async def test_who_is_no_operator_need_not_understand_more(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    async with browser_of(instance, charlie) as his:
        assert await leave(his, charlie, understood="") == "/login?done=deleted"


async def test_an_instance_without_people_is_fresh_again(
    instance: Instance, hers: httpx.AsyncClient, alice: Person
) -> None:
    time = 100.0
    freshness = Freshness(instance, lambda: time)
    assert not await freshness.is_fresh()

    await leave(hers, alice)

    time += 10
    assert await freshness.is_fresh()


async def test_a_post_without_session_deletes_nothing(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    assert (await leave(browser, alice)).startswith("/settings?error=session")
    assert (await rows_of(instance, alice.account_id))["account"] == 1


async def test_events_may_come_while_an_account_goes(
    instance: Instance, hers: httpx.AsyncClient, alice: Person, charlie: Person
) -> None:
    await with_events(instance, alice, 120)
    await with_events(instance, charlie, 0)

    _, *sent = await asyncio.gather(
        leave(hers, alice), *[send_event(instance, charlie, "bug") for _ in range(20)]
    )
    await instance.background.idle()

    assert (await rows_of(instance, charlie.account_id))["event"] == len(sent)


async def test_users_go_with_their_last_account(
    instance: Instance, hers: httpx.AsyncClient, alice: Person, charlie: Person
) -> None:
    await leave(hers, alice)

    def left(connection):
        return [row.email for row in connection.execute(users.select())]

    assert await instance.database.read(left) == [charlie.email]

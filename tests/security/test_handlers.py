# ruff: noqa: F811  # fixtures of another folder come by import, and are asked for by name
"""Every handler of every state, called as a raw socket can: by nobody, by the wrong one, wrongly.

What is asked of a handler is a function that returns what is wrong with it, so that it can be
asked of deliberately bad ones too: see the end.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
import reflex as rx

from pingpilot_app.delivery.instance import Instance, current
from pingpilot_app.domain.channel import Channel
from pingpilot_app.storage.categories import add_category, add_quick_start
from pingpilot_app.storage.destinations import set_enabled
from pingpilot_app.storage.tables import events
from pingpilot_app.ui.access import Access, endpoint_of
from pingpilot_app.ui.pages import add_pages  # noqa: F401  # defines all states
from pingpilot_app.ui.session import Guarded
from tests.security.desk import (
    Desk,
    State,
    all_handlers,
    fitting,
    full_name,
    open_desk,
    parameters_of,
)
from tests.security.rows import all_rows, names_in, without
from tests.ui.conftest import (
    Person,
    alice,  # noqa: F401
    charlie,  # noqa: F401
    enter,  # noqa: F401
    leads_to,
    running,  # noqa: F401
    send_event,
    state_of,
)

SECRET = "alices-own"
FOR_ANYBODY = {
    ("EntranceState", "read_address"),
    ("LinkState", "read_address"),
    ("ConfirmState", "read_address"),
    ("JoinState", "read_address"),
    ("WallState", "show_wall"),
}
JUNK: tuple[Any, ...] = (
    None,
    2**80,
    {"name": {"$ne": {"a": {"b": {"c": {"d": 1}}}}}},
    {"__reflex_form_data__": 5},
    [[[[[[]]]]]],
    {"_placeholder": True, "num": [[[[[]]]]]},
    b"discord",
    "x" * 100_000,
    "nul\x00",
    "half \ud800",
    float("nan"),
    float("inf"),
)

HANDLERS = [(kind, name) for kind, name in all_handlers() if name != "setvar"]
GUARDED = [(kind, name) for kind, name in HANDLERS if (kind.__name__, name) not in FOR_ANYBODY]
STATES = sorted({kind for kind, _ in HANDLERS}, key=lambda kind: kind.__name__)


def name_of(value: Any) -> str:
    """Return how a test's parameter is called."""
    return str(getattr(value, "__name__", value))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """Where events are handed in."""
    async with open_desk() as desk:
        yield desk


@pytest.fixture
async def house(instance: Instance, alice: Person, charlie: Person) -> Instance:
    """Both own something; what is Alice's says so."""
    run, now = instance.writer.run, datetime.now(UTC)
    for person in (alice, charlie):
        account_id = person.account_id
        await run(account_id, add_quick_start, account_id, now)
        for channel in (Channel.DISCORD, Channel.TELEGRAM):
            await run(account_id, set_enabled, account_id, channel, False, now)
    await run(alice.account_id, add_category, alice.account_id, SECRET, 1, None, now)
    await send_event(instance, alice, SECRET, f"{SECRET} event")
    return instance


async def faults_with_nobody(desk: Desk, kind: State, name: str) -> list[str]:
    """Say what a handler does for somebody who is not signed in."""
    arguments = parameters_of(kind, name)
    given = {one: fitting(type_, "discord") for one, type_ in arguments.items()}
    before, faults = await all_rows(current()), []
    for cookie in ("", "pingpilot=guessed"):
        told = await desk.call(kind, name, given, cookie)
        if '"/login"' not in told or kind.get_full_name() in told:
            faults.append(f"told {told!r}")
        answer = kind.event_handlers[name].fn(state_of(kind, cookie), **given)
        if not leads_to(await answer if hasattr(answer, "__await__") else answer, "/login"):
            faults.append("does not ask for the session itself")
    return faults + changes(before, await all_rows(current()))


async def faults_with_another(desk: Desk, kind: State, name: str, whose: Person) -> list[str]:
    """Say what of others a handler shows or changes that gets their ids for all it can get."""
    rows, own = await all_rows(current()), await owned_by(whose)
    before, faults = without(rows, own), []
    arguments = parameters_of(kind, name)
    held = [var for var in own_vars(kind) if kind.get_fields()[var].default == ""]
    for text in names_in(before) if arguments or held else [""]:
        payload = {one: fitting(type_, text) for one, type_ in arguments.items()}
        given = dict.fromkeys(held, text)
        told = await desk.call(kind, name, payload, whose.cookie, given=given)
        said = told.replace(text, "") if text else told
        if SECRET in said or "alice@example.org" in said:
            faults.append(f"tells of {text}: {told!r}")
    return faults + changes(before, without(await all_rows(current()), own))


async def faults_with_junk(desk: Desk, kind: State, name: str, whose: Person) -> list[str]:
    """Say what a handler does with arguments that it does not take, too many and too few."""
    arguments = parameters_of(kind, name)
    fit = {one: fitting(type_, "discord") for one, type_ in arguments.items()}
    wrong = [fit | {one: junk} for one in arguments for junk in JUNK]
    wrong += [{k: v for k, v in fit.items() if k != one} for one in arguments]
    wrong += [fit | {"self": 1}, fit | {"more": "x"}]
    before, faults = await all_rows(current()), []
    for payload in wrong:
        told = await desk.call(kind, name, payload, whose.cookie)
        if kind.get_full_name() in told or "_call_function" in told:
            faults.append(f"told {told!r} for {str(payload)[:100]}")
    return faults + changes(before, await all_rows(current()))


async def owned_by(person: Person) -> set[object]:
    """Return what a person's rows are known by: account, user, session."""
    rows = (await all_rows(current()))["user"]
    (user,) = [row["id"] for row in rows if row["email"] == person.email]
    return {person.account_id, user}


def own_vars(kind: State) -> set[str]:
    """Return the names of a state's vars that are not the framework's."""
    return set(kind.get_fields()) - set(rx.State.get_fields())


def changes(before: Any, after: Any) -> list[str]:
    """Say which tables differ."""
    return [f"changed {table}" for table in before if before[table] != after[table]]


def test_there_is_something_to_check() -> None:
    assert {name for _, name in HANDLERS} >= {"watch", "create", "revoke", "delete", "send_code"}
    assert len(STATES) > 15


@pytest.mark.parametrize(("kind", "name"), all_handlers(), ids=name_of)
def test_every_handler_says_who_may_call_it(kind: State, name: str) -> None:
    endpoint = endpoint_of(full_name(kind, name))

    if name == "setvar":
        assert endpoint is None
    else:
        assert endpoint is not None
        is_for_anybody = endpoint.access is Access.ANYBODY
        assert is_for_anybody == ((kind.__name__, name) in FOR_ANYBODY)


@pytest.mark.parametrize(("kind", "name"), GUARDED, ids=name_of)
async def test_nobody_gets_to_a_handler(
    desk: Desk, house: Instance, kind: State, name: str
) -> None:
    assert await faults_with_nobody(desk, kind, name) == []


@pytest.mark.parametrize(
    ("kind", "name"), [one for one in GUARDED if one[1] != "watch"], ids=name_of
)
async def test_ids_of_others_lead_nowhere(
    desk: Desk,
    house: Instance,
    charlie: Person,
    kind: State,
    name: str,
) -> None:
    assert await faults_with_another(desk, kind, name, charlie) == []


@pytest.mark.parametrize(("kind", "name"), HANDLERS, ids=name_of)
async def test_what_a_handler_does_not_take_does_not_reach_it(
    desk: Desk,
    house: Instance,
    alice: Person,
    kind: State,
    name: str,
) -> None:
    assert await faults_with_junk(desk, kind, name, alice) == []


class ForgotAccess(rx.State):
    """Bad: does not say who may call it."""

    shown: str = ""

    @rx.event
    def show(self) -> None:
        """Show something."""
        self.shown = "something"


class ForgotSession(Guarded, rx.State):
    """Bad: each handler forgets something."""

    shown: str = ""
    chosen: str = ""

    @rx.event
    def show(self) -> None:
        """Forget to ask who is there."""
        self.shown = "something"

    @rx.event
    async def peek(self, event_id: str) -> None:
        """Forget whose event it is."""
        query = events.select().where(events.c.id == event_id)
        found = await current().database.read(lambda c: c.execute(query).mappings().first())
        self.shown = found["description"] if found else ""

    @rx.event
    async def remove(self) -> None:
        """Forget whose event it is, which the state remembers."""
        query = events.delete().where(events.c.id == self.chosen)
        await current().writer.run(None, lambda connection: connection.execute(query))

    def undecorated(self, text: Any) -> None:
        """Forget to say what it takes."""
        self.shown = text


class ForgotOperators(Guarded, rx.State):
    """Good: nobody but operators gets here."""

    access: ClassVar[Access] = Access.OPERATORS
    shown: str = ""

    @rx.event(background=True)
    async def show(self) -> None:
        """Show something."""
        async with self:
            self.shown = "something"

    @rx.event
    def pass_on(self) -> Any:
        """Lead to another handler."""
        return ForgotAccess.show


async def test_the_check_finds_a_handler_that_forgets_to_ask(desk: Desk, house: Instance) -> None:
    faults = await faults_with_nobody(desk, ForgotSession, "show")

    assert faults == ["does not ask for the session itself"] * 2  # the guard has kept it closed


@pytest.mark.parametrize("name", ["peek", "remove"])
async def test_the_check_finds_a_handler_that_forgets_whose(
    desk: Desk,
    house: Instance,
    charlie: Person,
    name: str,
) -> None:
    assert await faults_with_another(desk, ForgotSession, name, charlie) != []


@pytest.mark.parametrize(
    ("kind", "name"), [(ForgotAccess, "show"), (ForgotSession, "undecorated")], ids=name_of
)
async def test_what_is_not_declared_is_for_nobody(
    desk: Desk,
    alice: Person,
    kind: State,
    name: str,
) -> None:
    given = dict.fromkeys(parameters_of(kind, name), "x")

    assert endpoint_of(full_name(kind, name)) is None
    assert kind.get_full_name() not in await desk.call(kind, name, given, alice.cookie)


@pytest.mark.parametrize("who", ["alice", "charlie", "nobody"])
async def test_background_handlers_are_guarded_too(
    desk: Desk,
    alice: Person,
    charlie: Person,
    who: str,
) -> None:
    cookies = {"alice": alice.cookie, "charlie": charlie.cookie, "nobody": ""}

    told = await desk.call(ForgotOperators, "show", {}, cookies[who])

    assert ("something" in told) == (who == "alice")
    assert ("Only operators" in told) == (who == "charlie")
    assert ('"/login"' in told) == (who == "nobody")


async def test_what_a_handler_leads_to_is_guarded_too(desk: Desk, alice: Person) -> None:
    told = await desk.call(ForgotOperators, "pass_on", {}, alice.cookie)

    assert "something" not in told

"""The operator's page: what it says, what it changes, and that nobody else gets anything of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from pingpilot_app.delivery import vitals
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.provider import Gate
from pingpilot_app.delivery.sandbox_switch import Outlet
from pingpilot_app.delivery.vitals import WorkerVitals
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.quota import month_of
from pingpilot_app.storage.accounts import open_account, set_plan
from pingpilot_app.storage.audit import list_entries
from pingpilot_app.storage.categories import add_category
from pingpilot_app.storage.destinations import set_enabled
from pingpilot_app.storage.migrations import Level
from pingpilot_app.storage.outages import WHOLE, OutageView, put_outage
from pingpilot_app.storage.retention import FOREVER
from pingpilot_app.storage.tables import accounts, quota_usage
from pingpilot_app.ui.pages.operator import AccountsState, OperatorState
from pingpilot_app.ui.pages.operator.channels import channel_row
from pingpilot_app.ui.pages.operator.health import (
    Counted,
    Health,
    Totals,
    problems,
    queue_row,
    schema_text,
    size_text,
)
from pingpilot_app.ui.pages.operator.state import _counted, _totals
from pingpilot_app.ui.session import session_of
from tests.ui.conftest import Enter, Person, says, send_event, state_of
from tests.ui.test_every_handler import vars_of


def now() -> datetime:
    return datetime.now(UTC)


async def shown(person: Person) -> AccountsState:
    state = state_of(AccountsState, person.cookie)
    await state._show()
    return state


async def health_of(person: Person) -> OperatorState:
    state = state_of(OperatorState, person.cookie)
    await state._show()
    return state


async def account_of(instance: Instance, person: Person) -> Any:
    def read(connection: Connection) -> Any:
        return connection.execute(
            select(accounts.c.plan, accounts.c.retention_days).where(
                accounts.c.id == person.account_id
            )
        ).one()

    return await instance.database.read(read)


async def open_many(instance: Instance, count: int) -> None:
    def add(connection: Connection) -> None:
        for number in range(count):
            open_account(connection, f"person{number:03}@example.org", None, Plan.FREE, now())

    await instance.writer.run(None, add)


FORMS = {"plan": "FREE", "keep": "days", "days": "7"}


async def test_somebody_else_gets_no_data_at_all(charlie: Person, alice: Person) -> None:
    for state in (await health_of(charlie), await shown(charlie)):
        fresh = state_of(type(state))
        assert state.ready
        for name in vars_of(state) - {"ready", "_owner"}:
            assert getattr(state, name) == getattr(fresh, name), name


@pytest.mark.parametrize(
    ("kind", "name", "arguments"),
    [
        (AccountsState, "search", ["alice"]),
        (AccountsState, "older", []),
        (AccountsState, "newer", []),
        (AccountsState, "choose_keep", ["days"]),
        (AccountsState, "propose", [FORMS]),
        (AccountsState, "apply", []),
        (OperatorState, "ask", ["discord", True]),
        (OperatorState, "keep", []),
        (OperatorState, "switch", []),
    ],
)
async def test_handlers_do_nothing_for_somebody_else(
    charlie: Person, kind: Any, name: str, arguments: list[Any]
) -> None:
    state = state_of(kind, charlie.cookie)

    answer = await kind.event_handlers[name].fn(state, *arguments)

    assert says(answer, "Only operators")
    assert {n: getattr(state, n) for n in vars_of(state)} == {
        n: getattr(state_of(kind), n) for n in vars_of(state)
    }


async def test_somebody_else_cannot_open_an_account(charlie: Person, alice: Person) -> None:
    state = state_of(AccountsState, charlie.cookie)

    assert says(await AccountsState.edit.fn(state, alice.account_id), "Only operators")
    assert (state.editing, state.name) == ("", "")


async def test_an_operator_no_more_sees_nothing_any_more(instance: Instance, enter: Enter) -> None:
    olga = await enter("olga@example.org", is_operator=True)
    state = await shown(olga)
    assert state.rows
    other = await enter("charlie@example.org")
    state.router = state_of(AccountsState, other.cookie).router

    await state._show()

    assert (state.rows, state.allowed, state.total) == ([], False, 0)


async def test_an_account_is_shown_with_what_it_uses(instance: Instance, alice: Person) -> None:
    def use(connection: Connection) -> None:
        row = {"account_id": alice.account_id, "month": month_of(now()), "used": 0}
        connection.execute(insert(quota_usage).values(row))
        set_plan(connection, alice.account_id, Plan.PRO)

    await instance.writer.run(alice.account_id, use)

    (row,) = (await shown(alice)).rows

    assert (row.name, row.plan, row.used) == ("alice@example.org", "PRO", "0 / 1,000")
    assert (row.categories, row.members, row.last_event) == ("0", "1", "")


async def test_accounts_come_in_pages(instance: Instance, alice: Person) -> None:
    await open_many(instance, 60)
    state = await shown(alice)
    seen = [row.name for row in state.rows]

    while state.has_older:
        await AccountsState.older.fn(state)
        seen += [row.name for row in state.rows]

    assert (state.found, len(seen), len(set(seen))) == ("61 accounts", 61, 61)
    assert seen[0] == "person059@example.org"
    await AccountsState.newer.fn(state)
    await AccountsState.newer.fn(state)
    assert not state.has_newer
    assert state.rows[0].name == seen[0]


async def test_a_search_finds_by_part_of_an_address(instance: Instance, alice: Person) -> None:
    await open_many(instance, 30)
    state = await shown(alice)

    await AccountsState.search.fn(state, " PERSON01 ")

    assert [row.name[:9] for row in state.rows] == [f"person01{n}" for n in range(9, -1, -1)]


@pytest.mark.parametrize("text", ["%", "_", "nobody", "'; DROP TABLE account"])
async def test_a_search_takes_its_text_as_it_is(alice: Person, text: str) -> None:
    state = await shown(alice)

    await AccountsState.search.fn(state, text)

    assert (state.rows, state.found) == ([], "0 accounts")


async def test_a_plan_is_changed_after_the_question_named_the_account(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    state = await shown(alice)
    await AccountsState.edit.fn(state, charlie.account_id)
    assert (state.name, state.plan, state.keep) == ("charlie@example.org", "UNLIMITED", "default")

    await AccountsState.propose.fn(state, {"plan": "PRO", "keep": "default"})
    assert state.proposal.startswith("The plan goes from UNLIMITED to PRO: 1,000 events a month")
    assert (await account_of(instance, charlie)).plan is Plan.UNLIMITED

    assert says(await AccountsState.apply.fn(state), "Changed charlie@example.org.")
    assert (await account_of(instance, charlie)).plan is Plan.PRO
    found = await instance.cache.configuration(charlie.account_id, now())
    assert found.plan is Plan.PRO


async def test_a_cancelled_question_changes_nothing(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    state = await shown(alice)
    await AccountsState.edit.fn(state, charlie.account_id)
    await AccountsState.propose.fn(state, {"plan": "PRO", "keep": "default"})

    await AccountsState.edit.fn(state, "")
    await AccountsState.apply.fn(state)

    assert (await account_of(instance, charlie)).plan is Plan.UNLIMITED


@pytest.mark.parametrize(
    ("form", "days", "says_"),
    [
        ({"keep": "days", "days": "7"}, 7, "Events are kept for 7 days: older ones are deleted"),
        ({"keep": "forever"}, FOREVER, "Events are kept for ever."),
    ],
)
async def test_retention_is_changed_and_what_goes_is_named(
    instance: Instance, alice: Person, charlie: Person, form: Any, days: int, says_: str
) -> None:
    state = await shown(alice)
    await AccountsState.edit.fn(state, charlie.account_id)

    await AccountsState.propose.fn(state, {"plan": "UNLIMITED"} | form)
    assert state.proposal.startswith(says_)
    assert state.look == ("danger" if days == 7 else "primary")
    await AccountsState.apply.fn(state)

    assert (await account_of(instance, charlie)).retention_days == days


async def test_the_same_again_is_no_change(alice: Person, charlie: Person) -> None:
    state = await shown(alice)
    await AccountsState.edit.fn(state, charlie.account_id)

    answer = await AccountsState.propose.fn(state, {"plan": "UNLIMITED", "keep": "default"})

    assert says(answer, "Nothing was changed.")
    assert state.proposal == ""


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"plan": "GOLD", "keep": "default"}, "plan"),
        *[
            ({"plan": "FREE", "keep": "days", "days": days}, "days")
            for days in ("", "0", "-1", "1.5", "99999", "²", "9" * 999)
        ],
    ],
)
async def test_what_cannot_be_is_told_at_its_field(
    alice: Person, charlie: Person, form: Any, field: str
) -> None:
    state = await shown(alice)
    await AccountsState.edit.fn(state, charlie.account_id)

    await AccountsState.propose.fn(state, form)

    assert list(state.errors) == [field]
    assert state.proposal == ""


async def test_a_smaller_plan_than_what_is_used_says_what_happens(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    def use(connection: Connection) -> None:
        row = {"account_id": charlie.account_id, "month": month_of(now()), "used": 247}
        connection.execute(insert(quota_usage).values(row))

    await instance.writer.run(charlie.account_id, use)
    state = await shown(alice)
    await AccountsState.edit.fn(state, charlie.account_id)

    await AccountsState.propose.fn(state, {"plan": "FREE", "keep": "default"})

    assert "247 events are used of then 100 a month" in state.proposal


async def test_the_health_of_a_fresh_instance_is_told(alice: Person) -> None:
    state = await health_of(alice)

    facts = {fact.name: fact for group in state.groups for fact in group.facts}
    assert state.problems == ["No channel is set up, so no event can be sent anywhere."]
    assert (facts["Kind"].value, facts["Schema"].look) == ("SQLite", "calm")
    assert facts["Worker"].value == "In another process"
    assert (state.queue.due, state.queue.failed_today) == ("0", "0")


async def test_what_waits_is_counted(instance: Instance, alice: Person) -> None:
    await instance.writer.run(alice.account_id, _with_email_alone, alice.account_id)
    await send_event(instance, alice, "bug")

    state = await health_of(alice)

    assert (state.queue.due, state.queue.retrying, state.queue.leased) == ("1", "0", "0")
    assert state.queue.oldest


def _with_email_alone(connection: Connection, account_id: str) -> None:
    add_category(connection, account_id, "bug", 0, None, now())
    for channel in (Channel.DISCORD, Channel.TELEGRAM):
        set_enabled(connection, account_id, channel, False, now())


async def health(instance: Instance) -> Health:
    counted: Counted = await instance.database.read(_counted)
    totals: Totals = await instance.database.read(_totals)
    found = await vitals.look(instance)
    outlets = tuple(outlet(channel) for channel in Channel)
    return Health(now(), instance.settings, outlets, now(), found, counted, totals)


def outlet(channel: Channel) -> Outlet:
    return Outlet(channel, False, False, True, "https://discord.com/api/v10", "…")


async def test_an_outage_says_since_when_and_why(instance: Instance) -> None:
    outage = OutageView(
        channel=Channel.DISCORD,
        destination_id=WHOLE,
        account_id=None,
        failure=Failure.BAD_CREDENTIALS,
        reason="401: Unauthorized",
        since=now(),
        retry_at=now() + timedelta(minutes=1),
    )
    await instance.writer.run(None, put_outage, outage)

    found = await health(instance)

    row = channel_row(outlet(Channel.DISCORD), found)
    assert (row.gate, row.said) == ("SHUT", "401: Unauthorized")
    assert row.since
    assert row.meaning.startswith("Discord does not accept PingPilot's own login")
    assert row.meaning.endswith("Renew the token or password in the settings and run doctor.")
    assert problems(found) == ["Discord is not being tried for now."]


async def test_the_worker_knows_its_gates_best(instance: Instance) -> None:
    found = await health(instance)
    gates = dict.fromkeys(Channel, Gate.OPEN) | {Channel.TELEGRAM: Gate.PROBE}
    here = replace(found, vitals=replace(found.vitals, worker=WorkerVitals(True, 3, 1, gates)))

    assert [channel_row(outlet(one), here).gate for one in Channel] == ["OPEN", "PROBE", "OPEN"]
    assert queue_row(here).sending == "1"


async def test_everything_that_is_wrong_is_told(instance: Instance) -> None:
    found = await health(instance)
    worst = replace(
        found.vitals,
        latency=900.0,
        disk_free=10 * 1_024**2,
        writer_alive=False,
        writer_waiting=9_000,
        worker=WorkerVitals(False, 0, 0, dict.fromkeys(Channel, Gate.OPEN)),
    )
    queue = replace(found.counted.queue, oldest_due=now() - timedelta(minutes=9))
    counted = replace(found.counted, queue=queue)

    told = " ".join(problems(replace(found, vitals=worst, counted=counted)))

    for words in ("writer has", "worker has", "10 MiB left", "900 ms", "9,000 writes", "five min"):
        assert words in told


@pytest.mark.parametrize(
    ("level", "text"),
    [
        (Level("0005", ()), "0005, up to date"),
        (Level("0002", ("0005",)), "0002, 1 to run"),
        (Level("9999", (), known=False), "9999, of another version"),
    ],
)
def test_the_schema_is_told(level: Level, text: str) -> None:
    assert schema_text(level) == text


@pytest.mark.parametrize("channel", list(Channel))
async def test_a_pinned_channel_is_not_switched_and_says_why(
    alice: Person, channel: Channel
) -> None:
    state = await health_of(alice)
    assert "SANDBOX=off" in state.channels[list(Channel).index(channel)].why

    await OperatorState.ask.fn(state, channel.value, True)
    assert state.question == f"Send {channel.label} to the sandbox?"
    answer = await OperatorState.switch.fn(state)

    assert says(answer, "SANDBOX=off")
    assert not state.channels[list(Channel).index(channel)].sandboxed


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1_023, "1023 B"), (1_536, "1.5 KiB"), (832_000, "812 KiB"), (5**15, "28 GiB")],
)
def test_sizes_are_readable(size: int, text: str) -> None:
    assert size_text(size) == text


async def test_an_operator_signs_an_accounts_people_out_everywhere(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    state = state_of(AccountsState, alice.cookie)
    await AccountsState.ask_sign_out.fn(state, charlie.account_id)
    assert state.ends == (
        "charlie@example.org will have to sign in again in every browser. API keys go on working."
    )
    answer = await AccountsState.sign_out.fn(state)
    assert says(answer, "charlie@example.org is signed out everywhere.")
    assert state.ends == ""
    assert await session_of(charlie.cookie) is None
    assert await session_of(alice.cookie) is not None
    [entry] = await instance.database.read(list_entries, charlie.account_id)
    assert (entry.action, entry.actor) == (Action.SIGNED_OUT_EVERYWHERE, alice.email)


async def test_nobody_is_signed_out_unless_it_was_asked_first(
    alice: Person, charlie: Person
) -> None:
    state = state_of(AccountsState, alice.cookie)
    await AccountsState.sign_out.fn(state)
    await AccountsState.ask_sign_out.fn(state, alice.account_id)
    assert "You are one of them." in state.ends
    await AccountsState.ask_sign_out.fn(state, "")
    await AccountsState.sign_out.fn(state)
    assert says(await AccountsState.ask_sign_out.fn(state, "acc_nobody"), "not there any more")
    assert await session_of(alice.cookie) is not None
    assert await session_of(charlie.cookie) is not None


async def test_who_is_no_operator_signs_nobody_out(alice: Person, charlie: Person) -> None:
    state = state_of(AccountsState, charlie.cookie)
    state._leaving = alice.account_id
    for answer in (
        await AccountsState.ask_sign_out.fn(state, alice.account_id),
        await AccountsState.sign_out.fn(state),
    ):
        assert says(answer, "Only operators")
    assert await session_of(alice.cookie) is not None

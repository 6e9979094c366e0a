"""Nobody changes anything without a trace: who, what, when, from where."""

import ast
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from pingpilot_app.api.app import create_api
from pingpilot_app.delivery.account_removal import remove_account
from pingpilot_app.delivery.housekeeping import Housekeeping
from pingpilot_app.delivery.instance import Instance, current
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.audit_words import SENTENCES, act_sentence, detail_text
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.storage.audit import add_entry, list_entries
from pingpilot_app.storage.destinations import get_destination, mark_broken
from pingpilot_app.storage.export import account_parts
from pingpilot_app.ui.exports import export_app
from pingpilot_app.ui.onboarding import OnboardingState
from pingpilot_app.ui.pages.activity import ActivityState
from pingpilot_app.ui.pages.categories import CategoriesState
from pingpilot_app.ui.pages.channels import ChannelsState
from pingpilot_app.ui.pages.operator import AccountsState, ActsState, OperatorState
from pingpilot_app.ui.pages.settings import InvitesState, SettingsState
from tests.conftest import MakeSettings, tenant_on
from tests.ui import conftest as given
from tests.ui.conftest import Person, leads_to, says, state_of
from tests.ui.people import house

enter, alice, charlie, running = given.enter, given.alice, given.charlie, given.running

ROOT = Path(__file__).resolve().parents[2] / "pingpilot_app"
ADA = Actor("ada@example.org", "usr_1", "192.0.2.1")


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int]
) -> AsyncIterator[Instance]:
    """An instance with its sandbox, where people are invited."""
    async with house(make_settings, free_ports(), "invite") as instance:
        yield instance


# Every write in the sources: written down, or here with the reason why it is not

UNWRITTEN = {
    # What nobody asked for: the product's own work.
    "delivery/accept.py: op": "an event, which stands in the feed itself",
    "delivery/housekeeping.py: delete": "what is old goes by itself",
    "delivery/housekeeping.py: delete_changes": "what is old goes by itself",
    "delivery/housekeeping.py: delete_events": "what is old goes by itself",
    "delivery/housekeeping.py: forget": "figures that are counted anew",
    "delivery/account_removal.py: delete": "the rows of an account whose removal is written down",
    "delivery/indexer.py: IndexWords": "the search index",
    "delivery/instance.py: release_leases": "deliveries at the start",
    "delivery/instance.py: clear_outages": "outages at the start",
    "delivery/instance.py: drop_sandbox_proofs": "follows from a switch that is written down",
    "delivery/notifier.py: mark_told": "a notice on its way",
    "delivery/notifier.py: postpone": "a notice on its way",
    "delivery/outage_log.py: change": "what providers do",
    "delivery/recorder.py: op": "attempts, which are a log themselves",
    "delivery/watch.py: _data_version": "reads",
    "delivery/watch.py: store_last_use": "when keys were used last",
    "delivery/worker.py: follow_clock": "deliveries on their way",
    "delivery/worker.py: op": "deliveries on their way",
    "delivery/codes.py: keep_news": "what the provider told about an address",
    "delivery/codes.py: take_test": "counts how many tests were sent",
    "delivery/responses.py: add_comment": "the conversation of an event is a log itself",
    "delivery/responses.py: claim": "the conversation of an event is a log itself",
    "delivery/responses.py: release": "the conversation of an event is a log itself",
    "delivery/responses.py: reopen": "the conversation of an event is a log itself",
    "delivery/responses.py: resolve": "the conversation of an event is a log itself",
    "ui/session.py: mark_seen": "when a browser was seen last",
    # These write their entry themselves, in the same transaction.
    "delivery/replay.py: op": "Replay and ReplayFailures carry their entry",
    "delivery/account_removal.py: remove_and_note": "notes the removal for the instance",
    "delivery/telegram_poller.py: _finish": "notes which account was linked",
    "ui/export_log.py: add_entry": "is the entry",
    "ui/pages/operator/accounts.py: change_account": "notes plan and retention apart",
    "ui/pages/settings/invites.py: _withdraw_and_note": "notes what was there to withdraw",
    # A link in a mail changes nothing until it is used.
    "delivery/account_mail.py: add_link": "a link that was mailed",
    "ui/sign_in/browser.py: let_in": "notes who came in; before the second factor nobody has",
    "ui/sign_in/checks.py: _note_refusal": "notes the refusal",
    "ui/sign_in/checks.py: renew_hash": "the same password, hashed anew",
    "ui/sign_in/entrance.py: _open_first": "notes the account that it opens",
    "ui/sign_in/own_account.py: add_entry": "is the entry",
    "ui/sign_in/password.py: _reset": "notes the reset",
    "ui/sign_in/second_step.py: _take": "notes recovery codes and refusals",
    "ui/sign_in/sign_up.py: _open_invited": "notes the account that it opens",
    "ui/sign_in/sign_up.py: _open_unproved": "notes the account that it opens",
    "ui/sign_in/sign_up.py: _use_proof": "notes which address was proved",
    # A second factor counts from its first code on, which is written down.
    "ui/sign_in/second_factor.py: begin": "a secret that was shown",
    "ui/pages/settings/second_factor_state.py: give_up": "a secret that nobody confirmed",
}


def writes() -> Iterator[str]:
    """Yield each place that writes without `act` or `change`, as `path: what`."""
    for path in sorted(ROOT.rglob("*.py")):
        if path.is_relative_to(ROOT / "storage"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            owner = ast.unparse(node.func.value)
            if not owner.endswith("writer") or node.func.attr not in ("run", "submit"):
                continue
            what = node.args[1 if node.func.attr == "run" else 0]
            name = ast.unparse(what.func if isinstance(what, ast.Call) else what)
            yield f"{path.relative_to(ROOT)}: {name.rpartition('.')[2]}"


def test_every_write_is_written_down_or_has_a_reason_not_to_be() -> None:
    found = set(writes())
    assert len(found) > 20
    assert sorted(found - UNWRITTEN.keys()) == []


COMMANDS = {
    "audit": "reads",
    "list_keys": "reads",
    "seed": "events, which stand in the feed themselves",
}


def test_every_command_that_opens_the_database_writes_it_down() -> None:
    silent = []
    for path in (ROOT / "commands").glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            text = ast.unparse(node) if isinstance(node, ast.FunctionDef) else ""
            noted = re.search(r"\b(add_entry|noted|remove_and_note|_note\w*)\(", text)
            if isinstance(node, ast.FunctionDef) and "with opened(" in text and not noted:
                silent.append(node.name)
    assert [name for name in silent if name not in COMMANDS] == []


def test_every_kind_of_act_has_its_words() -> None:
    assert set(SENTENCES) == set(Action)
    assert act_sentence(Action.CATEGORY_DELETED, "bug").startswith("deleted the category bug")
    assert detail_text({"plan": "FREE → PRO", "kept_on": True}) == "plan: FREE → PRO · kept on: yes"


# Each change by the dashboard and the API, with the tables that it touches watched

OWN = {"account", "api_key", "category", "destination", "membership", "user", "diversion"}
_WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)"?')


@contextmanager
def watched(instance: Instance) -> Iterator[list[set[str]]]:
    """Collect the tables that each transaction changes."""
    done: list[set[str]] = []
    open_: set[str] = set()

    def executed(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        found = _WRITES.match(statement)
        news = statement.startswith("UPDATE destination SET state=")  # the provider's, of a DM
        if found and cursor.rowcount and not news:
            open_.add(found[1])

    def committed(_connection: Any) -> None:
        done.append(set(open_))
        open_.clear()

    engine = instance.database.write_engine
    event.listen(engine, "after_cursor_execute", executed)
    event.listen(engine, "commit", committed)
    try:
        yield done
    finally:
        event.remove(engine, "after_cursor_execute", executed)
        event.remove(engine, "commit", committed)


async def entries(instance: Instance, account_id: str | None) -> list[Any]:
    return await instance.database.read(list_entries, account_id, limit=1_000)


async def opened(kind: Any, person: Person, path: str = "/") -> Any:
    state = state_of(kind, person.cookie, path)
    state._begin()
    await state._show()
    return state


async def rename(person: Person) -> None:
    state = await opened(SettingsState, person)
    await SettingsState.rename.fn(state, {"name": "Pigeons"})


async def prefer(person: Person) -> None:
    state = await opened(SettingsState, person)
    form = {"time_zone": "Europe/Vienna", "week_start": "6"}
    await SettingsState.choose_days.fn(state, form)


async def keep(person: Person) -> None:
    state = await opened(SettingsState, person)
    await SettingsState.keep_events.fn(state, {"days": "90"})


async def invite(person: Person) -> None:
    state = await opened(InvitesState, person)
    await InvitesState.create.fn(state, {"email": "eve@example.org"})


async def withdraw(person: Person) -> None:
    state = await opened(InvitesState, person)
    await InvitesState.withdraw.fn(state, "eve@example.org")


async def add(person: Person) -> None:
    state = await opened(CategoriesState, person)
    await CategoriesState.create.fn(state, {"name": "order", "color": "#112233", "emoji": ""})


async def change(person: Person) -> None:
    state = await opened(CategoriesState, person)
    await CategoriesState.edit.fn(state, "order")
    await CategoriesState.change.fn(state, {"name": "sale", "color": "#445566", "emoji": ""})


async def delete(person: Person) -> None:
    state = await opened(CategoriesState, person)
    await CategoriesState.ask.fn(state, "sale")
    await CategoriesState.delete.fn(state)


async def quick_start(person: Person) -> None:
    await OnboardingState.quick_start.fn(await opened(OnboardingState, person))


async def switch(person: Person) -> None:
    await ChannelsState.switch.fn(await opened(ChannelsState, person), "discord", False)


async def send_code(person: Person) -> None:
    form = {"channel": "discord", "address": "123456789012345678"}
    await ChannelsState.send_code.fn(await opened(ChannelsState, person), form)


async def confirm(person: Person) -> None:
    sandbox = current_sandbox()
    code = re.search(r"code is (\d{6})", str(sandbox.inbox.received(Channel.DISCORD)[-1].payload))
    form = {"channel": "discord", "code": code[1]}
    await ChannelsState.confirm.fn(await opened(ChannelsState, person), form)


def current_sandbox() -> Any:
    return current().sandbox


async def begin_link(person: Person) -> None:
    form = {"address": "@ada_lovelace"}
    await ChannelsState.begin_link.fn(await opened(ChannelsState, person), form)


async def plan(person: Person) -> None:
    state = await opened(AccountsState, person)
    await AccountsState.edit.fn(state, person.account_id)
    form = {"plan": "PRO", "keep": "days", "days": "30"}
    await AccountsState.propose.fn(state, form)
    await AccountsState.apply.fn(state)


ACTS = [
    (rename, Action.ACCOUNT_RENAMED, "name: alice@example.org → Pigeons"),
    (prefer, Action.PREFERENCES_CHANGED, "time zone: nothing → Europe/Vienna"),
    (keep, Action.RETENTION_CHANGED, "kept: as the instance says → 90 days"),
    (invite, Action.INVITED, ""),
    (withdraw, Action.INVITE_WITHDRAWN, ""),
    (add, Action.CATEGORY_CREATED, ""),
    (change, Action.CATEGORY_CHANGED, "name: order → sale · colour: #112233 → #445566"),
    (delete, Action.CATEGORY_DELETED, ""),
    (quick_start, Action.CATEGORY_CREATED, "categories: nothing → bug, question, sale"),
    (switch, Action.CHANNEL_SWITCHED, "switch: on → off"),
    (send_code, Action.CHANNEL_SET, "address: nothing → 123456789012345678"),
    (confirm, Action.CHANNEL_PROVED, "verified: no → yes"),
    (begin_link, Action.CHANNEL_SET, "address: nothing → ada_lovelace"),
    (plan, Action.RETENTION_CHANGED, "kept: 90 days → 30 days"),
]


async def test_each_act_of_the_dashboard_is_written_in_the_transaction_of_its_change(
    instance: Instance, alice: Person
) -> None:
    for act, action, detail in ACTS:
        with watched(instance) as transactions:
            await act(alice)
        assert [one for one in transactions if one & OWN and "audit" not in one] == [], act.__name__
        both = await entries(instance, alice.account_id) + await entries(instance, None)
        newest = max(both, key=lambda one: one.id)
        assert (newest.action, newest.actor) == (action, alice.email), act.__name__
        assert detail in detail_text(newest.detail), act.__name__


async def test_what_changes_nothing_is_not_written(instance: Instance, alice: Person) -> None:
    for act in (rename, prefer, keep, quick_start, switch):
        await act(alice)
    before = len(await entries(instance, alice.account_id))
    for act in (rename, prefer, keep, quick_start, switch):
        await act(alice)
    assert len(await entries(instance, alice.account_id)) == before


async def test_a_broken_channel_that_is_mended_is_written(
    instance: Instance, alice: Person
) -> None:
    account_id = alice.account_id
    email = await instance.database.read(get_destination, account_id, Channel.EMAIL)
    why = Failure.MAILBOX_REFUSED, "550 No such user", datetime.now(UTC)
    await instance.writer.run(account_id, mark_broken, email.id, email.address, *why)
    state = await opened(ChannelsState, alice)
    for _ in range(2):  # the second mends nothing
        await ChannelsState.send_test.fn(state, "email")
    assert [one.action for one in await entries(instance, account_id)] == [Action.CHANNEL_MENDED]


async def test_no_secret_stands_in_the_log(instance: Instance, alice: Person) -> None:
    state = await opened(InvitesState, alice)
    await InvitesState.create.fn(state, {"email": "eve@example.org"})
    await send_code(alice)
    payload = str(current_sandbox().inbox.received(Channel.DISCORD)[-1].payload)
    code = re.search(r"code is (\d{6})", payload)
    every = await entries(instance, alice.account_id) + await entries(instance, None)
    told = json.dumps([(one.subject, dict(one.detail)) for one in every])
    assert state.link.rpartition("=")[2] not in told
    assert code[1] not in told


async def test_an_operators_switch_is_the_instances(instance: Instance, alice: Person) -> None:
    state = await opened(OperatorState, alice)
    await OperatorState.ask.fn(state, "email", True)
    await OperatorState.switch.fn(state)  # SANDBOX=on pins it: refused, so nothing is written
    assert await entries(instance, None) == []


async def test_acts_of_a_key_name_the_key_and_the_address(instance: Instance) -> None:
    tenant = await tenant_on(instance)
    transport = httpx.ASGITransport(create_api(instance), client=("192.0.2.7", 1))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers=tenant.headers
    ) as client:
        body = {"name": "order", "color": "#112233"}
        assert (await client.post("/api/v1/categories", json=body)).status_code == 201
        spoof = {"x-forwarded-for": "198.51.100.9"}
        path = "/api/v1/categories/order"
        await client.patch(path, json={"name": "sale"}, headers=spoof)
        await client.patch("/api/v1/categories/sale", json={"name": "sale"})  # changes nothing
        await client.delete("/api/v1/categories/sale")
    found = await entries(instance, tenant.account_id)
    assert [one.action for one in reversed(found)] == [
        Action.CATEGORY_CREATED,
        Action.CATEGORY_CHANGED,
        Action.CATEGORY_DELETED,
    ]
    assert {one.client for one in found} == {"192.0.2.7"}
    assert all(re.fullmatch(r"key pk_\w+…", one.actor) for one in found)
    assert tenant.key not in str(found)


async def test_a_replay_by_a_key_is_written_once_with_its_count(instance: Instance) -> None:
    tenant = await tenant_on(instance)
    instance.sandbox.fail(Channel.EMAIL, "code:550", None)
    transport = httpx.ASGITransport(create_api(instance))
    wait = {"prefer": "wait=10"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers=tenant.headers
    ) as client:
        sent = await client.post("/api/v1/event", json={"category": "bug"}, headers=wait)
        body = {"since": "2020-01-01T00:00:00Z"}
        await client.post("/api/v1/events/replay", json=body | {"dryRun": True})
        assert await entries(instance, tenant.account_id) == []
        await client.post("/api/v1/events/replay", json=body)
        event_id = sent.json()["eventId"]
        await client.post(f"/api/v1/events/{event_id}/replay", json={"channels": ["discord"]})
    one, all_ = await entries(instance, tenant.account_id)
    assert (all_.action, all_.detail["deliveries"]) == (Action.EVENTS_REPLAYED, 1)
    assert (one.subject, one.detail["by"]) == (event_id, "Discord")


async def test_an_export_is_written(instance: Instance, alice: Person) -> None:
    await add(alice)
    transport = httpx.ASGITransport(export_app(instance), client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        cookies = {"cookie": alice.cookie}
        answer = await client.get("/export/categories/order.csv?q=ada", headers=cookies)
        assert answer.status_code == 200
    [newest, _] = await entries(instance, alice.account_id)
    assert (newest.action, newest.subject, newest.client) == (
        *(Action.EVENTS_EXPORTED, "order", "192.0.2.7"),
    )
    assert newest.detail == {"file": "csv", "q": "ada"}


# How long it is kept


async def test_a_removed_account_leaves_one_entry_of_the_instance(
    instance: Instance, charlie: Person
) -> None:
    await rename(charlie)
    await remove_account(instance, charlie.account_id, ADA)
    await instance.background.idle()
    assert await entries(instance, charlie.account_id) == []
    [entry] = await entries(instance, None)
    assert (entry.action, entry.subject, entry.client) == (
        *(Action.ACCOUNT_REMOVED, "Pigeons", "192.0.2.1"),
    )


async def test_entries_go_after_their_time_and_no_sooner(
    instance: Instance, charlie: Person
) -> None:
    def backdate(connection: Any) -> None:
        now = datetime.now(UTC)
        for days in (2, 399):
            entry = Entry(Action.ACCOUNT_RENAMED, ADA, charlie.account_id, f"{days} days")
            add_entry(connection, entry, now - timedelta(days=days))

    await instance.writer.run(None, backdate)
    late = datetime.now(UTC) + timedelta(days=399)
    parts = instance.database, instance.writer, instance.bus, None
    await Housekeeping(*parts, lambda: late).clean_up()
    assert len(await entries(instance, charlie.account_id)) == 2
    later = late + timedelta(days=2)
    await Housekeeping(*parts, lambda: later).clean_up()
    assert await entries(instance, charlie.account_id) == []


async def test_the_accounts_export_holds_its_log(instance: Instance, alice: Person) -> None:
    await rename(alice)
    parts = await instance.database.read(account_parts, alice.account_id)
    assert [one["action"] for one in parts["audit"]] == ["account.renamed"]


# Who may see it


async def many(instance: Instance, account_id: str | None, count: int) -> None:
    def write(connection: Any) -> None:
        for number in range(count):
            entry = Entry(Action.ACCOUNT_RENAMED, ADA, account_id, "", {"number": number})
            add_entry(connection, entry, datetime.now(UTC))

    await instance.writer.run(None, write)


async def test_the_log_is_read_newest_first_and_page_by_page(
    instance: Instance, charlie: Person
) -> None:
    await many(instance, charlie.account_id, 70)
    state = await opened(ActivityState, charlie)
    assert (len(state.rows), state.rows[0].detail) == (50, "number: 69")
    await ActivityState.older.fn(state)
    assert (len(state.rows), state.rows[-1].detail) == (20, "number: 0")
    await ActivityState.older.fn(state)  # there is no more
    await ActivityState.newer.fn(state)
    assert state.rows[0].detail == "number: 69"


async def test_nobody_sees_anothers_log(instance: Instance, alice: Person, charlie: Person) -> None:
    await many(instance, alice.account_id, 3)
    await many(instance, None, 3)
    assert (await opened(ActivityState, charlie)).rows == []


async def test_an_operator_sees_the_instances_log_and_each_accounts(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    await many(instance, charlie.account_id, 1)
    await many(instance, None, 2)
    state = await opened(ActsState, alice)
    assert (len(state.rows), state.whole) == (2, True)
    await ActsState.choose.fn(state, charlie.account_id)
    assert (len(state.rows), state.of) == (1, charlie.email)


async def test_others_see_nothing_of_the_operators_panel(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    await many(instance, None, 2)
    state = await opened(ActsState, charlie)
    assert says(await ActsState.choose.fn(state, alice.account_id), "Only operators")
    assert state.rows == []
    assert leads_to(await ActsState.choose.fn(state_of(ActsState), alice.account_id), "/login")

"""The audit log."""

from datetime import UTC, datetime

import pytest

from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.audit_kinds import KINDS
from pingpilot_app.domain.errors import Invalid
from pingpilot_app.storage.accounts import rename_account
from pingpilot_app.storage.audit import (
    ActFilter,
    _matching,
    add_entry,
    list_actors,
    list_entries,
)


@pytest.fixture
def renamed(tenant):
    actor = Actor("alice@example.org", "usr_1", "192.0.2.1")
    return Entry(Action.ACCOUNT_RENAMED, actor, tenant.account_id, "Pigeons", {"before": "alice"})


async def test_an_act_is_written_down_with_its_change(instance, tenant, renamed):
    await instance.writer.act(renamed, rename_account, tenant.account_id, "Pigeons")
    [entry] = await instance.database.read(list_entries, tenant.account_id)
    assert (entry.actor, entry.action, entry.subject, entry.client) == (
        *("alice@example.org", Action.ACCOUNT_RENAMED, "Pigeons", "192.0.2.1"),
    )
    assert entry.detail == {"before": "alice"}


async def test_what_was_refused_is_not_written_down(instance, tenant, renamed):
    with pytest.raises(Invalid):
        await instance.writer.act(renamed, rename_account, tenant.account_id, "")
    assert await instance.database.read(list_entries, tenant.account_id) == []


async def test_acts_are_read_newest_first_and_page_by_page(instance, tenant, renamed):
    for name in ("A", "B", "C"):
        await instance.writer.act(renamed, rename_account, tenant.account_id, name)
    first = await instance.database.read(list_entries, tenant.account_id, limit=2)
    rest = await instance.database.read(list_entries, tenant.account_id, before=first[-1].id)
    assert [len(first), len(rest)] == [2, 1]
    assert [one.id for one in (*first, *rest)] == sorted(
        (o.id for o in (*first, *rest)), reverse=True
    )


ACTORS = ("alice@example.org", "bob@example.org")


@pytest.fixture
async def log(instance, tenant):
    """Some acts of two people, and one of another account."""
    alice, bob = (Actor(name) for name in ACTORS)
    for account_id in (tenant.account_id, None):
        for entry in (
            Entry(Action.CATEGORY_CREATED, alice, account_id, "bug"),
            Entry(Action.CATEGORY_DELETED, bob, account_id, "50% off_er"),
            Entry(Action.KEY_CREATED, bob, account_id, "Web shop"),
        ):
            await instance.writer.run(None, add_entry, entry, datetime.now(UTC))
    return tenant.account_id


@pytest.mark.parametrize(
    ("wanted", "subjects"),
    [
        (ActFilter(), ["Web shop", "50% off_er", "bug"]),
        (ActFilter(actor="bob@example.org"), ["Web shop", "50% off_er"]),
        (ActFilter(actions=KINDS["categories"].actions), ["50% off_er", "bug"]),
        (ActFilter(text="web SHOP"), ["Web shop"]),
        (ActFilter(text="0% o"), ["50% off_er"]),
        (ActFilter(text="_"), ["50% off_er"]),
        (ActFilter(text="%%"), []),
        (ActFilter(since=datetime(2100, 1, 1, tzinfo=UTC)), []),
        (ActFilter(until=datetime(2026, 1, 1, tzinfo=UTC)), []),
        (ActFilter(since=datetime(2026, 1, 1, tzinfo=UTC)), ["Web shop", "50% off_er", "bug"]),
    ],
)
async def test_acts_are_found_by_who_what_and_when(instance, log, wanted, subjects):
    found = await instance.database.read(list_entries, log, wanted)
    assert [one.subject for one in found] == subjects


async def test_who_did_something_can_be_chosen(instance, log, open_tenant):
    other = await open_tenant("eve@example.org")
    assert await instance.database.read(list_actors, log) == list(ACTORS)
    assert await instance.database.read(list_actors, other.account_id) == []


async def test_a_page_of_acts_is_read_by_the_index_alone(instance, log):
    every = ActFilter(
        actor="a",
        actions=KINDS["keys"].actions,
        text="x",
        since=datetime(2026, 1, 1, tzinfo=UTC),
        until=datetime(2100, 1, 1, tzinfo=UTC),
    )

    def plan(connection):
        query = _matching(log, every, "aud_9").limit(51)
        sql = query.compile(connection, compile_kwargs={"render_postcompile": True})
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", tuple(_values(sql)))
        return [row[3] for row in rows]

    [step] = await instance.database.read(plan)
    assert "ix_audit_account_id_id (account_id=? AND id>? AND id<?)" in step


def _values(sql):
    return [sql.params[name] for name in sql.positiontup]


def test_every_act_is_of_one_kind():
    kinds = [kind.name for kind in KINDS.values() for _ in kind.actions]
    assert sorted(one for kind in KINDS.values() for one in kind.actions) == sorted(Action)
    assert set(kinds) == set(KINDS)

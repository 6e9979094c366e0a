"""The audit log."""

import pytest

from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.errors import Invalid
from pingpilot_app.storage.accounts import rename_account
from pingpilot_app.storage.audit import list_entries


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

"""The quota as its owner sees it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, insert

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.notice import NoticeKind
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.quota import month_of, months_until
from pingpilot_app.storage.accounts import set_plan
from pingpilot_app.storage.notices import add_notice, due_notices, mark_told
from pingpilot_app.storage.tables import quota_usage
from pingpilot_app.ui.pages.quota import QuotaState
from pingpilot_app.ui.pages.quota.state import short_count
from tests.ui.conftest import Person, state_of


def now() -> datetime:
    return datetime.now(UTC)


def count(connection: Connection, account_id: str, month: str, used: int) -> None:
    row = {"account_id": account_id, "month": month, "used": used}
    connection.execute(insert(quota_usage).values(row))


def tell(connection: Connection, account_id: str, used: int) -> None:
    subject = f"{month_of(now())}:{used}"
    add_notice(connection, account_id, NoticeKind.QUOTA, None, subject, "…", now())
    (notice,) = due_notices(connection, now(), 1)
    mark_told(connection, notice.id, Channel.EMAIL, now())


async def shown(person: Person) -> QuotaState:
    state = state_of(QuotaState, person.cookie)
    await state._show()
    return state


async def on_plan(instance: Instance, person: Person, plan: Plan, used: int = 0) -> None:
    account_id = person.account_id
    await instance.writer.run(account_id, set_plan, account_id, plan)
    if used:
        await instance.writer.run(account_id, count, account_id, month_of(now()), used)


async def test_without_a_limit_nothing_is_left_and_nothing_is_warned_of(alice: Person) -> None:
    state = await shown(alice)

    assert (state.used, state.of, state.left, state.alerts) == ("0", "", "", [])
    assert state.look == "calm"


async def test_months_without_events_are_zero_not_missing(
    instance: Instance, alice: Person
) -> None:
    before = months_until(now(), 12)[4]
    await instance.writer.run(alice.account_id, count, alice.account_id, before, 1_240)

    bars = (await shown(alice)).bars

    assert [bar.used for bar in bars] == ["0"] * 4 + ["1,240"] + ["0"] * 7
    assert bars[4].height == "100.0%"
    assert [bar.current for bar in bars] == [False] * 11 + [True]


async def test_both_alerts_say_whether_they_were_told(instance: Instance, alice: Person) -> None:
    await on_plan(instance, alice, Plan.FREE, used=90)
    await instance.writer.run(alice.account_id, tell, alice.account_id, 80)

    first, second = (await shown(alice)).alerts

    assert (first.percent, first.state, first.told_by) == ("80 %", "told", "email")
    assert (second.percent, second.count, second.state) == ("100 %", "100 events", "ahead")


async def test_an_alert_of_an_earlier_plan_stays(instance: Instance, alice: Person) -> None:
    await on_plan(instance, alice, Plan.PRO, used=90)
    await instance.writer.run(alice.account_id, tell, alice.account_id, 80)

    assert [(one.percent, one.count) for one in (await shown(alice)).alerts][-1] == (
        "Earlier plan",
        "80 events",
    )


async def test_what_a_smaller_plan_passed_over_is_not_called_told(
    instance: Instance, alice: Person
) -> None:
    await on_plan(instance, alice, Plan.FREE, used=247)

    state = await shown(alice)

    assert [one.state for one in state.alerts] == ["missed", "missed"]
    assert (state.left, state.look) == ("0", "bad")
    assert state.forecast.startswith("247 events are used, 147 over the plan.")


async def test_another_account_sees_its_own_months(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    await on_plan(instance, alice, Plan.PRO, used=90)

    assert (await shown(charlie)).total == "0"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (940, "940"), (1_000, "1k"), (1_240, "1.2k"), (18_400, "18k"), (3_400_000, "3.4M")],
)
def test_counts_above_bars_are_short(number: int, text: str) -> None:
    assert short_count(number) == text

"""The overview: what happened, and what needs somebody."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage.outages import OutageView, put_outage
from pingpilot_app.storage.tables import accounts, destinations
from pingpilot_app.ui.bars import milliseconds_text, percent_text
from pingpilot_app.ui.pages.overview import OverviewState
from tests.ui.conftest import Person, state_of
from tests.ui.test_exports import send
from tests.ui.test_feed import prepare


async def opened(person: Person, path: str = "/overview") -> OverviewState:
    """Return the page as it is once the browser has told where it is."""
    state = state_of(OverviewState, person.cookie, path)
    state._begin()
    await OverviewState.hear_viewer.fn(state, ["Asia/Kolkata", 1])
    return state


def kinds(state: OverviewState) -> list[str]:
    return [concern.kind for concern in state.concerns]


async def test_a_new_account_is_told_what_it_lacks(alice: Person) -> None:
    state = await opened(alice)

    assert state.categories == []
    assert kinds(state) == ["refused"]
    assert state.concerns[0].path == "/channels"


async def test_when_all_is_well_nothing_needs_anybody(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send(instance, alice, {})

    assert kinds(await opened(alice)) == []


async def test_categories_tell_of_their_month(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send(instance, alice, {"fields": {"a": 1}}, {"fields": {"a": 1, "b": 0}})

    bug, question, _ = (await opened(alice)).categories

    assert (bug.events, bug.fields, bug.path) == ("2", "2", "/categories/bug")
    assert bug.last_ping != ""
    assert (question.events, question.fields, question.last_ping) == ("0", "0", "")


@pytest.mark.parametrize(("path", "bars"), [("", 24), ("?period=week", 7), ("?period=month", 30)])
async def test_the_chart_goes_back_as_far_as_asked(
    instance: Instance, alice: Person, path: str, bars: int
) -> None:
    await prepare(instance, alice)
    await send(instance, alice, {}, {})

    state = await opened(alice, f"/overview{path}")

    assert len(state.bars) == bars
    assert (state.bars[-1]["pending"], state.bars_total) == (2, 2)
    assert state.bars_summary.startswith("2 events; most on ")


async def test_what_is_broken_is_told_in_the_providers_words(
    instance: Instance, alice: Person
) -> None:
    await prepare(instance, alice)
    now = datetime.now(UTC)
    await instance.writer.run(
        alice.account_id,
        lambda c: c.execute(
            update(destinations)
            .where(destinations.c.account_id == alice.account_id)
            .values(broken_at=now, broken_reason="No such mailbox")
        ),
    )
    outage = OutageView(Channel.EMAIL, "", None, Failure.NO_ANSWER, "x", now, now + timedelta(1))
    await instance.writer.run(alice.account_id, put_outage, outage)

    state = await opened(alice)

    assert kinds(state) == ["broken", "outage"]  # of the channel that is on
    assert state.concerns[0].words == "No such mailbox"


async def test_a_quota_that_is_nearly_used_up_is_told(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send(instance, alice, *[{}] * 80)
    await instance.writer.run(
        alice.account_id, lambda c: c.execute(update(accounts).values(plan=Plan.FREE))
    )

    state = await opened(alice)

    assert (kinds(state), state.concerns[0].title) == (["quota"], "80 % of the quota is used")


async def test_a_backlog_is_told(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send(instance, alice, *[{}] * 99)
    assert kinds(await opened(alice)) == []

    await send(instance, alice, {})
    state = await opened(alice)

    assert state.concerns[0].title == "100 events are still on their way"
    assert state.concerns[0].path == "/feed?status=PENDING"


async def test_the_overview_is_of_the_own_account(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    await prepare(instance, alice)
    await send(instance, alice, {})

    state = await opened(charlie)

    assert (state.categories, state.bars_total) == ([], 0)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 0, "–"), (0, 5, "0 %"), (5, 5, "100 %"), (99_999, 100_000, "99.9 %"), (1, 3, "33.3 %")],
)
def test_a_rate_is_never_rounded_to_all_or_nothing(part: int, whole: int, text: str) -> None:
    assert percent_text(part, whole) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [(None, "–"), (0, "0 ms"), (120, "120 ms"), (1_200, "1.2 s"), (95_000, "1 min")],
)
def test_a_latency_is_told_in_its_unit(ms: int | None, text: str) -> None:
    assert milliseconds_text(ms) == text

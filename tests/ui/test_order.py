"""One channel after the other, and whom to tell: what the pages do."""

from datetime import UTC, datetime

import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.escalation import Step
from pingpilot_app.storage.categories import add_quick_start
from pingpilot_app.storage.escalations import escalation_of, set_escalation
from pingpilot_app.storage.fallback import fallback_of
from pingpilot_app.storage.users import user_with
from pingpilot_app.ui.pages.categories import EscalationState
from pingpilot_app.ui.pages.channels import OrderState
from tests.ui.conftest import state_of


@pytest.fixture
async def order(alice):
    """Alice's panel of the order."""
    return state_of(OrderState, alice.cookie)


@pytest.fixture
async def escalation(instance, alice):
    """Alice's form, and her categories."""
    await instance.writer.run(
        alice.account_id, add_quick_start, alice.account_id, datetime.now(UTC)
    )
    state = state_of(EscalationState, alice.cookie)
    await state._show()
    return state


async def chosen(instance, alice):
    """Return the order of Alice's account."""
    return await instance.database.read(fallback_of, alice.account_id)


async def line(instance, alice, name="bug"):
    """Return whom Alice's category has told."""
    return await instance.database.read(escalation_of, alice.account_id, name)


async def test_all_channels_are_used_at_once_until_somebody_chooses(order, instance, alice):
    await order._show()
    assert not order.in_turn
    await OrderState.choose.fn(order, True)
    assert await chosen(instance, alice) == tuple(Channel)
    await OrderState.choose.fn(order, False)
    assert await chosen(instance, alice) is None


async def test_a_channel_moves_one_place_forward(order, instance, alice):
    await OrderState.choose.fn(order, True)
    await OrderState.sooner.fn(order, "email")
    assert await chosen(instance, alice) == (Channel.DISCORD, Channel.EMAIL, Channel.TELEGRAM)
    assert [place.channel for place in order.places] == ["discord", "email", "telegram"]


@pytest.mark.parametrize("name", ["discord", "fax", ""])
async def test_the_first_one_and_no_channel_move_nowhere(order, instance, alice, name):
    await OrderState.choose.fn(order, True)
    await OrderState.sooner.fn(order, name)
    assert await chosen(instance, alice) == tuple(Channel)


async def test_steps_are_kept_and_shown_again(escalation, instance, alice, bob):
    ben = await instance.database.read(user_with, bob.email)
    await EscalationState.open.fn(escalation, "bug")
    form = {"minutes-1": "5", "user-1": ben.id, "minutes-3": "60", "user-3": ""}
    await EscalationState.save.fn(escalation, form)
    assert await line(instance, alice) == (Step(5, ben.id), Step(60))
    assert escalation.category == ""
    await EscalationState.open.fn(escalation, "bug")
    assert [step.minutes for step in escalation.steps] == ["5", "60", ""]


async def test_an_empty_form_escalates_nothing(escalation, instance, alice):
    account_id = alice.account_id
    await instance.writer.run(account_id, set_escalation, account_id, "bug", [Step(5)])
    await EscalationState.open.fn(escalation, "bug")
    await EscalationState.save.fn(escalation, {})
    assert await line(instance, alice) == ()


@pytest.mark.parametrize(
    "form", [{"minutes-1": "soon"}, {"minutes-1": "5", "user-1": "usr_of_somebody_else"}]
)
async def test_what_makes_no_sense_is_refused_with_a_sentence(escalation, instance, alice, form):
    await EscalationState.open.fn(escalation, "bug")
    await EscalationState.save.fn(escalation, form)
    assert escalation.errors["escalation"]
    assert await line(instance, alice) == ()


async def test_an_outsider_is_never_offered(escalation, charlie, vera, bob):
    await escalation._show()
    assert sorted(member.name for member in escalation.members) == ["alice", "bob"]


async def test_a_category_of_somebody_else_does_not_open(escalation, charlie):
    state = state_of(EscalationState, charlie.cookie)
    await EscalationState.open.fn(state, "bug")
    assert state.category == ""

"""The steps to the first event."""

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.ui.onboarding import OnboardingState
from tests.ui.conftest import Person, state_of
from tests.ui.test_feed import prepare


async def shown(person: Person) -> OnboardingState:
    """Return the steps as the person sees them."""
    state = state_of(OnboardingState, person.cookie, "/feed")
    await state._show()
    return state


async def test_before_the_first_event_the_steps_are_shown(alice: Person) -> None:
    state = await shown(alice)

    assert not state.started
    assert [step.done for step in state.steps] == [False, False, False, False]


async def test_steps_that_are_done_are_ticked(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)

    state = await shown(alice)

    assert [step.done for step in state.steps] == [True, False, True, False]

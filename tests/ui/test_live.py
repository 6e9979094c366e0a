"""What open pages share."""

import asyncio

import pytest
import reflex as rx

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.live import Live, shared
from tests.ui.conftest import Person, state_of


class Source:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def load(self) -> int:
        self.asked += 1
        return self.asked


async def test_many_tabs_ask_once(instance: Instance) -> None:
    source = Source()

    found = [await shared("acc_once", "rows", source.load) for _ in range(20)]

    assert found == [1] * 20


async def test_a_change_is_asked_for(instance: Instance) -> None:
    source = Source()
    await shared("acc_change", "rows", source.load)
    instance.bus.publish("acc_change")

    assert await shared("acc_change", "rows", source.load) == 2


async def test_another_filter_is_asked_for(instance: Instance) -> None:
    source = Source()
    await shared("acc_filter", ("rows", "bug"), source.load)

    assert await shared("acc_filter", ("rows", "sale"), source.load) == 2


async def test_a_failure_is_not_kept(instance: Instance) -> None:
    async def fail() -> int:
        raise Unavailable("The database cannot be read now.")

    with pytest.raises(Unavailable):
        await shared("acc_fail", "rows", fail)

    assert await shared("acc_fail", "rows", Source().load) == 1


async def test_changes_that_follow_fast_are_looked_at_together(instance: Instance) -> None:
    source = Source()
    await shared("acc_fast", "rows", source.load)

    async def change_and_ask() -> int:
        instance.bus.publish("acc_fast")
        return await shared("acc_fast", "rows", source.load)

    assert await asyncio.gather(*[change_and_ask() for _ in range(20)]) == [2] * 20


class FragileState(Live, rx.State):
    """A page whose database may be away."""

    broken: bool = False

    async def _load(self, session: SessionView) -> None:
        if self.broken:
            raise Unavailable("The database cannot be read now.")


async def test_a_page_outlives_a_load_that_fails(alice: Person) -> None:
    state = state_of(FragileState, alice.cookie)
    state.broken = True

    assert await state._loaded()
    assert (state.ready, state.stale) == (False, True)

    state.broken = False
    assert await state._loaded()
    assert (state.ready, state.stale) == (True, False)

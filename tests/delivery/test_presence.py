"""Who watches the feed now."""

import asyncio

import pytest

from pingpilot_app.delivery.bus import Bus
from pingpilot_app.delivery.presence import Presence
from pingpilot_app.domain.response import Responder

ANN, BEN = Responder("Ann", "usr_ann"), Responder("Ben", "usr_ben")


@pytest.fixture
def bus():
    return Bus()


@pytest.fixture
def presence(bus):
    return Presence(bus, linger=0)


async def left(bus, presence, count):
    """Wait until so many watch the account."""
    wake = bus.subscribe("acc")
    async with asyncio.timeout(5):
        while len(presence.names("acc", besides="")) > count:
            await wake.wait()
            wake.clear()


async def test_who_watches_is_seen_by_the_others(presence):
    with presence.watching("acc", ANN), presence.watching("acc", BEN):
        assert presence.names("acc", besides="usr_ben") == ["Ann"]
        assert presence.names("acc", besides="usr_ann") == ["Ben"]


async def test_nobody_of_another_account_is_seen(presence):
    with presence.watching("acc_other", ANN):
        assert presence.names("acc", besides="usr_ben") == []


async def test_three_tabs_are_one_person_until_the_last_is_closed(bus, presence):
    with presence.watching("acc", ANN):
        with presence.watching("acc", ANN), presence.watching("acc", ANN):
            pass
        await asyncio.sleep(0)
        assert presence.names("acc", besides="") == ["Ann"]
    await left(bus, presence, 0)
    assert presence.names("acc", besides="") == []


async def test_coming_and_going_wakes_who_is_there(bus, presence):
    before = bus.version("acc")
    with presence.watching("acc", ANN):
        came = bus.version("acc")
        with presence.watching("acc", ANN):  # a second tab is nothing new
            assert bus.version("acc") == came
    await left(bus, presence, 0)
    assert len({before, came, bus.version("acc")}) == 3


async def test_who_loads_the_page_again_has_not_been_away(bus):
    presence = Presence(bus)
    with presence.watching("acc", ANN):
        pass
    came = bus.version("acc")
    with presence.watching("acc", ANN):
        assert (presence.names("acc", besides=""), bus.version("acc")) == (["Ann"], came)

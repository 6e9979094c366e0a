"""The conversation about an event: what each person sees of it and may do."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.response import TEXT_MAX
from pingpilot_app.storage.categories import add_quick_start
from pingpilot_app.storage.destinations import set_enabled
from pingpilot_app.ui.pages.event import ConversationState, EventState
from pingpilot_app.ui.pages.event import talk as talk_module
from tests.conftest import MakeSettings
from tests.security.desk import open_desk
from tests.ui.conftest import Person, leads_to, says, send_event, state_of, with_sandbox


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int]
) -> AsyncIterator[Instance]:
    """An instance with its sandbox."""
    async with with_sandbox(make_settings, free_ports()) as instance:
        yield instance


@pytest.fixture
async def event(instance: Instance, alice: Person) -> str:
    """The id of an event of Alice's account."""
    account_id, now = alice.account_id, datetime.now(UTC)
    await instance.writer.run(account_id, add_quick_start, account_id, now)
    for channel in (Channel.DISCORD, Channel.TELEGRAM):
        await instance.writer.run(account_id, set_enabled, account_id, channel, False, now)
    return await send_event(instance, alice, "bug")


@dataclass(frozen=True)
class Seat:
    """Somebody at the page of an event."""

    person: Person
    event: str

    async def sees(self) -> EventState:
        state = state_of(EventState, self.person.cookie, f"/events/{self.event}")
        await state._show()
        return state

    async def does(self, act: str) -> Any:
        """Press a button that needs nothing but the event."""
        state = state_of(ConversationState, self.person.cookie)
        return await ConversationState.event_handlers[act].fn(state, self.event)

    async def submits(self, act: str, **form: str) -> Any:
        state = state_of(ConversationState, self.person.cookie)
        fields = {"event": self.event} | form
        return await ConversationState.event_handlers[act].fn(state, fields)


@pytest.fixture
def ann(alice: Person, event: str) -> Seat:
    """The owner."""
    return Seat(alice, event)


@pytest.fixture
def ben(bob: Person, event: str) -> Seat:
    """A member."""
    return Seat(bob, event)


async def test_a_claim_shows_who_is_on_it_to_everybody(ann: Seat, ben: Seat) -> None:
    assert (await ann.sees()).talk.claim.step == "open"
    assert await ben.does("claim") is None

    hers, his = await ann.sees(), await ben.sees()

    assert (hers.talk.claim.step, hers.talk.claim.name, hers.mine) == ("claimed", "bob", False)
    assert (his.talk, his.mine) == (replace(hers.talk, colleagues=his.talk.colleagues), True)


async def test_a_claim_is_taken_over_and_let_go(ann: Seat, ben: Seat) -> None:
    await ben.does("claim")
    await ann.does("claim")
    assert (await ann.sees()).mine

    await ann.does("release")

    seen = await ann.sees()
    assert (seen.talk.claim.step, seen.mine) == ("open", False)
    assert [entry.did for entry in seen.talk.said] == ["took it", "took it", "let it go"]


async def test_a_note_ends_it_and_reopening_begins_anew(ann: Seat, ben: Seat) -> None:
    await ben.submits("resolve", note="Restarted it.\nAll is well.")
    claim = (await ann.sees()).talk
    assert (claim.claim.step, claim.claim.resolved_by) == ("resolved", "bob")
    assert claim.said[-1].parts[0].text == "Restarted it.\nAll is well."

    assert says(await ann.does("claim"), "bob has resolved this. Reopen it first.")
    await ann.does("reopen")

    assert (await ben.sees()).talk.claim.step == "open"


async def test_a_taken_comment_empties_the_box_and_a_refused_one_does_not(ann: Seat) -> None:
    state = state_of(ConversationState, ann.person.cookie)
    for text, sent in (("Seen.", 1), ("x" * (TEXT_MAX + 1), 1), (" ", 1), ("Done.", 2)):
        answer = await ConversationState.comment.fn(state, {"event": ann.event, "comment": text})
        assert (state.sent, answer is None) == (sent, text in ("Seen.", "Done."))

    assert [entry.parts[0].text for entry in (await ann.sees()).talk.said] == ["Seen.", "Done."]


async def test_too_long_a_comment_is_told_its_length(ann: Seat) -> None:
    answer = await ann.submits("comment", comment="x" * 2_345)

    assert says(answer, "Keep it to 2,000 characters; it has 2,345.")


async def test_mentions_are_parts_of_their_own(ann: Seat, ben: Seat) -> None:
    await ann.submits("comment", comment="Ask @Bob, not @nobody: b@bob.example")

    (entry,) = (await ben.sees()).talk.said
    assert [(part.text, part.mention) for part in entry.parts] == [
        ("Ask ", False),
        ("@Bob", True),
        (", not @nobody: b@bob.example", False),
    ]


async def test_colleagues_are_offered_without_oneself(ann: Seat, ben: Seat, vera: Person) -> None:
    offered = [(one.name, one.handle) for one in (await ann.sees()).talk.colleagues]

    assert offered == [("bob", "bob"), ("vera", "vera")]


async def test_earlier_entries_are_shown_when_asked_for(ann: Seat) -> None:
    for number in range(talk_module.SHOWN + 3):
        await ann.submits("comment", comment=str(number))
    state = await ann.sees()
    assert (state.talk.earlier, state.talk.said[0].parts[0].text) == (3, "3")

    await EventState.show_earlier.fn(state)

    assert (state.talk.earlier, state.talk.said[0].parts[0].text) == (0, "0")


@pytest.mark.parametrize("act", ["claim", "release", "resolve", "reopen", "comment"])
async def test_a_viewer_looks_and_does_nothing(
    instance: Instance, ann: Seat, vera: Person, act: str
) -> None:
    hers = Seat(vera, ann.event)
    payload: Any = {"event_id": ann.event}
    if act in ("resolve", "comment"):
        payload = {"form": {"event": ann.event, "comment": "x", "note": "x"}}

    async with open_desk() as desk:
        told = await desk.call(ConversationState, act, payload, vera.cookie)

    assert "Only owners, admins and members of this account may do this." in told
    assert ((await hers.sees()).talk.claim.step, (await hers.sees()).talk.said) == ("open", [])


@pytest.mark.parametrize("act", ["claim", "release", "reopen"])
async def test_to_an_outsider_there_is_no_such_event(ann: Seat, charlie: Person, act: str) -> None:
    his = Seat(charlie, ann.event)

    answers = [await his.does(act), await his.submits("comment", comment="x")]

    assert all(says(one, "There is no event with this id in your account.") for one in answers)
    assert (await his.sees()).found == []
    assert (await ann.sees()).talk.said == []


@pytest.mark.parametrize("event_id", ["", "evt_1", "evt_" + "\x00" * 26, "' OR 1=1"])
async def test_what_is_no_id_is_no_event(alice: Person, event_id: str) -> None:
    assert says(await Seat(alice, event_id).does("claim"), "There is no event with this id")


async def test_nobody_is_led_to_the_sign_in_page(ann: Seat) -> None:
    nobody = Seat(replace(ann.person, token="guessed"), ann.event)

    assert leads_to(await nobody.does("claim"), "/login")
    assert leads_to(await nobody.submits("comment", comment="x"), "/login")

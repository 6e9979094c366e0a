"""Who is on an event, and what is said of it."""

from datetime import UTC, datetime

import pytest

from pingpilot_app.delivery import responses
from pingpilot_app.domain.errors import Conflict, Invalid, NotFound
from pingpilot_app.domain.response import Responder
from pingpilot_app.storage import claims
from pingpilot_app.storage.changes import last_change

ANN = Responder("Ann", "usr_ann")
BEN = Responder("Ben", "usr_ben")


@pytest.fixture
async def event(instance, tenant, client):
    """The instance, the account and one event of it."""
    body = {"category": "bug"}
    answer = await client.post("/api/v1/event", json=body, headers=tenant.headers)
    return instance, tenant.account_id, answer.json()["eventId"]


async def claim_of(instance, account_id, event_id):
    """Return who has the event."""
    found = await instance.database.read(claims.claims_of, account_id, [event_id])
    return found.get(event_id)


async def said(instance, account_id, event_id):
    """Return the conversation as (who, what kind, text)."""
    found = await instance.database.read(claims.list_comments, account_id, event_id)
    return [(one.name, one.kind.value, one.text) for one in found]


async def test_who_claims_an_event_has_it(event):
    await responses.claim_event(*event, ANN)
    assert (await claim_of(*event)).name == "Ann"
    assert await said(*event) == [("Ann", "claimed", "")]


async def test_claiming_twice_is_once(event):
    await responses.claim_event(*event, ANN)
    await responses.claim_event(*event, ANN)
    assert len(await said(*event)) == 1


async def test_somebody_else_can_take_over(event):
    await responses.claim_event(*event, ANN)
    await responses.claim_event(*event, BEN)
    assert (await claim_of(*event)).name == "Ben"


async def test_a_released_event_is_nobodys(event):
    await responses.claim_event(*event, ANN)
    await responses.release_event(*event, ANN)
    assert await claim_of(*event) is None


async def test_an_event_is_resolved_with_a_note(event):
    await responses.claim_event(*event, ANN)
    await responses.resolve_event(*event, BEN, " Restarted it.\r\n")
    found = await claim_of(*event)
    assert (found.name, found.resolved_by, found.note) == ("Ann", "Ben", "Restarted it.")


async def test_what_is_resolved_has_to_be_reopened_first(event):
    await responses.resolve_event(*event, ANN)
    for act in (responses.claim_event, responses.release_event, responses.resolve_event):
        with pytest.raises(Conflict, match="Ann"):
            await act(*event, BEN)
    await responses.reopen_event(*event, BEN)
    assert await claim_of(*event) is None
    await responses.claim_event(*event, BEN)


async def test_a_comment_is_kept_as_it_was_written(event):
    await responses.comment_on_event(*event, ANN, " <b>seen</b> 🙈\nmore ")
    assert await said(*event) == [("Ann", "comment", "<b>seen</b> 🙈\nmore")]


@pytest.mark.parametrize("text", ["", " \n ", "x" * 2_001])
async def test_nothing_and_too_much_are_refused(event, text):
    with pytest.raises(Invalid):
        await responses.comment_on_event(*event, ANN, text)


async def test_an_event_of_somebody_else_is_none(event, open_tenant):
    instance, _, event_id = event
    other = (await open_tenant("eve@example.org")).account_id
    for act in (responses.claim_event, responses.release_event, responses.resolve_event):
        with pytest.raises(NotFound):
            await act(instance, other, event_id, ANN)
    with pytest.raises(NotFound):
        await responses.comment_on_event(instance, other, event_id, ANN, "hello")


async def test_every_response_is_a_change_that_streams_see(event):
    instance, account_id, _ = event
    before = await instance.database.read(last_change, account_id)
    await responses.claim_event(*event, ANN)
    after = await instance.database.read(last_change, account_id)
    assert after > before


async def test_an_event_takes_so_many_comments(event):
    instance, account_id, event_id = event
    now = datetime.now(UTC)

    def fill(connection):
        for _ in range(claims.COMMENTS_MAX):
            claims.add_comment(connection, account_id, event_id, ANN, "x", now)

    await instance.writer.run(account_id, fill)
    with pytest.raises(Conflict, match="takes"):
        await responses.comment_on_event(*event, BEN, "one more")

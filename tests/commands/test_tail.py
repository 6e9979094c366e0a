"""`tail` prints each event once, over lost connections too, and says what keeps it from that."""

import json

import click
import httpx
import pytest

from pingpilot_app.commands import following
from pingpilot_app.commands.following import Follower


def message(number: int, kind: str = "event.created") -> bytes:
    event = json.dumps({"id": f"evt_{number}"})
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (number, kind.encode(), event.encode())


FIRST = b"retry: 2000\nid: 7\n\n"


class Answers:
    """A server that answers each request by the next of its answers."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.headers.get("Last-Event-ID"))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        headers = {"Content-Type": "text/event-stream"}
        return httpx.Response(200, headers=headers, content=parts(answer))


async def parts(answer: bytes):
    for start in range(0, len(answer), 5):
        yield answer[start : start + 5]


def refusal(status: int, words: str, **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"message": words}, headers=headers)


async def follow(answers: Answers, count: int) -> tuple[list[str], list[str]]:
    """Return the ids of so many events, and what was said meanwhile."""
    said: list[str] = []
    found: list[str] = []
    transport = httpx.MockTransport(answers)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        async for one in Follower(client, said.append).messages():
            found += [one.event["id"]] if one.event else []
            if len(found) == count:
                break
    return found, said


async def test_messages_are_put_together_from_pieces():
    answers = Answers(FIRST + b": still here\n\n" + message(8) + message(9))
    assert (await follow(answers, 2))[0] == ["evt_8", "evt_9"]


async def test_a_lost_connection_is_taken_up_behind_the_last_whole_message(monkeypatch):
    monkeypatch.setattr(following, "WAIT_MAX", 0)
    answers = Answers(
        FIRST + message(8) + message(9)[:-3],
        httpx.ConnectError("refused"),
        FIRST + message(9),
    )
    found, said = await follow(answers, 2)
    assert found == ["evt_8", "evt_9"]
    assert answers.asked == [None, "8", "8"]
    assert said[-1] == "Connected again."


async def test_a_first_connection_that_fails_is_told_at_once():
    with pytest.raises(httpx.ConnectError):
        await follow(Answers(httpx.ConnectError("refused")), 1)


async def test_a_busy_server_is_asked_again():
    busy = refusal(503, "Too many streams.", **{"Retry-After": "0"})
    assert (await follow(Answers(busy, FIRST + message(8)), 1))[0] == ["evt_8"]


async def test_what_is_not_kept_any_more_is_told():
    answers = Answers(FIRST + message(8), refusal(410, "Gone."), FIRST + message(9))
    found, said = await follow(answers, 2)
    assert found == ["evt_8", "evt_9"]
    assert answers.asked == [None, "8", None]
    assert any("missing" in sentence for sentence in said)


async def test_a_refusal_for_good_ends_it():
    with pytest.raises(click.ClickException, match="Invalid API key"):
        await follow(Answers(refusal(401, "Invalid API key")), 1)


async def test_what_is_no_pingpilot_is_told():
    with pytest.raises(click.ClickException, match="no PingPilot"):
        await follow(Answers(httpx.Response(200, text="<html>")), 1)

"""The sandbox can be watched and told to fail."""

import httpx
import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox import Sandbox
from pingpilot_app.sandbox.inbox import KEPT, Inbox

BOT = "/telegram/bot1:x"
MESSAGE = {"chat_id": 7, "text": "hello"}


async def test_what_came_in_is_shown_with_its_count(http, sandbox):
    sandbox.telegram.register_chat(7)
    await http.post(f"{BOT}/sendMessage", json=MESSAGE)
    shown = (await http.get("/control/received?channel=telegram")).json()
    assert shown["count"] == {"discord": 0, "telegram": 1, "email": 0}
    assert shown["received"][0]["payload"] == MESSAGE
    assert "PingPilot sandbox" in shown["sandbox"]


async def test_what_came_in_can_be_forgotten(http, sandbox):
    sandbox.inbox.add(Channel.EMAIL, "a@x.example", b"Subject: x\r\n\r\ny", "1")
    await http.delete("/control/received")
    assert (await http.get("/control/received")).json()["received"] == []


async def test_start_can_be_pressed(http):
    body = {"username": "ada", "token": "tok"}
    chat_id = (await http.post("/control/telegram/start", json=body)).json()["chat_id"]
    (update,) = (await http.get(f"{BOT}/getUpdates")).json()["result"]
    assert update["message"]["chat"]["id"] == chat_id
    assert update["message"]["text"] == "/start tok"


async def test_a_chat_can_be_registered(http):
    await http.post("/control/telegram/chats", json={"chat_id": 7})
    assert (await http.post(f"{BOT}/sendMessage", json=MESSAGE)).json()["ok"]


async def test_a_failure_lasts_as_often_as_told(http):
    plan = {"channel": "telegram", "mode": "rate_limit", "times": 2, "retry_after": 9}
    await http.post("/control/fail", json=plan)
    answers = [(await http.get(f"{BOT}/getMe")).json() for _ in range(3)]
    assert [answer["ok"] for answer in answers] == [False, False, True]
    assert answers[0]["parameters"] == {"retry_after": 9}


async def test_failures_can_be_called_off(http):
    await http.post("/control/fail", json={"channel": "telegram", "mode": "garbage", "times": None})
    await http.delete("/control/fail")
    assert (await http.get(f"{BOT}/getMe")).json()["ok"]


async def test_a_held_answer_is_let_go_by_calling_failures_off(http, sandbox):
    sandbox.fail(Channel.TELEGRAM, "timeout")
    with pytest.raises(httpx.ReadTimeout):
        await http.get(f"{BOT}/getMe", timeout=0.05)
    await http.delete("/control/fail")
    assert (await http.get(f"{BOT}/getMe")).json()["ok"]


@pytest.mark.parametrize(
    "plan",
    [
        {"channel": "fax", "mode": "reset"},
        {"channel": "email", "mode": "explode"},
        {"channel": "email", "mode": "code:"},
        {"channel": "email"},
        [],
    ],
)
async def test_a_senseless_failure_is_refused(http, plan):
    assert (await http.post("/control/fail", json=plan)).status_code == 400


async def test_another_sites_page_has_no_control(http):
    answer = await http.get("/control/received", headers={"Host": "evil.example:80"})
    assert answer.status_code == 403


async def test_a_taken_port_is_an_error_and_leaves_nothing_open(sandbox):
    with pytest.raises(OSError, match="in use"):
        await Sandbox(sandbox.http_port).start()


def test_the_inbox_keeps_the_last_and_counts_all():
    changes = []
    inbox = Inbox(lambda: changes.append(1))
    for number in range(KEPT + 3):
        inbox.add(Channel.DISCORD, "1", {"number": number}, str(number))
    assert len(inbox.received()) == KEPT
    assert inbox.received()[0].payload == {"number": 3}
    assert inbox.counts()["discord"] == len(changes) == KEPT + 3

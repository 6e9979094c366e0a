"""Proof of ownership: codes for Discord and email, the start link for Telegram."""

import re

import httpx
import pytest

from pingpilot_app.delivery import verification
from pingpilot_app.delivery.probe import send_now
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Invalid, LimitReached
from pingpilot_app.storage.destinations import get_destination

DISCORD_ID = "987654321098765432"


async def begin(instance, tenant, address=DISCORD_ID) -> str:
    _, code = await instance.writer.run(
        tenant.account_id,
        verification.begin_code,
        tenant.account_id,
        Channel.DISCORD,
        address,
        instance.pepper,
    )
    return code


async def confirm(instance, tenant, code: str) -> bool:
    return await instance.writer.run(
        tenant.account_id,
        verification.confirm_code,
        tenant.account_id,
        Channel.DISCORD,
        code,
        instance.pepper,
    )


async def destination(instance, tenant, channel=Channel.DISCORD):
    return await instance.database.read(get_destination, tenant.account_id, channel)


async def test_the_right_code_verifies_the_address(instance, tenant):
    code = await begin(instance, tenant)
    assert not (await destination(instance, tenant)).ready
    assert await confirm(instance, tenant, code)
    found = await destination(instance, tenant)
    assert (found.ready, found.address) == (True, DISCORD_ID)


async def test_a_code_works_once(instance, tenant):
    code = await begin(instance, tenant)
    assert await confirm(instance, tenant, code)
    assert not await confirm(instance, tenant, code)


async def test_five_wrong_guesses_end_the_code(instance, tenant):
    code = await begin(instance, tenant)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        assert not await confirm(instance, tenant, wrong)
    assert not await confirm(instance, tenant, code)


async def test_codes_are_not_sent_in_a_row(instance, tenant):
    await begin(instance, tenant)
    with pytest.raises(LimitReached):
        await begin(instance, tenant)


async def test_an_address_out_of_form_is_refused(instance, tenant):
    with pytest.raises(Invalid):
        await begin(instance, tenant, "@ada")


async def test_the_code_arrives_at_the_address(instance, tenant):
    code = await begin(instance, tenant)
    message = verification.code_message(code, "http://localhost:8000")
    await send_now(instance.senders, await destination(instance, tenant), message)
    received = instance.sandbox.inbox.received(Channel.DISCORD)[0]
    assert received.to == DISCORD_ID
    assert code in received.payload["embeds"][0]["description"]


async def link(instance, tenant, username="ada_lovelace") -> str:
    return await instance.writer.run(
        tenant.account_id,
        verification.begin_link,
        tenant.account_id,
        username,
        instance.pepper,
    )


async def press_start(instance, username: str, token: str) -> None:
    url = f"http://127.0.0.1:{instance.sandbox.http_port}/control/telegram/start"
    async with httpx.AsyncClient() as client:
        response = await client.post(url, json={"username": username, "token": token})
        assert response.status_code == 200


async def test_pressing_start_links_the_chat(instance, tenant, eventually):
    token = await link(instance, tenant)
    assert re.fullmatch(r"[A-Za-z0-9_-]{22,64}", token)
    await press_start(instance, "Ada_Lovelace", token)

    async def linked():
        found = await destination(instance, tenant, Channel.TELEGRAM)
        return found if found.ready else None

    found = await eventually(linked, tenant.account_id)
    assert found.address.isdigit()
    assert found.label == "ada_lovelace"


async def answer(instance, eventually) -> str:
    async def look():
        return instance.sandbox.inbox.received(Channel.TELEGRAM)

    return (await eventually(look, "sandbox"))[0].payload["text"]


async def test_another_person_cannot_use_the_link(instance, tenant, eventually):
    await press_start(instance, "mallory", await link(instance, tenant))
    assert "@ada_lovelace" in await answer(instance, eventually)
    assert not (await destination(instance, tenant, Channel.TELEGRAM)).ready


async def test_an_unknown_token_is_answered_kindly(instance, tenant, eventually):
    await press_start(instance, "ada_lovelace", "x" * 32)
    assert "too old" in await answer(instance, eventually)

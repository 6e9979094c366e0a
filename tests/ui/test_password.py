"""A new password, by a link or by the old one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import DEFAULT_SCOPES, hash_api_key, new_api_key
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.storage.accounts import account_of
from pingpilot_app.storage.api_keys import add_api_key, list_api_keys
from pingpilot_app.storage.destinations import get_destination, set_address
from pingpilot_app.storage.links import LinkKind, add_link
from pingpilot_app.storage.users import user_with
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.session import session_of
from tests.conftest import MakeSettings
from tests.ui.conftest import PASSWORD, Person
from tests.ui.people import browser_of, house, letters_to, place, token_to

FRESH = "a password that is quite new"


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int]
) -> AsyncIterator[Instance]:
    async with house(make_settings, free_ports(), "open") as instance:
        yield instance


async def ask(instance: Instance, browser: httpx.AsyncClient, address: str) -> str:
    """Ask for a link and return its token."""
    assert place(await browser.post("/auth/forgot", data={"email": address})).endswith("sent")
    return await token_to(instance, address)


async def fits(browser: httpx.AsyncClient, address: str, password: str) -> bool:
    answer = await browser.post("/auth/login", data={"email": address, "password": password})
    return place(answer) == "/feed"


async def test_the_link_sets_the_password_and_signs_in_here_and_out_elsewhere(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    token = await ask(instance, browser, alice.email)

    answer = await browser.post("/auth/reset", data={"token": token, "password": FRESH})

    assert place(answer) == "/feed"
    assert await session_of(alice.cookie) is None
    assert await session_of(f"pingpilot={browser.cookies['pingpilot']}") is not None
    assert await fits(browser, alice.email, FRESH)
    assert not await fits(browser, alice.email, PASSWORD)


async def test_the_owner_is_told_of_the_new_password(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    token = await ask(instance, browser, alice.email)
    await browser.post("/auth/reset", data={"token": token, "password": FRESH})

    subjects = [letter["subject"] for letter in await letters_to(instance, alice.email)]
    assert subjects == ["Reset your PingPilot password", "Your PingPilot password was changed"]


async def test_an_unknown_address_gets_the_same_answer_and_no_letter(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    answer = await browser.post("/auth/forgot", data={"email": "nobody@example.org"})

    assert place(answer) == "/forgot?done=sent"
    assert await letters_to(instance, "nobody@example.org") == []


async def test_one_address_is_mailed_three_times_in_a_row_whether_known_or_not(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    for address in (alice.email, "nobody@example.org"):
        answers = [
            place(await browser.post("/auth/forgot", data={"email": address})) for _ in range(4)
        ]
        assert answers == ["/forgot?done=sent"] * 3 + ["/forgot?error=wait"]

    assert len(await letters_to(instance, alice.email)) == 3


async def test_one_client_cannot_ask_for_everybody(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    answers = [
        place(await browser.post("/auth/forgot", data={"email": f"a{number}@example.org"}))
        for number in range(31)
    ]

    assert answers[-2:] == ["/forgot?done=sent", "/forgot?error=wait"]


async def test_a_used_link_sets_nothing(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    form = {"token": await ask(instance, browser, alice.email), "password": FRESH}
    await browser.post("/auth/reset", data=form)

    again = await browser.post("/auth/reset", data=form | {"password": "x" * 20})

    assert place(again) == "/reset?error=link"
    assert await fits(browser, alice.email, FRESH)


async def test_of_two_at_once_one_sets_the_password(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    token = await ask(instance, browser, alice.email)
    forms = [{"token": token, "password": f"{FRESH} {number}"} for number in range(2)]

    async with browser_of(instance) as other:
        answers = await asyncio.gather(
            browser.post("/auth/reset", data=forms[0]), other.post("/auth/reset", data=forms[1])
        )

    assert sorted(map(place, answers)) == ["/feed", "/reset?error=link"]


async def test_a_link_ends_after_an_hour(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    user = await instance.database.read(user_with, alice.email)
    assert user is not None
    long_ago = now() - timedelta(minutes=61)
    await instance.writer.run(
        None,
        add_link,
        LinkKind.RESET,
        hash_token("old"),
        long_ago,
        address=user.email,
        user_id=user.id,
    )

    answer = await browser.post("/auth/reset", data={"token": "old", "password": FRESH})

    assert place(answer) == "/reset?error=link"


async def test_a_link_of_another_kind_sets_no_password(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    form = {"email": "bob@example.org", "password": PASSWORD}
    await browser.post("/auth/signup", data=form)
    token = await token_to(instance, "bob@example.org")

    answer = await browser.post("/auth/reset", data={"token": token, "password": FRESH})

    assert place(answer) == "/reset?error=link"


async def test_a_password_that_is_too_short_keeps_the_link(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    token = await ask(instance, browser, alice.email)

    answer = await browser.post("/auth/reset", data={"token": token, "password": "short"})

    assert place(answer) == f"/reset?error=password#token={token}"


async def test_who_comes_by_reset_owns_what_a_stranger_began(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    """A stranger signs up with an address that is not theirs, and waits for its owner."""
    stranger = {"email": "ada@example.org", "password": PASSWORD}
    await browser.post("/auth/signup", data=stranger)
    await instance.background.idle()
    account_id = await instance.database.read(account_of, "ada@example.org")
    run, key = instance.writer.run, new_api_key()
    hashed = hash_api_key(key, instance.pepper)
    await run(account_id, add_api_key, account_id, "trap", key, hashed, DEFAULT_SCOPES, now())
    mine = {"label": "1" * 18, "address": "1" * 18, "verified": True}
    await run(account_id, set_address, account_id, Channel.DISCORD, now(), **mine)

    async with browser_of(instance) as hers:
        token = await ask(instance, hers, "ada@example.org")
        await hers.post("/auth/reset", data={"token": token, "password": FRESH})

    (trap,) = await instance.database.read(list_api_keys, account_id)
    discord = await instance.database.read(get_destination, account_id, Channel.DISCORD)
    email = await instance.database.read(get_destination, account_id, Channel.EMAIL)
    assert trap.revoked_at is not None
    assert (discord.address, email.ready) == (None, True)


async def test_changing_the_password_renews_this_browser_and_ends_the_others(
    instance: Instance, alice: Person
) -> None:
    async with browser_of(instance) as other, browser_of(instance, alice) as hers:
        assert await fits(other, alice.email, PASSWORD)

        answer = await hers.post("/auth/password", data={"current": PASSWORD, "password": FRESH})

        assert place(answer) == "/settings?done=password"
        assert await session_of(alice.cookie) is None
        assert await session_of(f"pingpilot={other.cookies['pingpilot']}") is None
        fresh = answer.cookies["pingpilot"]
        assert fresh != alice.token
        assert await session_of(f"pingpilot={fresh}") is not None


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"current": "not this one at all", "password": FRESH}, "current"),
        ({"password": FRESH}, "current"),
        ({"current": "x" * 5_000, "password": FRESH}, "current"),
        ({"current": PASSWORD, "password": "short"}, "password"),
    ],
)
async def test_what_is_wrong_is_told_beside_the_field(
    instance: Instance, alice: Person, form: dict[str, str], code: str
) -> None:
    async with browser_of(instance, alice) as hers:
        answer = await hers.post("/auth/password", data=form)

    assert place(answer) == f"/settings?error={code}&form=password"


async def test_guessing_the_present_password_is_slowed_down(
    instance: Instance, alice: Person
) -> None:
    form = {"current": "not this one at all", "password": FRESH}
    async with browser_of(instance, alice) as hers:
        for _ in range(5):
            await hers.post("/auth/password", data=form)

        answer = await hers.post("/auth/password", data=form | {"current": PASSWORD})

    assert place(answer) == "/settings?error=wait&form=password"


async def test_a_new_password_stops_a_change_of_address(instance: Instance, alice: Person) -> None:
    async with browser_of(instance, alice) as hers:
        await hers.post("/auth/email", data={"current": PASSWORD, "email": "new@example.org"})
        token = await token_to(instance, "new@example.org")
        await hers.post("/auth/password", data={"current": PASSWORD, "password": FRESH})

        answer = await hers.post("/auth/verify", data={"token": token})

    assert place(answer) == "/verify?error=link"

"""The owner is told when a browser signs in that never did before."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from pingpilot_app.delivery.account_mail import invite_link
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.account_letters import NewBrowser, new_browser_letter
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.storage.known_devices import (
    DEVICES_MAX,
    KEPT,
    delete_unseen_devices,
    is_known,
    meet_device,
)
from pingpilot_app.storage.users import user_with
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.pages.settings import BrowsersState
from tests.conftest import MakeSettings
from tests.ui.conftest import PASSWORD, Person, state_of
from tests.ui.conftest import alice as alice
from tests.ui.conftest import charlie as charlie
from tests.ui.conftest import enter as enter
from tests.ui.conftest import running as running
from tests.ui.people import browser_of, house, letters_to, place, token_to

SUBJECT = "A new browser signed in to PingPilot"
FRESH = "a password that is quite new"


@pytest.fixture
def signup() -> str:
    """Who may open an account. Tests replace it."""
    return "open"


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int], signup: str
) -> AsyncIterator[Instance]:
    async with house(make_settings, free_ports(), signup) as instance:
        yield instance


@pytest.fixture
async def browser(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(instance) as browser:
        yield browser


async def sign_in(browser: httpx.AsyncClient, person: Person, password: str = PASSWORD) -> None:
    form = {"email": person.email, "password": password}
    assert place(await browser.post("/auth/login", data=form)) == "/feed"


async def told(instance: Instance, address: str) -> int:
    """Return how often somebody was told of a new browser."""
    return [one["subject"] for one in await letters_to(instance, address)].count(SUBJECT)


async def test_the_owner_is_told_once_of_each_new_browser(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    await sign_in(browser, alice)
    await sign_in(browser, alice)
    assert await told(instance, alice.email) == 1

    async with browser_of(instance) as other:
        await sign_in(other, alice)
    assert await told(instance, alice.email) == 2


async def test_the_letter_says_when_which_where_and_what_to_do(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    await sign_in(browser, alice)

    (letter,) = await letters_to(instance, alice.email)
    assert "Firefox on Linux" in letter["text"]
    assert "127.0.0.1" in letter["text"]
    assert f"{datetime.now(UTC):%Y-%m-%d}" in letter["text"]
    assert "http://localhost:8000/settings" in letter["text"]
    assert "change your password" in letter["text"]


def test_the_letter_tells_the_time_in_utc() -> None:
    seen = NewBrowser("A browser", "192.0.2.1", datetime(2026, 1, 31, 13, 5, tzinfo=UTC))

    (text, _) = new_browser_letter(seen, "https://ping.example.org").paragraphs
    assert text.startswith("A browser signed in to your account on 2026-01-31 at 13:05 UTC, from ")


async def test_what_a_browser_calls_itself_is_not_repeated(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    browser.headers["user-agent"] = "Firefox <b>Call 555-0100 now</b>"
    await sign_in(browser, alice)

    (letter,) = await letters_to(instance, alice.email)
    assert "555" not in letter["text"] + letter["html"]


async def test_the_first_browser_of_all_is_no_news(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    form = {"email": "ada@example.org", "password": PASSWORD}
    assert place(await browser.post("/auth/setup", data=form)) == "/feed"
    assert await told(instance, "ada@example.org") == 0

    await browser.post("/auth/logout")
    await browser.post("/auth/login", data=form)
    assert await told(instance, "ada@example.org") == 0  # signing out does not make it new


async def test_nor_is_the_browser_that_signed_up(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    form = {"email": "ada@example.org", "password": PASSWORD}
    await browser.post("/auth/signup", data=form)
    token = await token_to(instance, "ada@example.org")
    await browser.post("/auth/verify", data={"token": token, "password": PASSWORD})

    assert await told(instance, "ada@example.org") == 0


@pytest.mark.parametrize("signup", ["invite"])
async def test_nor_is_the_browser_of_who_was_invited(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    run = instance.writer.run
    link = await run(None, invite_link, instance.settings, "ada@example.org")
    form = {"invite": link.partition("invite=")[2], "password": PASSWORD}

    assert place(await browser.post("/auth/signup", data=form)) == "/feed"
    assert await told(instance, "ada@example.org") == 0


async def test_a_browser_is_new_to_each_person_and_stays_known_to_all(
    instance: Instance, browser: httpx.AsyncClient, alice: Person, charlie: Person
) -> None:
    for person in (alice, charlie, alice, charlie):
        await sign_in(browser, person)

    assert await told(instance, alice.email) == 1
    assert await told(instance, charlie.email) == 1


async def test_a_cookie_that_was_planted_makes_its_planter_known_to_nobody(
    instance: Instance, browser: httpx.AsyncClient, alice: Person, charlie: Person
) -> None:
    async with browser_of(instance) as planters:
        await sign_in(planters, charlie)
        planted = planters.cookies["pingpilot-device"]
        browser.cookies.set("pingpilot-device", planted, domain="test.local")
        await sign_in(browser, alice)

        assert browser.cookies["pingpilot-device"] != planted
        await sign_in(planters, alice)

    assert await told(instance, alice.email) == 2


async def test_after_a_new_password_other_browsers_are_new(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    async with browser_of(instance) as thiefs:
        await sign_in(thiefs, alice)
        await sign_in(browser, alice)
        form = {"current": PASSWORD, "password": FRESH}
        await browser.post("/auth/password", data=form)
        before = await told(instance, alice.email)

        await sign_in(browser, alice, FRESH)
        assert await told(instance, alice.email) == before
        await sign_in(thiefs, alice, FRESH)

    assert await told(instance, alice.email) == before + 1


async def test_browsers_that_were_signed_out_together_are_new(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    async with browser_of(instance) as other:
        await sign_in(other, alice)
        await sign_in(browser, alice)
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        await BrowsersState.end_others.fn(state_of(BrowsersState, cookie))
        before = await told(instance, alice.email)
        await sign_in(browser, alice)
        await sign_in(other, alice)

    assert await told(instance, alice.email) == before + 1


async def test_the_database_keeps_the_hash_of_the_cookie_alone(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    await sign_in(browser, alice)
    token = browser.cookies["pingpilot-device"]

    user = await instance.database.read(user_with, alice.email)
    assert user is not None
    assert await instance.database.read(is_known, user.id, hash_token(token))
    kept = instance.settings.data_dir / "pingpilot.db"
    wal = kept.with_name(kept.name + "-wal")
    assert token.encode() not in kept.read_bytes() + wal.read_bytes()


async def test_so_many_browsers_of_one_person_are_known(instance: Instance, alice: Person) -> None:
    user = await instance.database.read(user_with, alice.email)
    assert user is not None
    for number in range(DEVICES_MAX + 5):
        fresh, at = hash_token(str(number)), now() + timedelta(seconds=number)
        await instance.writer.run(None, meet_device, user.id, b"", fresh, at)

    known = [
        await instance.database.read(is_known, user.id, hash_token(str(number)))
        for number in range(DEVICES_MAX + 5)
    ]
    assert known == [False] * 5 + [True] * DEVICES_MAX


async def test_a_browser_that_was_not_seen_for_long_is_forgotten(
    instance: Instance, alice: Person
) -> None:
    user = await instance.database.read(user_with, alice.email)
    assert user is not None
    run, at = instance.writer.run, now()
    await run(None, meet_device, user.id, b"", b"old", at - KEPT - timedelta(seconds=1))
    await run(None, meet_device, user.id, b"", b"new", at - KEPT + timedelta(minutes=1))

    assert await run(None, delete_unseen_devices, at) == 1
    assert await instance.database.read(is_known, user.id, b"new")

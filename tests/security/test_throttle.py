"""Guessing gets slow for strangers, from wherever they come, and the owner still gets in."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action
from pingpilot_app.storage.audit import list_entries
from pingpilot_app.storage.password_hash import hash_password
from pingpilot_app.storage.users import set_password
from pingpilot_app.ui import throttle
from pingpilot_app.ui.sign_in import routes
from pingpilot_app.ui.sign_in.checks import REFUSALS_NOTED
from pingpilot_app.ui.throttle import FREE, FREE_AT_ACCOUNT, FREE_OF_NETWORK, Guess, Guesses
from tests.conftest import MakeSettings
from tests.ui.conftest import PASSWORD, Person
from tests.ui.conftest import alice as alice
from tests.ui.conftest import enter as enter
from tests.ui.conftest import running as running
from tests.ui.people import house, place

WRONG = "not this one at all"


class Clock:
    """A clock that stands still until it is told."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guesses(clock: Clock) -> Guesses:
    return Guesses(clock)


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int]
) -> AsyncIterator[Instance]:
    async with house(make_settings, free_ports(), "open") as instance:
        yield instance


@pytest.fixture
def at_door(instance: Instance) -> Callable[..., httpx.AsyncClient]:
    """Makes browsers that come from given addresses to one door."""
    door = routes.sign_in_app(instance)

    def come(address: str, **cookies: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(door, client=(address, 4711)),
            base_url="http://test",
            headers={"origin": "http://test"},
            cookies=cookies,
        )

    return come


def allowed(guesses: Guesses, guess: Guess, times: int) -> int:
    """Guess so often, all wrong, and return how many were checked."""
    return sum(guesses.begin(guess) for _ in range(times))


def test_one_client_has_five_guesses_at_an_account(guesses: Guesses) -> None:
    assert allowed(guesses, Guess("192.0.2.1", "ada"), 100) == FREE


def test_guesses_that_come_at_once_all_count(guesses: Guesses) -> None:
    """They count before they are checked: a thousand at once are not a thousand guesses."""
    guess = Guess("192.0.2.1", "ada")

    assert [guesses.begin(guess) for _ in range(FREE + 2)] == [True] * FREE + [False] * 2


def test_guesses_at_an_account_count_wherever_they_come_from(guesses: Guesses) -> None:
    checked = [guesses.begin(Guess(f"192.0.2.{n}", "ada")) for n in range(100)]

    assert sum(checked) == FREE_AT_ACCOUNT


def test_one_network_has_so_many_guesses_at_all_accounts(guesses: Guesses) -> None:
    checked = [guesses.begin(Guess("192.0.2.1", f"person {n}")) for n in range(200)]

    assert sum(checked) == FREE_OF_NETWORK


def test_the_wait_grows_with_every_guess(guesses: Guesses, clock: Clock) -> None:
    guess, waits = Guess("192.0.2.1", "ada"), []
    allowed(guesses, guess, FREE)
    for _ in range(6):
        begun = clock.now
        while not guesses.begin(guess):
            clock.now += 1
        waits.append(clock.now - begun)

    assert waits == [1, 2, 4, 8, 16, 32]


def test_a_browser_that_the_owner_knows_does_not_wait_for_strangers(guesses: Guesses) -> None:
    for n in range(100):
        guesses.begin(Guess(f"192.0.2.{n}", "ada"))

    assert guesses.begin(Guess("192.0.2.1", "ada", device="known"))
    assert not guesses.begin(Guess("203.0.113.9", "ada"))


def test_a_known_browser_has_a_count_of_its_own(guesses: Guesses) -> None:
    assert allowed(guesses, Guess("192.0.2.1", "ada", device="stolen"), 100) == FREE
    assert guesses.begin(Guess("192.0.2.2", "ada"))


def test_ones_own_account_gives_no_more_guesses_at_others(guesses: Guesses) -> None:
    """Who signs in to an account of his own between guesses is slowed down all the same."""
    checked = 0
    for n in range(300):
        mine = Guess("192.0.2.1", "mallory")
        if guesses.begin(mine):
            guesses.right(mine)
        checked += guesses.begin(Guess("192.0.2.1", f"person {n}"))

    assert checked <= FREE_OF_NETWORK


def test_signing_in_often_from_one_network_is_no_guessing(guesses: Guesses) -> None:
    for n in range(1_000):
        guess = Guess("192.0.2.1", f"person {n % 10}")
        assert guesses.begin(guess)
        guesses.right(guess)


def test_a_day_later_it_is_forgotten(guesses: Guesses, clock: Clock) -> None:
    guess = Guess("192.0.2.1", "ada")
    allowed(guesses, guess, FREE)
    clock.now += throttle.FORGOTTEN

    assert allowed(guesses, guess, 100) == FREE


def test_memory_is_bounded(guesses: Guesses) -> None:
    for n in range(throttle._KEPT_MAX + 500):
        guesses.begin(Guess(f"network {n}", f"account {n}", device="" if n % 2 else f"device {n}"))

    for counts in (guesses._networks, guesses._accounts, guesses._pairs, guesses._devices):
        assert len(counts._failures) <= throttle._KEPT_MAX


async def test_strangers_everywhere_do_not_lock_the_owner_out(
    instance: Instance, at_door: Callable[..., httpx.AsyncClient], alice: Person
) -> None:
    right = {"email": alice.email, "password": PASSWORD}
    async with at_door("198.51.100.7") as hers:
        assert place(await hers.post("/auth/login", data=right)) == "/feed"
        for n in range(FREE_AT_ACCOUNT + 1):
            async with at_door(f"192.0.2.{n}") as stranger:
                answer = await stranger.post("/auth/login", data=right | {"password": WRONG})
        assert place(answer) == "/login?error=wait"

        assert place(await hers.post("/auth/login", data=right)) == "/feed"


async def test_with_another_password_the_count_begins_anew(
    instance: Instance, at_door: Callable[..., httpx.AsyncClient], alice: Person
) -> None:
    for n in range(FREE_AT_ACCOUNT + 1):
        async with at_door(f"192.0.2.{n}") as stranger:
            await stranger.post("/auth/login", data={"email": alice.email, "password": WRONG})
    another = "a password from the command line"
    await instance.writer.run(None, set_password, alice.email, hash_password(another))

    async with at_door("198.51.100.7") as hers:
        form = {"email": alice.email, "password": another}
        assert place(await hers.post("/auth/login", data=form)) == "/feed"


async def test_a_made_up_cookie_gives_no_count_of_its_own(
    at_door: Callable[..., httpx.AsyncClient], alice: Person
) -> None:
    answers = []
    for n in range(FREE + 1):
        async with at_door("192.0.2.1", **{"pingpilot-device": f"guess {n}"}) as stranger:
            form = {"email": alice.email, "password": WRONG}
            answers.append(place(await stranger.post("/auth/login", data=form)))

    assert answers == ["/login?error=wrong"] * FREE + ["/login?error=wait"]


async def test_all_addresses_of_one_ipv6_home_are_one_client(
    at_door: Callable[..., httpx.AsyncClient], alice: Person
) -> None:
    answers = []
    for n in range(FREE + 1):
        async with at_door(f"2001:db8:1:2::{n + 1}") as stranger:
            form = {"email": alice.email, "password": WRONG}
            answers.append(place(await stranger.post("/auth/login", data=form)))

    assert answers[-1] == "/login?error=wait"


async def test_an_address_without_account_waits_as_one_with(
    at_door: Callable[..., httpx.AsyncClient], alice: Person
) -> None:
    seen = []
    for address in (alice.email, "nobody@example.org"):
        async with at_door("192.0.2.1") as stranger:
            form = {"email": address, "password": WRONG}
            seen.append([place(await stranger.post("/auth/login", data=form)) for _ in range(7)])

    assert seen[0] == seen[1]


@pytest.mark.parametrize("name", ["password", "email", "delete"])
async def test_forms_that_ask_for_the_password_slow_guessing_down(
    at_door: Callable[..., httpx.AsyncClient], alice: Person, name: str
) -> None:
    async with at_door("192.0.2.1", pingpilot=alice.token) as thief:
        answers = [
            place(await thief.post(f"/auth/{name}", data={"current": WRONG}))
            for _ in range(FREE + 1)
        ]

    assert answers[-1] == f"/settings?error=wait&form={name}"


async def test_a_flood_of_refusals_is_noted_a_few_times(
    instance: Instance, at_door: Callable[..., httpx.AsyncClient], alice: Person
) -> None:
    for n in range(FREE_AT_ACCOUNT):
        async with at_door(f"192.0.2.{n}") as stranger:
            await stranger.post("/auth/login", data={"email": alice.email, "password": WRONG})
    await instance.background.idle()

    entries = await instance.database.read(list_entries, alice.account_id)
    refused = [one for one in entries if one.action is Action.SIGN_IN_REFUSED]
    assert len(refused) == REFUSALS_NOTED
    assert (refused[-1].actor, refused[-1].subject) == ("unknown", alice.email)
    assert refused[-1].client == "192.0.2.0"

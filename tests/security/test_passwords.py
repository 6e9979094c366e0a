"""What may be a password, how it is kept, and that checking one never tells who has an account."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import argon2
import httpx
import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.domain.password import LENGTH_MIN, SENTENCES, WeakPassword, check_password
from pingpilot_app.storage.common_passwords import common_passwords, ranked_passwords
from pingpilot_app.storage.password_hash import hash_password, is_outdated, verify_password
from pingpilot_app.storage.users import replace_password, user_with
from pingpilot_app.ui.sign_in import routes
from pingpilot_app.ui.sign_in.hashing import Hashing
from pingpilot_app.ui.sign_in.sign_up import ACCOUNTS_EACH, MAILS_EACH
from tests.conftest import MakeSettings
from tests.ui.conftest import PASSWORD, Person
from tests.ui.conftest import alice as alice
from tests.ui.conftest import enter as enter
from tests.ui.conftest import running as running
from tests.ui.people import browser_of, house, letters_to, place, token_to

ADDRESS = "ada.lovelace@example.org"
FRESH = "a password that is quite new"


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int]
) -> AsyncIterator[Instance]:
    async with house(make_settings, free_ports(), "open") as instance:
        yield instance


@pytest.fixture
async def browser(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(instance) as browser:
        yield browser


def refusal_of(password: object) -> str:
    """Return the code of what is wrong with a password, empty where nothing is."""
    try:
        check_password(password, common_passwords(), ADDRESS)
    except WeakPassword as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "the quick brown pigeon",
        "a cat sat on it",
        "xK9fQ2mPz7LwT4v",
        "мой дядя самых честных",
        "我喜欢在海边散步吃冰淇淋看日落",
        "😀🐛🎉🚀🤔💰🔥🌍🎸🍕🦊🌈⚡🎲🧩",
        "  spaces  around  this  ",
        "\x00 a nul and \x7f a delete",
        "tangerine skies over Lübeck " * 9,
    ],
)
def test_anything_that_is_long_and_ones_own_is_a_password(password: str) -> None:
    assert refusal_of(password) == ""


@pytest.mark.parametrize(
    "password", ["", "x" * 14, "a sentence of mine " * 14, None, 7, ["a"] * 20]
)
def test_its_length_is_from_15_to_256_characters(password: object) -> None:
    assert refusal_of(password) == "password"


@pytest.mark.parametrize(
    "password",
    [
        "manchesterunited",
        "passwordpassword",
        "P@ssw0rdP@ssw0rd!",
        "Password2024!!!!",
        "password1234567",
        "iloveyouforever",
        "iloveyou forever 123",
        "aaaaaaaaaaaaaaab",
        "abababababababa",
        "ababababababababababx",
        "qwertyuiopasdfghjkl",
        "ASDF jkl; ASDF jkl;",
        "1q2w3e4r5t6y7u8i9o0p",
        "abcdefghijklmnop",
        "zyxwvutsrqponmlk",
        "123412341234123",
        "monkey dragon 12345!",
        "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44" * 2,  # `password` as wide letters
    ],
)
def test_what_guessers_try_first_is_refused(password: str) -> None:
    assert refusal_of(password) == "common"


def test_the_3000_most_common_passwords_are_refused_however_they_are_made_long_enough() -> None:
    """No published list has 3,000 of 15 characters: people reach that length like this."""
    taken = [
        long
        for word in ranked_passwords()[:3_000]
        for long in (
            word * -(-LENGTH_MIN // len(word)),
            f"{word}1234567890123456"[: max(LENGTH_MIN, len(word))],
            f"{word.capitalize()}2024!!!!!!!!!!",
            f"{word}-{word}-{word}-{word}-{word}",
        )
        if not refusal_of(long)
    ]

    assert taken == []


def test_every_listed_password_of_that_length_is_refused() -> None:
    listed = [word for word in common_passwords() if len(word) >= LENGTH_MIN]

    assert len(listed) > 50
    assert [word for word in listed if not refusal_of(word)] == []


@pytest.mark.parametrize(
    "password",
    [
        ADDRESS,
        "ada lovelace 2024!",
        "PingPilot PingPilot",
        "welcome to pingpilot",
        "ada at example 1",
    ],
)
def test_the_address_or_the_products_name_is_no_password(password: str) -> None:
    assert refusal_of(password) == "own"


def test_every_refusal_says_what_works() -> None:
    for code in ("password", "common", "own"):
        assert "A sentence of four or five words that only you would think of" in SENTENCES[code]


def test_a_password_is_the_same_however_a_keyboard_composes_it() -> None:
    text = "Füße im Wasser, Ähren im Wind"
    composed, taken_apart = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))

    assert composed != taken_apart
    assert verify_password(hash_password(taken_apart), composed)
    assert verify_password(hash_password(composed), taken_apart)


def test_what_was_kept_before_passwords_had_a_normal_form_still_fits() -> None:
    apart = unicodedata.normalize("NFD", "Füße im Wasser, Ähren im Wind")
    stored = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash(apart)

    assert verify_password(stored, apart)
    assert not verify_password(stored, apart.upper())


def test_passwords_are_kept_as_strong_argon2id() -> None:
    kept = argon2.extract_parameters(hash_password(PASSWORD))

    assert kept.type is argon2.Type.ID
    assert (kept.memory_cost, kept.time_cost, kept.parallelism) >= (19_456, 2, 1)


async def test_a_weaker_hash_is_renewed_at_sign_in(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    before = await instance.database.read(user_with, alice.email)
    assert before is not None
    await instance.writer.run(None, replace_password, before.id, weak)

    answer = await browser.post("/auth/login", data={"email": alice.email, "password": PASSWORD})
    await instance.background.idle()

    after = await instance.database.read(user_with, alice.email)
    assert place(answer) == "/feed"
    assert after is not None
    assert is_outdated(weak)
    assert not is_outdated(after.password_hash or "")
    assert verify_password(after.password_hash, PASSWORD)


WEAK = [("password1234567", "common"), ("alice@example.org", "own"), ("short", "password")]


@pytest.mark.parametrize(("password", "code"), WEAK)
async def test_every_form_that_takes_a_new_password_refuses_a_weak_one(
    instance: Instance, browser: httpx.AsyncClient, alice: Person, password: str, code: str
) -> None:
    await browser.post("/auth/forgot", data={"email": alice.email})
    token = await token_to(instance, alice.email)
    new = {"password": password, "email": alice.email}
    async with browser_of(instance, alice) as hers:
        change = await hers.post("/auth/password", data=new | {"current": PASSWORD})

    assert place(change) == f"/settings?error={code}&form=password"
    assert place(await browser.post("/auth/signup", data=new)) == f"/signup?error={code}"
    reset = await browser.post("/auth/reset", data=new | {"token": token})
    assert place(reset) == f"/reset?error={code}#token={token}"


@pytest.mark.parametrize(("password", "code"), WEAK)
async def test_the_set_up_refuses_a_weak_one_too(
    browser: httpx.AsyncClient, password: str, code: str
) -> None:
    form = {"password": password, "email": "alice@example.org"}
    assert place(await browser.post("/auth/setup", data=form)) == f"/setup?error={code}"


async def test_the_same_password_again_is_no_change(instance: Instance, alice: Person) -> None:
    async with browser_of(instance, alice) as hers:
        form = {"current": PASSWORD, "password": PASSWORD}
        answer = await hers.post("/auth/password", data=form)

    assert place(answer) == "/settings?error=unchanged&form=password"


@pytest.mark.parametrize(
    "form",
    [
        {"email": "alice@example.org", "password": "not this one at all"},
        {"email": "nobody@example.org", "password": "not this one at all"},
        {"email": "no address", "password": "not this one at all"},
        {"email": "ada@example.org", "password": PASSWORD},  # signed up and not proved
        {},
    ],
)
async def test_a_refused_sign_in_costs_one_hash_whoever_it_is_for(
    instance: Instance, browser: httpx.AsyncClient, alice: Person, form: dict[str, str]
) -> None:
    await browser.post("/auth/signup", data={"email": "ada@example.org", "password": PASSWORD})
    await instance.background.idle()
    hashing = Hashing()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(routes.sign_in_app(instance, hashing)),
        base_url="http://test",
        headers={"origin": "http://test"},
    ) as stranger:
        answer = await stranger.post("/auth/login", data=form)
        await instance.background.idle()

    assert place(answer) == "/login?error=wrong"
    assert hashing.done == 1


async def test_one_mailbox_gets_few_letters_however_its_address_is_written(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    for n in range(MAILS_EACH + 1):
        form = {"email": f"victim+{n}@example.org", "password": FRESH}
        assert place(await browser.post("/auth/signup", data=form)) == "/signup?done=sent"

    assert await letters_to(instance, f"victim+{MAILS_EACH - 1}@example.org")
    assert not await letters_to(instance, f"victim+{MAILS_EACH}@example.org")


async def test_strangers_make_no_hash_work_where_no_account_can_be_opened(
    instance: Instance, alice: Person
) -> None:
    """Neither at the set-up of an instance that has people, nor after too many tries to join."""
    hashing = Hashing()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(routes.sign_in_app(instance, hashing)),
        base_url="http://test",
        headers={"origin": "http://test"},
    ) as stranger:
        form = {"email": "ada@example.org", "password": FRESH}
        assert place(await stranger.post("/auth/setup", data=form)) == "/login?error=taken"
        assert hashing.done == 0
        answers = [await stranger.post("/auth/signup", data=form) for _ in range(25)]
        await instance.background.idle()

    assert place(answers[-1]) == "/signup?error=wait"
    assert hashing.done == ACCOUNTS_EACH


async def test_hash_work_is_done_a_few_at_a_time_and_too_much_is_refused() -> None:
    hashing = Hashing(at_once=1, waiting_max=2)

    answers = await asyncio.gather(
        *[hashing.fits(None, PASSWORD) for _ in range(10)], return_exceptions=True
    )

    assert answers[:3] == [False] * 3
    assert all(isinstance(answer, Unavailable) for answer in answers[3:])
    assert await hashing.fits(None, PASSWORD) is False  # and then it goes on


async def test_a_flood_of_sign_ins_is_asked_to_come_again(
    instance: Instance, alice: Person
) -> None:
    door = routes.sign_in_app(instance, Hashing(at_once=1, waiting_max=0))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(door),
        base_url="http://test",
        headers={"origin": "http://test"},
    ) as flood:
        form = {"email": alice.email, "password": "not this one at all"}
        answers = await asyncio.gather(*[flood.post("/auth/login", data=form) for _ in range(4)])

    busy = [answer for answer in answers if answer.status_code == 503]
    assert busy
    assert busy[0].headers["retry-after"] == "5"
    assert busy[0].text.startswith("Many people are signing in")


async def test_signing_up_and_then_in_tells_nothing_of_an_address(
    instance: Instance, alice: Person
) -> None:
    """Somebody who signs up with an address cannot learn by signing in whether it was taken."""
    seen = []
    for address in (alice.email, "nobody.yet@example.org"):
        form = {"email": address, "password": FRESH}
        async with browser_of(instance) as stranger:
            answers = [await stranger.post("/auth/signup", data=form)]
            await instance.background.idle()
            answers += [await stranger.post("/auth/login", data=form) for _ in range(7)]
        seen.append([(a.status_code, place(a), a.headers.get("set-cookie")) for a in answers])

    assert seen[0] == seen[1]
    assert [where for _, where, _ in seen[0]][1:] == ["/login?error=wrong"] * 5 + [
        "/login?error=wait"
    ] * 2


async def test_who_signs_up_again_gets_another_letter_and_changes_nothing(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    form = {"email": "ada@example.org", "password": PASSWORD}
    await browser.post("/auth/signup", data=form)
    await browser.post("/auth/signup", data=form | {"password": FRESH})
    token = await token_to(instance, "ada@example.org")

    wrong = await browser.post("/auth/verify", data={"token": token, "password": FRESH})
    right = await browser.post("/auth/verify", data={"token": token, "password": PASSWORD})

    assert place(wrong) == f"/verify?error=current#token={token}"
    assert place(right) == "/settings?done=address"


@pytest.mark.parametrize("path", ["pages/entrance/frame.py", "pages/settings/guarded_forms.py"])
def test_no_form_cuts_a_pasted_password_short(path: str) -> None:
    source = Path(routes.__file__).parents[1] / path
    fields = source.read_text().split('type="password"')[1:]

    assert fields
    assert not any("max_length" in field.split(")")[0] for field in fields)

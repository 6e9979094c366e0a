"""The second factor: nobody gets in without it, by whichever way, nor twice by one code."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import httpx
import pyotp
import pytest
from sqlalchemy import Connection, update
from starlette.applications import Starlette

from pingpilot_app.delivery.account_mail import send_reset, send_verification
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.second_factor import (
    RECOVERY_CODES,
    bare_recovery_code,
    new_recovery_codes,
    new_secret,
    setup_link,
    step_of,
)
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.storage.audit import list_entries
from pingpilot_app.storage.second_factor import FactorView, begin, confirm, factor_of
from pingpilot_app.storage.tables import users
from pingpilot_app.storage.users import password_of
from pingpilot_app.ui.pages.settings.second_factor_state import SecondFactorState
from pingpilot_app.ui.session import session_of
from pingpilot_app.ui.shown_once import Shown, leave, take
from pingpilot_app.ui.sign_in import sign_in_app
from tests.conftest import MakeSettings
from tests.ui.conftest import PASSWORD, Person, leads_to, state_of
from tests.ui.conftest import alice as alice
from tests.ui.conftest import charlie as charlie
from tests.ui.conftest import enter as enter
from tests.ui.conftest import running as running
from tests.ui.people import letters_to, place, token_to

NOW = datetime(2026, 3, 6, 12, 0, 10, tzinfo=UTC)
FRESH = "a password that is quite new"
WRONG = "/second-factor?error=code"


class Hand:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int], hand: Hand
) -> AsyncIterator[Instance]:
    """An instance whose clock stands still, and that mails into its sandbox."""
    port = free_ports()
    settings = make_settings(
        sandbox="on", sandbox_port=port, pingpilot_role="all", signup="open", default_plan="PRO"
    )
    instance = Instance(settings, clock=hand)
    await instance.start()
    yield instance
    await instance.stop()


@lru_cache(maxsize=1)
def door(instance: Instance) -> Starlette:
    """Return the forms that all browsers of a test come to, where no wait ends by itself."""
    return sign_in_app(instance, clock=lambda: 0.0)


def browser_of(instance: Instance, person: Person | None = None) -> httpx.AsyncClient:
    """Return a browser, perhaps signed in, whose forms come from a page of ours."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(door(instance)),
        base_url="http://test",
        headers={"origin": "http://test"},
        cookies={"pingpilot": person.token} if person else None,
    )


@pytest.fixture
async def browser(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(instance) as browser:
        yield browser


class Phone:
    """An authenticator app, and the recovery codes on paper."""

    def __init__(self, hand: Hand, user_id: str) -> None:
        self.secret, self.codes, self.user_id = new_secret(), new_recovery_codes(), user_id
        self._hand = hand

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(self._hand.at, counter_offset=steps)

    def wrong(self) -> str:
        """Return a code that is none of the secret's near now."""
        near = {self.code(steps) for steps in range(-3, 4)}
        return next(code for code in map("{:06}".format, range(10)) if code not in near)


Equip = Callable[[Person], Awaitable[Phone]]


@pytest.fixture
def equip(instance: Instance, hand: Hand) -> Equip:
    """Switches somebody's second factor on, by a code of long ago."""

    async def equip(person: Person) -> Phone:
        run = instance.writer.run
        found = await instance.database.read(password_of, person.email)
        assert found is not None
        phone = Phone(hand, found[0])
        long_ago = NOW - timedelta(hours=1)
        first = pyotp.TOTP(phone.secret).at(long_ago)
        assert await run(None, begin, found[0], phone.secret, long_ago)
        assert await run(None, confirm, found[0], first, phone.codes, long_ago)
        return phone

    return equip


@pytest.fixture
async def phone(equip: Equip, alice: Person) -> Phone:
    """Alice's."""
    return await equip(alice)


async def show_password(browser: httpx.AsyncClient, person: Person, **form: str) -> str:
    data = {"email": person.email, "password": PASSWORD} | form
    return place(await browser.post("/auth/login", data=data))


async def show_code(browser: httpx.AsyncClient, **form: str) -> str:
    return place(await browser.post("/auth/second-factor", data=form))


async def is_in(browser: httpx.AsyncClient) -> bool:
    return await session_of(f"pingpilot={cookie_of(browser)}") is not None


def cookie_of(browser: httpx.AsyncClient) -> str:
    """Return the session cookie that the browser got last."""
    values = [one.value or "" for one in browser.cookies.jar if one.name == "pingpilot"]
    return values[-1] if values else ""


def kept(instance: Instance) -> bytes:
    """Return everything that is on the disk of the database."""
    folder: Path = instance.settings.data_dir
    return b"".join(path.read_bytes() for path in folder.glob("pingpilot.db*"))


# What a code is


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(steps: int, right: bool) -> None:
    secret = new_secret()
    code = pyotp.TOTP(secret).at(NOW, counter_offset=steps)
    assert (step_of(secret, code, NOW) is not None) == right


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "-12345", "1e5000"])
def test_what_is_no_code_is_not_looked_at(text: str) -> None:
    assert step_of(new_secret(), text, NOW) is None


def test_recovery_codes_cannot_be_guessed_and_forgive_typing() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    assert all(re.fullmatch(r"([0-9a-hjkmnp-tv-z]{4}-){5}[0-9a-hjkmnp-tv-z]{4}", c) for c in codes)
    assert bare_recovery_code(" O1LI-ab cd") == "0111abcd"


def test_the_link_for_the_app_names_the_instance_and_the_person() -> None:
    link = setup_link("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "a:b@example.org", "ping.example.org")
    parsed = pyotp.parse_uri(link)
    assert (parsed.name, parsed.issuer) == ("a:b@example.org", "PingPilot ping.example.org")


# Signing in


async def test_the_password_alone_makes_no_session(
    browser: httpx.AsyncClient, alice: Person, phone: Phone
) -> None:
    assert await show_password(browser, alice) == "/second-factor"
    assert not await is_in(browser)


async def test_the_token_of_the_step_is_no_session(
    browser: httpx.AsyncClient, alice: Person, phone: Phone
) -> None:
    await show_password(browser, alice)
    token = browser.cookies["pingpilot-step"]
    assert await session_of(f"pingpilot={token}") is None


async def test_the_token_is_out_of_reach_of_scripts_and_kept_as_a_hash(
    instance: Instance, browser: httpx.AsyncClient, alice: Person, phone: Phone
) -> None:
    form = {"email": alice.email, "password": PASSWORD}
    cookie = (await browser.post("/auth/login", data=form)).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "Max-Age=300" in cookie
    assert "SameSite=lax" in cookie
    token = browser.cookies["pingpilot-step"]
    assert token.encode() not in kept(instance)
    assert hash_token(token) in kept(instance)


async def test_the_code_lets_in_and_leads_to_the_page_that_was_wanted(
    browser: httpx.AsyncClient, alice: Person, phone: Phone
) -> None:
    await show_password(browser, alice, next="/events/evt_01m8460zfwe009d9heqzta6w5b")
    code = f"{phone.code()[:3]} {phone.code()[3:]}"
    assert await show_code(browser, code=code) == "/events/evt_01m8460zfwe009d9heqzta6w5b"
    assert await is_in(browser)
    assert "pingpilot-step" not in browser.cookies


async def test_a_code_works_once(
    instance: Instance, alice: Person, phone: Phone, hand: Hand
) -> None:
    async with browser_of(instance) as first, browser_of(instance) as second:
        await show_password(first, alice)
        await show_password(second, alice)
        code = phone.code()
        assert await show_code(first, code=code) == "/feed"
        assert await show_code(second, code=code) == WRONG
        assert await show_code(second, code=phone.code(-1)) == WRONG  # older than what was taken
        hand.forward(seconds=30)
        assert await show_code(second, code=phone.code()) == "/feed"


async def test_of_many_who_come_with_one_code_at_once_one_gets_in(
    instance: Instance, alice: Person, phone: Phone
) -> None:
    browsers = [browser_of(instance) for _ in range(4)]
    for one in browsers:
        await show_password(one, alice)
    answers = await asyncio.gather(*[show_code(one, code=phone.code()) for one in browsers])
    assert sorted(answers) == ["/feed", *[WRONG] * 3]


async def test_the_token_is_used_up_by_signing_in(
    browser: httpx.AsyncClient, alice: Person, phone: Phone, hand: Hand
) -> None:
    await show_password(browser, alice)
    token = browser.cookies["pingpilot-step"]
    await show_code(browser, code=phone.code())
    hand.forward(seconds=60)
    browser.cookies.clear()
    browser.cookies["pingpilot-step"] = token
    assert await show_code(browser, code=phone.code()) == "/login?error=step"


async def test_the_step_takes_five_minutes_at_the_most(
    browser: httpx.AsyncClient, alice: Person, phone: Phone, hand: Hand
) -> None:
    await show_password(browser, alice, next="/keys")
    hand.forward(minutes=5)
    answer = await show_code(browser, code=phone.code())
    assert answer == "/login?error=step&next=%2Fkeys"
    assert not await is_in(browser)


async def test_the_code_of_one_person_does_not_let_another_in(
    browser: httpx.AsyncClient, alice: Person, charlie: Person, phone: Phone, equip: Equip
) -> None:
    his = await equip(charlie)
    await show_password(browser, alice)
    assert await show_code(browser, code=his.code()) == WRONG
    assert await show_code(browser, recovery=his.codes[0]) == "/second-factor?error=recovery"
    assert not await is_in(browser)


@pytest.mark.parametrize("cookie", ["", "guessed", "x" * 5_000])
async def test_without_the_password_the_code_is_worth_nothing(
    browser: httpx.AsyncClient, alice: Person, phone: Phone, cookie: str
) -> None:
    browser.cookies["pingpilot-step"] = cookie
    assert await show_code(browser, code=phone.code()) == "/login?error=step"
    assert not await is_in(browser)


async def test_a_session_or_a_mailed_link_does_not_pass_for_the_password(
    instance: Instance, browser: httpx.AsyncClient, alice: Person, phone: Phone
) -> None:
    await send_reset(instance, alice.email)
    for token in (alice.token, await token_to(instance, alice.email)):
        browser.cookies["pingpilot-step"] = token
        assert await show_code(browser, code=phone.code()) == "/login?error=step"


@pytest.mark.parametrize("form", [{}, {"code": "x" * 9_000}, {"code": "\x00" * 6}, {"other": "1"}])
async def test_junk_is_a_wrong_code(
    browser: httpx.AsyncClient, alice: Person, phone: Phone, form: dict[str, str]
) -> None:
    await show_password(browser, alice)
    assert await show_code(browser, **form) == WRONG


async def test_who_has_no_second_factor_signs_in_as_before(
    browser: httpx.AsyncClient, alice: Person
) -> None:
    assert await show_password(browser, alice) == "/feed"


# Recovery codes


async def test_a_recovery_code_lets_in_once_and_its_owner_is_told(
    instance: Instance, browser: httpx.AsyncClient, alice: Person, phone: Phone
) -> None:
    typed = phone.codes[3].upper().replace("-", " ")
    await show_password(browser, alice)
    assert await show_code(browser, recovery=typed) == "/feed"
    letters = await letters_to(instance, alice.email)
    [letter] = [one for one in letters if "recovery code" in one["subject"]]
    assert letter["subject"] == "A recovery code of your PingPilot account was used"
    assert "9 recovery codes are left" in letter["text"]
    entries = await instance.database.read(list_entries, alice.account_id)
    assert [entry.actor for entry in entries if entry.action is Action.RECOVERY_CODE_USED] == [
        alice.email
    ]

    await show_password(browser, alice)
    assert await show_code(browser, recovery=phone.codes[3]) == "/second-factor?error=recovery"


async def test_the_database_keeps_hashes_of_recovery_codes_alone(
    instance: Instance, phone: Phone
) -> None:
    kept_bytes = kept(instance)
    for code in phone.codes:
        assert code.encode() not in kept_bytes
        assert bare_recovery_code(code).encode() not in kept_bytes


# Guessing


async def test_a_token_takes_five_tries_and_then_not_even_the_right_code(
    instance: Instance, browser: httpx.AsyncClient, alice: Person, phone: Phone
) -> None:
    await show_password(browser, alice)
    token = browser.cookies["pingpilot-step"]
    answers = [await show_code(browser, code=phone.wrong()) for _ in range(5)]
    assert answers == [WRONG] * 4 + ["/login?error=step&next=%2Ffeed"]
    browser.cookies["pingpilot-step"] = token
    assert (await show_code(browser, code=phone.code())).startswith("/login?error=step")
    assert not await is_in(browser)

    [entry] = await instance.database.read(list_entries, alice.account_id)
    assert (entry.action, entry.subject) == (Action.SIGN_IN_REFUSED, "second factor")


async def test_another_browser_brings_no_more_guesses(
    instance: Instance, alice: Person, phone: Phone
) -> None:
    async with browser_of(instance) as first, browser_of(instance) as second:
        for one in (first, second):
            await show_password(one, alice)
        for _ in range(5):
            await show_code(first, code=phone.wrong())
        assert await show_code(second, code=phone.code()) == "/second-factor?error=wait"


async def test_a_flood_at_once_is_counted_one_by_one(
    instance: Instance, alice: Person, phone: Phone
) -> None:
    browsers = [browser_of(instance) for _ in range(10)]
    for one in browsers:
        assert await show_password(one, alice) == "/second-factor"
    shows = [show_code(one, code=phone.wrong()) for one in browsers for _ in range(5)]
    answers = await asyncio.gather(*shows)
    assert sum(answer == "/second-factor?error=wait" for answer in answers) == 45
    assert not any([await is_in(one) for one in browsers])


async def test_guesses_at_one_person_do_not_keep_another_out(
    instance: Instance, alice: Person, charlie: Person, phone: Phone, equip: Equip
) -> None:
    his = await equip(charlie)
    async with browser_of(instance) as mallory, browser_of(instance) as browser:
        await show_password(mallory, alice)
        for _ in range(5):
            await show_code(mallory, code=phone.wrong())
        await show_password(browser, charlie)
        assert await show_code(browser, code=his.code()) == "/feed"


async def test_the_owner_is_warned_that_somebody_knows_the_password(
    instance: Instance, alice: Person, phone: Phone
) -> None:
    async with browser_of(instance) as mallory:
        await show_password(mallory, alice)
        for _ in range(5):
            await show_code(mallory, code=phone.wrong())
    [letter] = await letters_to(instance, alice.email)
    assert letter["subject"] == "Somebody knows your PingPilot password"


# Every other way in


async def test_a_password_reset_does_not_sidestep_it(
    instance: Instance, browser: httpx.AsyncClient, alice: Person, phone: Phone
) -> None:
    await send_reset(instance, alice.email)
    form = {"token": await token_to(instance, alice.email), "password": FRESH}
    assert place(await browser.post("/auth/reset", data=form)) == "/second-factor"
    assert not await is_in(browser)
    assert await show_code(browser, code=phone.code()) == "/feed"


async def test_proving_an_address_does_not_sidestep_it(
    instance: Instance, browser: httpx.AsyncClient, alice: Person, phone: Phone
) -> None:
    await send_verification(instance, phone.user_id, alice.email)
    form = {"token": await token_to(instance, alice.email), "password": PASSWORD}
    assert place(await browser.post("/auth/verify", data=form)) == "/second-factor"
    assert not await is_in(browser)
    assert await show_code(browser, code=phone.code()) == "/settings?done=address"


async def test_an_invite_or_the_set_up_cannot_take_an_account_over(
    browser: httpx.AsyncClient, alice: Person, phone: Phone
) -> None:
    form = {"email": alice.email, "password": FRESH}
    assert place(await browser.post("/auth/setup", data=form)) == "/login?error=taken"
    assert place(await browser.post("/auth/signup", data=form)) == "/signup?done=sent"
    assert not await is_in(browser)


async def test_a_new_password_ends_the_steps_that_the_old_one_began(
    instance: Instance, browser: httpx.AsyncClient, alice: Person, phone: Phone
) -> None:
    async with browser_of(instance) as mallory, browser_of(instance, alice) as hers:
        await show_password(mallory, alice)
        form = {"current": PASSWORD, "password": FRESH}
        assert place(await hers.post("/auth/password", data=form)) == "/settings?done=password"
        assert await show_code(mallory, code=phone.code()) == "/login?error=step"


def test_only_who_has_shown_it_is_let_in_without_it() -> None:
    """A new way in asks for the second factor, unless somebody decides otherwise here."""
    package = Path(__file__).resolve().parents[2] / "pingpilot_app"
    texts = {str(p.relative_to(package)): p.read_text() for p in package.rglob("*.py")}
    proved = {name: text.count("proved=True") for name, text in texts.items()}
    assert {name: count for name, count in proved.items() if count} == {
        "ui/sign_in/second_step.py": 1,  # shown just now
        "ui/sign_in/second_factor.py": 2,  # of a session, which goes on
        "ui/sign_in/password.py": 1,  # the same
    }
    adding = {name for name, text in texts.items() if "add_session(" in text}
    assert adding == {"ui/sign_in/browser.py", "storage/sessions.py"}


# Switching it on and off


async def acts_on(instance: Instance, person: Person) -> list[Action]:
    """Return what the log says of the person's second factor, newest first."""
    entries = await instance.database.read(list_entries, person.account_id)
    told = ("second_factor.", "recovery_codes.")
    return [entry.action for entry in entries if entry.action.startswith(told)]


def unprove(connection: Connection, email: str) -> None:
    """Let the address not be known to be its owner's."""
    connection.execute(update(users).where(users.c.email == email).values(verified_at=None))


async def begun(instance: Instance, hers: httpx.AsyncClient, password: str = PASSWORD) -> str:
    """Begin the set-up and return where the answer leads."""
    return place(await hers.post("/auth/second-factor/begin", data={"current": password}))


def opened(person: httpx.AsyncClient, path: str) -> SecondFactorState:
    """Return the state of a tab of this browser that opens `path`."""
    return state_of(SecondFactorState, f"pingpilot={cookie_of(person)}", path)


async def factor(instance: Instance, person: Person) -> FactorView:
    found = await instance.database.read(password_of, person.email)
    assert found is not None
    return await instance.database.read(factor_of, found[0], instance.clock())


async def test_from_setting_up_to_recovery_codes(
    instance: Instance, alice: Person, hand: Hand
) -> None:
    async with browser_of(instance, alice) as hers, browser_of(instance) as elsewhere:
        await show_password(elsewhere, alice)
        tab = opened(hers, await begun(instance, hers))
        await tab._show()
        secret = tab.secret.replace(" ", "")
        assert (tab.stands, pyotp.parse_uri(tab.link).secret) == ("begun", secret)
        assert tab.qr.startswith("data:image/svg+xml")

        old = cookie_of(hers)
        code = pyotp.TOTP(secret).at(hand.at)
        answer = await hers.post("/auth/second-factor/on", data={"code": code})
        assert place(answer).startswith("/settings?done=second-factor-on&once=")
        assert cookie_of(hers) != old
        assert await session_of(f"pingpilot={old}") is None
        assert not await is_in(elsewhere)
        assert await is_in(hers)

        tab = opened(hers, place(answer))
        await tab._show()
        assert (tab.stands, tab.left, len(tab.codes)) == ("on", 10, 10)
        assert await factor(instance, alice) == FactorView(hand.at, codes_left=10)

    assert await acts_on(instance, alice) == [Action.SECOND_FACTOR_ON]
    subjects = [letter["subject"] for letter in await letters_to(instance, alice.email)]
    assert "Your PingPilot account has a second factor" in subjects


async def test_what_is_shown_once_goes_to_one_tab_and_to_no_reload(
    instance: Instance, alice: Person
) -> None:
    async with browser_of(instance, alice) as hers:
        path = await begun(instance, hers)
        tab, other = opened(hers, path), opened(hers, path)
        await tab._show()
        await other._show()
        assert tab.secret
        assert (other.stands, other.secret, other.link, other.qr) == ("begun", "", "", "")
        told = str(tab.dict())
        assert tab.secret not in told
        assert "otpauth" not in told
        assert "svg" not in told
        assert "secret_rx_state_" in str(other.dict())  # the page knows the var all the same


async def test_what_was_shown_is_forgotten(instance: Instance, alice: Person, hand: Hand) -> None:
    async with browser_of(instance, alice) as hers:
        tab = opened(hers, await begun(instance, hers))
        await tab._show()
        await SecondFactorState.forget.fn(tab)
        assert (tab.stands, tab.secret, tab.link, tab.qr) == ("begun", "", "", "")
        await SecondFactorState.give_up.fn(tab)
        assert tab.stands == "off"
        assert await factor(instance, alice) == FactorView()


def test_what_is_left_for_one_person_is_not_given_to_another() -> None:
    name = leave("usr_alice", Shown(secret="x"))
    assert take(name, "usr_charlie") is None
    assert take(name, "usr_alice") == Shown(secret="x")
    assert take(name, "usr_alice") is None
    assert take(None, "usr_alice") is None


async def test_the_set_up_takes_the_password(instance: Instance, alice: Person) -> None:
    async with browser_of(instance, alice) as hers:
        answer = await begun(instance, hers, "not this one at all")
    assert answer == "/settings?error=current&form=second-factor"
    assert await factor(instance, alice) == FactorView()


async def test_a_wrong_first_code_switches_nothing_on(
    instance: Instance, alice: Person, hand: Hand
) -> None:
    async with browser_of(instance, alice) as hers:
        await begun(instance, hers)
        form = {"code": "000000"}
        answers = [place(await hers.post("/auth/second-factor/on", data=form)) for _ in range(6)]
    assert answers[0] == "/settings?error=code&form=second-factor"
    assert answers[-1] == "/settings?error=tries&form=second-factor"
    assert await factor(instance, alice) == FactorView(begun=True)
    assert await instance.database.read(list_entries, alice.account_id) == []


async def test_the_set_up_takes_a_quarter_of_an_hour_at_the_most(
    instance: Instance, alice: Person, hand: Hand
) -> None:
    async with browser_of(instance, alice) as hers:
        tab = opened(hers, await begun(instance, hers))
        await tab._show()
        hand.forward(minutes=15)
        code = pyotp.TOTP(tab.secret.replace(" ", "")).at(hand.at)
        answer = place(await hers.post("/auth/second-factor/on", data={"code": code}))
    assert answer == "/settings?error=code&form=second-factor"
    assert await factor(instance, alice) == FactorView()


async def test_who_has_one_cannot_be_given_another(
    instance: Instance, browser: httpx.AsyncClient, alice: Person, phone: Phone, hand: Hand
) -> None:
    async with browser_of(instance, alice) as hers:
        assert await begun(instance, hers) == "/settings"
        hand.forward(minutes=1)
        form = {"code": phone.code()}
        await hers.post("/auth/second-factor/on", data=form)  # would make new recovery codes
    assert (await factor(instance, alice)).codes_left == 10
    await show_password(browser, alice)
    assert await show_code(browser, recovery=phone.codes[0]) == "/feed"


@pytest.mark.parametrize("act", ["begin", "off", "move", "codes"])
async def test_without_session_or_password_nothing_changes(
    instance: Instance, alice: Person, phone: Phone, act: str
) -> None:
    before = await factor(instance, alice)
    async with browser_of(instance) as stranger, browser_of(instance, alice) as hers:
        for one, password in ((stranger, PASSWORD), (hers, "not this one at all")):
            form = {"current": password, "code": phone.codes[0]}
            answer = await one.post(f"/auth/second-factor/{act}", data=form)
            assert place(answer).startswith("/settings?error=")
    assert await factor(instance, alice) == before


async def test_somebody_elses_password_changes_ones_own_alone(
    instance: Instance, alice: Person, charlie: Person, phone: Phone, equip: Equip
) -> None:
    his_phone = await equip(charlie)
    async with browser_of(instance, charlie) as his:
        form = {"current": PASSWORD, "user_id": phone.user_id, "email": alice.email}
        await his.post("/auth/second-factor/off", data=form | {"code": phone.code()})
        assert (await factor(instance, charlie)).on_since is not None
        form |= {"code": his_phone.code()}
        await his.post("/auth/second-factor/off", data=form)
    assert (await factor(instance, alice)).on_since is not None
    assert await factor(instance, charlie) == FactorView()


async def test_switching_it_off_is_told_and_written_down(
    instance: Instance, browser: httpx.AsyncClient, alice: Person, phone: Phone
) -> None:
    async with browser_of(instance, alice) as hers:
        form = {"current": PASSWORD, "code": phone.code()}
        answer = await hers.post("/auth/second-factor/off", data=form)
        assert place(answer) == "/settings?done=second-factor-off"
        assert cookie_of(hers) != alice.token
    assert await show_password(browser, alice) == "/feed"
    assert await acts_on(instance, alice) == [Action.SECOND_FACTOR_OFF]
    subjects = [letter["subject"] for letter in await letters_to(instance, alice.email)]
    assert "Your PingPilot account has no second factor any more" in subjects


async def test_new_recovery_codes_take_the_place_of_the_old_ones(
    instance: Instance, browser: httpx.AsyncClient, alice: Person, phone: Phone
) -> None:
    async with browser_of(instance, alice) as hers:
        form = {"current": PASSWORD, "code": phone.codes[1]}
        answer = await hers.post("/auth/second-factor/codes", data=form)
        tab = opened(hers, place(answer))
        await tab._show()
    await show_password(browser, alice)
    assert await show_code(browser, recovery=phone.codes[0]) == "/second-factor?error=recovery"
    assert await show_code(browser, recovery=tab.codes[0]) == "/feed"
    assert await acts_on(instance, alice) == [
        Action.RECOVERY_CODE_USED,
        Action.RECOVERY_CODES_MADE,
    ]


async def test_an_address_that_is_not_proved_gets_no_second_factor(
    instance: Instance, charlie: Person
) -> None:
    await instance.writer.run(None, unprove, charlie.email)
    async with browser_of(instance, charlie) as his:
        assert await begun(instance, his) == "/settings?error=proof&form=second-factor"


async def test_handlers_do_nothing_without_a_session(alice: Person) -> None:
    for handler in (SecondFactorState.forget, SecondFactorState.give_up):
        assert leads_to(await handler.fn(state_of(SecondFactorState)), "/login")


async def test_neither_secret_nor_code_is_logged(
    instance: Instance, alice: Person, hand: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with browser_of(instance, alice) as hers:
        tab = opened(hers, await begun(instance, hers))
        await tab._show()
        code = pyotp.TOTP(tab.secret.replace(" ", "")).at(hand.at)
        answer = await hers.post("/auth/second-factor/on", data={"code": code})
        after = opened(hers, place(answer))
        await after._show()
        secrets = (tab.secret, tab.secret.replace(" ", ""), code, *after.codes)
    assert not [secret for secret in secrets if secret in caplog.text]
    assert not [secret for secret in secrets[1:2] if secret in place(answer)]

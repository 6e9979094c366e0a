"""Opening an account: nobody, who is invited, or anybody."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from pingpilot_app.delivery.account_mail import invite_link, send_verification
from pingpilot_app.delivery.instance import Instance, current
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage.categories import list_categories
from pingpilot_app.storage.configuration import load_configuration
from pingpilot_app.storage.destinations import get_destination
from pingpilot_app.storage.links import withdraw_invite
from pingpilot_app.storage.sessions import SessionView, add_session
from pingpilot_app.storage.users import user_with
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.pages.entrance import EntranceState, LinkState
from pingpilot_app.ui.policy import PolicyState
from pingpilot_app.ui.proof import ProofState
from pingpilot_app.ui.session import hash_token, new_token, session_of
from tests.conftest import MakeSettings
from tests.ui.conftest import PASSWORD, Enter, Person, says, state_of
from tests.ui.people import browser_of, house, letters_to, place, token_to

ADA = {"email": "ada@example.org", "password": PASSWORD, "quick_start": "on"}


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


async def invite(instance: Instance, address: str) -> str:
    """Return the token of an invite."""
    link = await instance.writer.run(None, invite_link, instance.settings, address)
    return link.partition("invite=")[2]


async def signed_in(browser: httpx.AsyncClient) -> SessionView:
    session = await session_of(f"pingpilot={browser.cookies['pingpilot']}")
    assert session is not None
    return session


async def sign_up(instance: Instance, browser: httpx.AsyncClient) -> None:
    assert place(await browser.post("/auth/signup", data=ADA)) == "/signup?done=sent"
    await instance.background.idle()


async def sign_in(browser: httpx.AsyncClient) -> SessionView:
    """Sign Ada in as she was before who has not proved the address could not come in any more."""
    instance, token = current(), new_token()
    user = await instance.database.read(user_with, ADA["email"])
    assert user is not None
    await instance.writer.run(None, add_session, hash_token(token), user.id, now())
    browser.cookies.set("pingpilot", token, domain="test.local")
    return await signed_in(browser)


async def test_anybody_gets_an_account_with_the_default_plan(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    await sign_up(instance, browser)

    session = await sign_in(browser)
    account = await instance.database.read(load_configuration, session.account_id, now())
    assert (account.plan, len(account.categories)) == (Plan.PRO, 3)
    assert (session.is_operator, session.proven) == (False, False)


async def test_nothing_is_sent_to_an_address_that_is_not_proved(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    await sign_up(instance, browser)

    session = await sign_in(browser)
    found = await instance.database.read(get_destination, session.account_id, Channel.EMAIL)
    assert (found.address, found.ready) == ("ada@example.org", False)


async def test_the_link_proves_the_address_for_signing_in_and_for_alerts(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    await sign_up(instance, browser)
    token = await token_to(instance, "ada@example.org")
    await sign_in(browser)

    answer = await browser.post("/auth/verify", data={"token": token})

    assert place(answer) == "/settings?done=address"
    session = await signed_in(browser)
    found = await instance.database.read(get_destination, session.account_id, Channel.EMAIL)
    assert (session.proven, found.ready) == (True, True)


async def test_who_is_signed_out_shows_link_and_password(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    await sign_up(instance, browser)
    token = await token_to(instance, "ada@example.org")

    wrong = await browser.post("/auth/verify", data={"token": token, "password": "x" * 20})
    assert place(wrong) == f"/verify?error=current#token={token}"
    right = await browser.post("/auth/verify", data={"token": token, "password": PASSWORD})

    assert place(right) == "/settings?done=address"
    assert (await signed_in(browser)).proven


async def test_the_mailbox_alone_proves_nothing(
    instance: Instance, browser: httpx.AsyncClient, charlie: Person
) -> None:
    """Somebody else may have opened the account with the address of who clicks."""
    await sign_up(instance, browser)
    token = await token_to(instance, "ada@example.org")

    async with browser_of(instance, charlie) as his:
        answer = await his.post("/auth/verify", data={"token": token})

    assert place(answer).startswith("/verify?error=current")
    user = await instance.database.read(user_with, "ada@example.org")
    assert user is not None
    assert not user.proven


async def test_looking_at_a_link_does_not_use_it_up(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    await sign_up(instance, browser)
    token = await token_to(instance, "ada@example.org")

    for _ in range(2):
        state = state_of(LinkState, path=f"/verify#token={token}")
        await LinkState.read_address.fn(state)
        assert (state.address, state.theirs) == ("ada@example.org", False)


@pytest.mark.parametrize("path", ["/verify#token=", "/verify#token=guess", "/reset#token={}"])
async def test_a_link_that_is_not_good_says_so(
    instance: Instance, browser: httpx.AsyncClient, path: str
) -> None:
    await sign_up(instance, browser)
    token = await token_to(instance, "ada@example.org")

    state = state_of(LinkState, path=path.format(token))
    await LinkState.read_address.fn(state)

    assert (state.checked, state.address) == (True, "")


async def test_a_link_works_once(instance: Instance, browser: httpx.AsyncClient) -> None:
    await sign_up(instance, browser)
    form = {"token": await token_to(instance, "ada@example.org"), "password": PASSWORD}

    await browser.post("/auth/verify", data=form)

    assert place(await browser.post("/auth/verify", data=form)) == "/verify?error=link"


async def test_a_taken_address_gets_the_same_answer_and_its_owner_a_letter(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    form = ADA | {"email": alice.email, "password": "another long password"}

    answer = await browser.post("/auth/signup", data=form)

    assert place(answer) == "/signup?done=sent"
    (letter,) = await letters_to(instance, alice.email)
    assert letter["subject"] == "You already have a PingPilot account"
    assert place(await browser.post("/auth/login", data=form)) == "/login?error=wrong"


async def test_a_letter_is_text_and_html_with_the_same_link(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    await sign_up(instance, browser)

    (letter,) = await letters_to(instance, "ada@example.org")
    token = await token_to(instance, "ada@example.org")
    assert letter["subject"] == "Confirm your address for PingPilot"
    assert f"/verify#token={token}" in letter["html"]
    assert ["From", "PingPilot <pingpilot@localhost>"] in letter["headers"]


async def test_one_address_gets_three_letters_an_hour_by_other_peoples_doing(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    form = ADA | {"email": alice.email}

    answers = [place(await browser.post("/auth/signup", data=form)) for _ in range(5)]

    assert set(answers) == {"/signup?done=sent"}
    assert len(await letters_to(instance, alice.email)) == 3


@pytest.mark.parametrize(
    ("change", "code"), [({"email": "ada"}, "email"), ({"password": "short"}, "password")]
)
async def test_what_is_wrong_is_told_by_its_code(
    browser: httpx.AsyncClient, change: dict[str, str], code: str
) -> None:
    answer = await browser.post("/auth/signup", data=ADA | change)

    assert place(answer) == f"/signup?error={code}"


async def test_the_link_is_sent_again_but_not_for_ever(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    await sign_up(instance, browser)
    first = await token_to(instance, "ada@example.org")
    await sign_in(browser)
    state = state_of(ProofState, f"pingpilot={browser.cookies['pingpilot']}")

    answers = [await ProofState.resend.fn(state) for _ in range(4)]

    assert says(answers[0], "on its way")
    assert says(answers[3], "wait 15 minutes")
    old = await browser.post("/auth/verify", data={"token": first})
    assert place(old) == "/verify?error=link"  # the newest alone works


async def test_no_token_is_logged_or_kept(
    instance: Instance, browser: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await sign_up(instance, browser)
    token = await token_to(instance, "ada@example.org")

    kept = instance.settings.data_dir / "pingpilot.db"
    wal = kept.with_name(kept.name + "-wal")
    assert token.encode() not in kept.read_bytes() + wal.read_bytes()
    assert token not in "".join(
        line.getMessage() for line in caplog.records if line.name != "httpx"
    )


@pytest.mark.parametrize("signup", ["invite"])
class TestInvited:
    """Who has an invite."""

    async def test_gets_a_proved_account_at_once(
        self, instance: Instance, browser: httpx.AsyncClient
    ) -> None:
        token = await invite(instance, "ada@example.org")
        form = {"invite": token, "password": PASSWORD, "email": "mallory@example.org"}

        assert place(await browser.post("/auth/signup", data=form)) == "/feed"

        session = await signed_in(browser)
        assert (session.email, session.proven) == ("ada@example.org", True)
        found = await instance.database.read(get_destination, session.account_id, Channel.EMAIL)
        assert found.ready
        assert await instance.database.read(list_categories, session.account_id) == []

    async def test_races_nobody(self, instance: Instance) -> None:
        token = await invite(instance, "ada@example.org")
        browsers = [browser_of(instance) for _ in range(3)]
        form = {"invite": token, "password": PASSWORD}

        answers = await asyncio.gather(*[b.post("/auth/signup", data=form) for b in browsers])

        assert (
            sorted(map(place, answers)) == ["/feed"] + [f"/signup?error=invite#invite={token}"] * 2
        )

    async def test_is_told_where_there_is_an_account_already(
        self, instance: Instance, browser: httpx.AsyncClient, alice: Person
    ) -> None:
        form = {"invite": await invite(instance, alice.email), "password": PASSWORD}

        assert place(await browser.post("/auth/signup", data=form)) == "/login?error=known"

    async def test_comes_too_late_when_it_was_withdrawn(
        self, instance: Instance, browser: httpx.AsyncClient
    ) -> None:
        token = await invite(instance, "ada@example.org")
        await instance.writer.run(None, withdraw_invite, "ada@example.org")

        answer = await browser.post("/auth/signup", data={"invite": token, "password": PASSWORD})

        assert place(answer) == f"/signup?error=invite#invite={token}"

    async def test_keeps_the_invite_when_the_password_is_too_short(
        self, instance: Instance, browser: httpx.AsyncClient
    ) -> None:
        token = await invite(instance, "ada@example.org")

        answer = await browser.post("/auth/signup", data={"invite": token, "password": "short"})

        assert place(answer) == f"/signup?error=password#invite={token}"

    @pytest.mark.parametrize("token", ["", "guessed", "é" * 50, "\ud800"])
    async def test_is_nobody_with_a_guess(
        self, instance: Instance, browser: httpx.AsyncClient, token: str
    ) -> None:
        data = {"password": PASSWORD, "invite": token.encode("utf-8", "replace").decode()}

        answer = await browser.post("/auth/signup", data=data | {"email": "ada@example.org"})

        assert place(answer).startswith("/signup")
        assert await instance.database.read(user_with, "ada@example.org") is None


@pytest.mark.parametrize("signup", ["first"])
async def test_a_closed_instance_opens_no_account(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    form = ADA | {"invite": await invite(instance, "ada@example.org")}

    assert place(await browser.post("/auth/signup", data=form)) == "/signup"

    assert await instance.database.read(user_with, "ada@example.org") is None


@pytest.mark.parametrize(("signup", "anybody"), [("first", False), ("open", True)])
async def test_pages_know_who_may_join(instance: Instance, signup: str, anybody: bool) -> None:
    state = state_of(PolicyState)

    assert (state.sign_up, state.anybody_may_join, state.mail) == (signup, anybody, "sandbox")


async def test_a_link_of_somebody_who_is_gone_is_gone(
    instance: Instance, browser: httpx.AsyncClient, enter: Enter
) -> None:
    bob = await enter("bob@example.org")
    user = await instance.database.read(user_with, bob.email)
    assert user is not None
    await send_verification(instance, user.id, bob.email)
    form = {"token": await token_to(instance, bob.email), "password": PASSWORD}
    async with browser_of(instance, bob) as his:
        gone = {"current": PASSWORD, "confirm": bob.email}
        assert place(await his.post("/auth/delete", data=gone)) == "/login?done=deleted"

    assert place(await browser.post("/auth/verify", data=form)) == "/verify?error=link"


@pytest.mark.parametrize(
    ("query", "problem", "errors"),
    [
        ("?error=wait", "Too many tries", []),
        ("?error=password", "", ["password"]),
        ("?error=<script>", "", []),
        ("", "", []),
    ],
)
def test_codes_become_sentences(query: str, problem: str, errors: list[str]) -> None:
    state = state_of(EntranceState, path=f"/signup{query}")

    EntranceState.read_address.fn(state)

    assert state.problem.startswith(problem)
    assert list(state.errors) == errors

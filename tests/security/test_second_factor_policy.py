# fixtures of another folder come by import, and are asked for by name
"""SECOND_FACTOR: who must have a second factor and has none gets to its set-up and nothing else."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pyotp
import pytest
from sqlalchemy import Connection
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from pingpilot_app.api.app import create_api
from pingpilot_app.commands.doctor import second_factor as doctor
from pingpilot_app.delivery.account_mail import send_reset
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import Scope as KeyScope
from pingpilot_app.domain.api_key import hash_api_key, new_api_key
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.plan import Plan
from pingpilot_app.settings import SecondFactor, SettingsError
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.api_keys import add_api_key
from pingpilot_app.storage.audit import list_entries
from pingpilot_app.storage.links import LinkKind, add_link
from pingpilot_app.storage.second_factor import begin, confirm, is_on, remove
from pingpilot_app.storage.users import set_operator, user_with
from pingpilot_app.ui.exports import export_app
from pingpilot_app.ui.gate import Gate
from pingpilot_app.ui.pages import add_pages  # noqa: F401  # defines all states
from pingpilot_app.ui.pages.settings.second_factor_state import SecondFactorState
from pingpilot_app.ui.proof import ProofState
from pingpilot_app.ui.session import hash_token, session_of
from pingpilot_app.ui.sign_in import sign_in_app
from tests.conftest import MakeSettings
from tests.security.desk import (
    Desk,
    State,
    all_handlers,
    fitting,
    open_desk,
    parameters_of,
)
from tests.security.rows import all_rows
from tests.security.test_handlers import FOR_ANYBODY, changes, name_of
from tests.ui.conftest import HASH, PASSWORD, Enter, Person, leads_to, says, state_of
from tests.ui.conftest import alice as alice
from tests.ui.conftest import charlie as charlie
from tests.ui.conftest import enter as enter
from tests.ui.conftest import running as running
from tests.ui.people import place, token_to

SET_UP = {
    (SecondFactorState, "forget"),
    (SecondFactorState, "give_up"),
    (SecondFactorState, "watch"),
    (ProofState, "resend"),
}
CLOSED = [
    (kind, name)
    for kind, name in all_handlers()
    if name != "setvar" and (kind.__name__, name) not in FOR_ANYBODY and (kind, name) not in SET_UP
]
SECRET = pyotp.random_base32()
LONG_AGO = timedelta(hours=1)


@pytest.fixture
def rule() -> str:
    """What SECOND_FACTOR says."""
    return "everyone"


@pytest.fixture
def sandbox() -> str:
    """What SANDBOX says: on, and letters can be sent; off, and they cannot."""
    return "off"


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int], rule: str, sandbox: str
) -> AsyncIterator[Instance]:
    settings = make_settings(
        sandbox=sandbox,
        sandbox_port=free_ports(),
        pingpilot_role="all",
        signup="open",
        second_factor=rule,
    )
    instance = Instance(settings)
    await instance.start()
    yield instance
    await instance.stop()


def house_of(instance: Instance) -> Callable[[Scope, Receive, Send], object]:
    """Return all that browsers reach by HTTP; what the dashboard answers is the path."""
    auth, exports = sign_in_app(instance), export_app(instance)

    async def dashboard(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(scope["path"])(scope, receive, send)

    gate = Gate(instance, dashboard)

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        parts = {"/auth/": auth, "/export/": exports}
        app = next((part for start, part in parts.items() if path.startswith(start)), gate)
        await app(scope, receive, send)

    return dispatch


@pytest.fixture
async def browser(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that nobody is signed in with."""
    transport = httpx.ASGITransport(house_of(instance))
    headers = {"origin": "http://test"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers=headers
    ) as client:
        yield client


@pytest.fixture
def hers(browser: httpx.AsyncClient, alice: Person) -> httpx.AsyncClient:
    """A browser that Alice, the operator, has been signed in with since before the setting."""
    wear(browser, alice)
    return browser


def wear(browser: httpx.AsyncClient, person: Person) -> None:
    """Give a browser somebody's cookie, in place of which it takes the next one."""
    browser.cookies.set("pingpilot", person.token, domain="test.local", path="/")


async def equip(instance: Instance, person: Person) -> list[str]:
    """Switch somebody's second factor on, by a code of long ago; return recovery codes."""
    user = await instance.database.read(user_with, person.email)
    assert user is not None
    codes, then = ["aaaa-0001", "aaaa-0002", "aaaa-0003"], datetime.now(UTC) - LONG_AGO
    run, first = instance.writer.run, pyotp.TOTP(SECRET).at(then)
    await run(None, begin, user.id, SECRET, then)
    assert await run(None, confirm, user.id, first, codes, then)
    return codes


async def has_one(instance: Instance, person: Person) -> bool:
    user = await instance.database.read(user_with, person.email)
    assert user is not None
    return await instance.database.read(is_on, user.id)


def code() -> str:
    return pyotp.TOTP(SECRET).now()


async def opened(browser: httpx.AsyncClient, path: str) -> str | None:
    """Return where the browser is led, None where the page is shown."""
    return (await browser.get(path)).headers.get("location")


async def sign_in(browser: httpx.AsyncClient, person: Person) -> str:
    form = {"email": person.email, "password": PASSWORD}
    return place(await browser.post("/auth/login", data=form))


async def set_up(browser: httpx.AsyncClient) -> str:
    """Go through the set-up, and return where it led."""
    begun = place(await browser.post("/auth/second-factor/begin", data={"current": PASSWORD}))
    tab = state_of(SecondFactorState, f"pingpilot={newest(browser)}", begun)
    await tab._show()
    code = pyotp.TOTP(tab.secret.replace(" ", "")).now()
    return place(await browser.post("/auth/second-factor/on", data={"code": code}))


def newest(browser: httpx.AsyncClient) -> str:
    """Return the session cookie that the browser got last."""
    return [one.value or "" for one in browser.cookies.jar if one.name == "pingpilot"][-1]


# Who must have one


@pytest.mark.parametrize(
    ("rule", "of_operators", "of_others"),
    [("optional", False, False), ("operators", True, False), ("everyone", True, True)],
)
def test_whom_the_setting_binds(rule: str, of_operators: bool, of_others: bool) -> None:
    assert SecondFactor(rule).binds(is_operator=True) == of_operators
    assert SecondFactor(rule).binds(is_operator=False) == of_others


def test_another_word_stops_the_start(make_settings: MakeSettings) -> None:
    with pytest.raises(SettingsError, match="SECOND_FACTOR"):
        make_settings(second_factor="always")


def test_nothing_is_demanded_unless_somebody_says_so(make_settings: MakeSettings) -> None:
    assert make_settings().second_factor is SecondFactor.OPTIONAL


@pytest.mark.parametrize("rule", ["operators"])
async def test_operators_must_where_others_need_not(alice: Person, charlie: Person) -> None:
    assert await session_of(alice.cookie) is None
    assert await session_of(charlie.cookie) is not None


@pytest.mark.parametrize("rule", ["operators"])
async def test_who_becomes_operator_owes_one(
    instance: Instance, browser: httpx.AsyncClient, charlie: Person
) -> None:
    await instance.writer.run(None, set_operator, charlie.email, True)
    await sign_in(browser, charlie)
    assert await opened(browser, "/feed") == "/secure"
    assert await session_of(f"pingpilot={newest(browser)}") is None


# What is closed until then


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """Where events are handed in."""
    async with open_desk() as desk:
        yield desk


@pytest.mark.parametrize(("kind", "name"), CLOSED, ids=name_of)
async def test_no_handler_does_anything_for_who_owes_one(
    desk: Desk, instance: Instance, alice: Person, kind: State, name: str
) -> None:
    """Neither by the guard before it nor by itself."""
    arguments = parameters_of(kind, name)
    given = {one: fitting(type_, "discord") for one, type_ in arguments.items()}
    before = await all_rows(instance)
    told = await desk.call(kind, name, given, alice.cookie)
    assert '"/login"' in told
    assert kind.get_full_name() not in told
    answer = kind.event_handlers[name].fn(state_of(kind, alice.cookie), **given)
    assert leads_to(await answer if hasattr(answer, "__await__") else answer, "/login")
    assert changes(before, await all_rows(instance)) == []


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/login", "/setup", "/forgot", "/overview", "/feed", "/categories/bug", "/keys"),
        *(
            "/events/evt_1",
            "/channels",
            "/quota",
            "/activity",
            "/settings",
            "/operator",
            "/sandbox",
        ),
    ],
)
async def test_every_page_leads_to_the_set_up(hers: httpx.AsyncClient, path: str) -> None:
    assert await opened(hers, path) == "/secure"
    assert await opened(hers, "/secure") is None


@pytest.mark.parametrize("path", ["/verify", "/reset", "/confirm", "/signup", "/second-factor"])
async def test_pages_that_need_no_session_stay_open(hers: httpx.AsyncClient, path: str) -> None:
    assert await opened(hers, path) is None


@pytest.mark.parametrize("path", ["/auth/export", "/export/categories/bug.csv"])
async def test_no_file_goes_out(hers: httpx.AsyncClient, path: str) -> None:
    assert (await opened(hers, path) or "").startswith("/login?next=")


@pytest.mark.parametrize(
    "path",
    [
        *("password", "email", "delete"),
        *("second-factor/off", "second-factor/move", "second-factor/codes"),
    ],
)
async def test_no_other_form_changes_anything(
    instance: Instance, hers: httpx.AsyncClient, alice: Person, path: str
) -> None:
    before = await all_rows(instance)
    form = {"current": PASSWORD, "password": "a password that is quite new", "code": "000000"}
    form |= {"email": "new@example.org", "confirm": alice.email, "understood": "on"}
    await hers.post(f"/auth/{path}", data=form)
    assert changes(before, await all_rows(instance)) == []


async def test_signing_out_works(hers: httpx.AsyncClient, alice: Person) -> None:
    assert place(await hers.post("/auth/logout")) == "/login"
    assert await session_of(alice.cookie, even_owing=True) is None


async def test_api_keys_go_on_working(instance: Instance, alice: Person) -> None:
    key, mine = new_api_key(), alice.account_id
    given = "shop", key, hash_api_key(key, instance.pepper), tuple(KeyScope), datetime.now(UTC)
    await instance.writer.run(mine, add_api_key, mine, *given)
    transport = httpx.ASGITransport(create_api(instance))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as shop:
        headers = {"authorization": f"Bearer {key}"}
        answer = await shop.get("/api/v1/quota", headers=headers)
    assert answer.status_code == 200


# The way through


async def test_who_signs_in_is_led_through_the_set_up_and_then_gets_everywhere(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    assert await sign_in(browser, alice) == "/feed"
    assert await opened(browser, "/feed") == "/secure"

    done = await set_up(browser)

    assert done.startswith("/secure?done=second-factor-on&once=")
    assert await opened(browser, done) is None  # it shows the recovery codes
    assert await opened(browser, "/secure") == "/feed"
    assert await opened(browser, "/feed") is None
    assert await session_of(f"pingpilot={newest(browser)}") is not None
    assert await session_of(alice.cookie, even_owing=True) is None  # elsewhere one signs in anew


async def test_wrong_entries_lead_back_to_the_set_up(hers: httpx.AsyncClient) -> None:
    answer = await hers.post("/auth/second-factor/begin", data={"current": "not this one"})
    assert place(answer) == "/secure?error=current&form=second-factor"
    answer = await hers.post("/auth/second-factor/on", data={"code": "000000"})
    assert place(answer) == "/secure?error=code&form=second-factor"


async def test_the_page_says_what_was_wrong(alice: Person) -> None:
    tab = state_of(SecondFactorState, alice.cookie, "/secure?error=current&form=second-factor")
    tab._begin()
    await tab._show()
    assert (tab.stands, tab.demanded) == ("off", True)
    assert "not your password" in tab.errors["current"]


async def test_without_a_mail_server_no_address_has_to_be_proved(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    await stranger(instance, "eve@example.org")
    form = {"email": "eve@example.org", "password": PASSWORD}
    await browser.post("/auth/login", data=form)
    assert (await set_up(browser)).startswith("/secure?done=")


async def stranger(instance: Instance, address: str) -> str:
    """Open an account whose address is not proved and return the user's id."""
    now = datetime.now(UTC)
    await instance.writer.run(None, open_account, address, HASH, Plan.FREE, now, proven=False)
    user = await instance.database.read(user_with, address)
    assert user is not None
    return user.id


@pytest.mark.parametrize("sandbox", ["on"])
async def test_where_letters_are_sent_the_address_is_proved_first(
    instance: Instance, browser: httpx.AsyncClient, enter: Enter
) -> None:
    eve = await enter("eve@example.org")
    await instance.writer.run(None, forget_proof, eve.email)
    wear(browser, eve)
    answer = await browser.post("/auth/second-factor/begin", data={"current": PASSWORD})
    assert place(answer) == "/secure?error=proof&form=second-factor"

    button = await ProofState.resend.fn(state_of(ProofState, eve.cookie))

    assert says(button, "A new link is on its way")
    form = {"token": await token_to(instance, eve.email), "password": PASSWORD}
    await browser.post("/auth/verify", data=form)
    assert (await set_up(browser)).startswith("/secure?done=")


def forget_proof(connection: Connection, address: str) -> None:
    """Have an address not be proved."""
    sql = "UPDATE user SET verified_at = NULL WHERE email = ?"
    connection.exec_driver_sql(sql, (address,))


@pytest.mark.parametrize("sandbox", ["on"])
async def test_a_strangers_phone_does_not_keep_the_owner_of_the_mailbox_out(
    instance: Instance, browser: httpx.AsyncClient, enter: Enter
) -> None:
    """Somebody set it up under an address that is not theirs, before there was a mail server."""
    eve = await enter("eve@example.org")
    await instance.writer.run(None, forget_proof, eve.email)
    await equip(instance, eve)
    await send_reset(instance, eve.email)
    form = {"token": await token_to(instance, eve.email), "password": "a password that is new"}
    assert place(await browser.post("/auth/reset", data=form)) == "/feed"
    assert await opened(browser, "/feed") == "/secure"


@pytest.mark.parametrize("sandbox", ["on"])
async def test_who_has_proved_the_address_keeps_it_through_a_reset(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    await equip(instance, alice)
    await send_reset(instance, alice.email)
    form = {"token": await token_to(instance, alice.email), "password": "a password that is new"}
    assert place(await browser.post("/auth/reset", data=form)) == "/second-factor"


def invite(connection: Connection, address: str) -> None:
    """Invite somebody, by the token `invite`."""
    now, token = datetime.now(UTC), hash_token("invite")
    add_link(connection, LinkKind.INVITE, token, now, address=address, user_id=None)


async def test_who_comes_by_an_invite_sets_it_up_first(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    await instance.writer.run(None, invite, "grace@example.org")
    form = {"invite": "invite", "password": PASSWORD}
    assert place(await browser.post("/auth/signup", data=form)) == "/feed"
    assert await opened(browser, "/feed") == "/secure"
    await set_up(browser)
    assert await opened(browser, "/feed") is None


async def test_the_first_person_sets_it_up_first(browser: httpx.AsyncClient) -> None:
    form = {"email": "ada@example.org", "password": PASSWORD}
    assert place(await browser.post("/auth/setup", data=form)) == "/feed"
    assert await opened(browser, "/feed") == "/secure"


@pytest.mark.parametrize("rule", ["optional"])
async def test_by_default_a_fresh_instance_is_as_before(browser: httpx.AsyncClient) -> None:
    form = {"email": "ada@example.org", "password": PASSWORD}
    await browser.post("/auth/setup", data=form)
    assert await opened(browser, "/feed") is None
    assert await opened(browser, "/secure") == "/feed"


# Once it is on


async def test_it_cannot_be_switched_off_while_it_is_demanded(
    instance: Instance, hers: httpx.AsyncClient, alice: Person
) -> None:
    await equip(instance, alice)
    form = {"current": PASSWORD, "code": code()}
    answer = await hers.post("/auth/second-factor/off", data=form)
    assert place(answer) == "/settings?error=demanded&form=second-factor-off"
    assert await has_one(instance, alice)


async def test_it_moves_to_another_phone_by_a_set_up_that_is_owed(
    instance: Instance, hers: httpx.AsyncClient, alice: Person
) -> None:
    await equip(instance, alice)
    form = {"current": PASSWORD, "code": code()}
    moved = place(await hers.post("/auth/second-factor/move", data=form))

    assert moved.startswith("/secure?once=")
    assert await opened(hers, "/keys") == "/secure"
    tab = state_of(SecondFactorState, f"pingpilot={newest(hers)}", moved)
    await tab._show()
    fresh = tab.secret.replace(" ", "")
    assert fresh not in ("", SECRET)
    form = {"code": pyotp.TOTP(fresh).now()}
    assert place(await hers.post("/auth/second-factor/on", data=form)).startswith("/secure?done=")
    assert await opened(hers, "/keys") is None


async def test_when_the_command_line_switches_it_off_everything_closes(
    instance: Instance, hers: httpx.AsyncClient, alice: Person
) -> None:
    await equip(instance, alice)
    assert await opened(hers, "/keys") is None
    user = await instance.database.read(user_with, alice.email)
    assert user is not None
    await instance.writer.run(alice.account_id, remove, user.id)
    instance.bus.publish_all()
    assert await session_of(alice.cookie) is None
    assert await opened(hers, "/keys") == "/secure"


# What takes something away takes a code, whatever is demanded


@pytest.mark.parametrize("rule", ["optional"])
@pytest.mark.parametrize("act", ["off", "move", "codes"])
async def test_session_and_password_are_not_enough(
    instance: Instance, hers: httpx.AsyncClient, alice: Person, act: str
) -> None:
    await equip(instance, alice)
    before = await all_rows(instance)
    form = {"off": "second-factor-off", "move": "second-factor-move", "codes": "recovery-codes"}
    for wrong in ({}, {"code": ""}, {"code": "000000"}, {"code": "aaaa-9999"}):
        given = {"current": PASSWORD} | wrong
        answer = place(await hers.post(f"/auth/second-factor/{act}", data=given))
        assert answer == f"/settings?error=factor&form={form[act]}"
    assert changes(before, await all_rows(instance)) == []


@pytest.mark.parametrize("rule", ["optional"])
@pytest.mark.parametrize("act", ["off", "move", "codes"])
@pytest.mark.parametrize("by_app", [True, False])
async def test_a_code_of_the_app_or_a_recovery_code_is(
    instance: Instance, hers: httpx.AsyncClient, alice: Person, act: str, by_app: bool
) -> None:
    codes = await equip(instance, alice)
    form = {"current": PASSWORD, "code": code() if by_app else codes[0]}
    answer = place(await hers.post(f"/auth/second-factor/{act}", data=form))
    assert "error" not in answer
    assert await has_one(instance, alice) == (act == "codes")
    [entry, *_] = [
        one
        for one in await instance.database.read(list_entries, alice.account_id)
        if one.action in (Action.SECOND_FACTOR_OFF, Action.RECOVERY_CODES_MADE)
    ]
    assert entry.detail["shown"] == ("code of the app" if by_app else "recovery code")


@pytest.mark.parametrize("rule", ["optional"])
async def test_guesses_count_with_those_of_signing_in(
    instance: Instance, hers: httpx.AsyncClient, alice: Person
) -> None:
    await equip(instance, alice)
    form = {"current": PASSWORD, "code": "000000"}
    for _ in range(5):
        await hers.post("/auth/second-factor/off", data=form)
    answer = await hers.post("/auth/second-factor/codes", data=form | {"code": code()})
    assert place(answer) == "/settings?error=tries&form=recovery-codes"
    assert await sign_in(hers, alice) == "/second-factor"
    answer = await hers.post("/auth/second-factor", data={"code": code()})
    assert place(answer) == "/second-factor?error=wait"


# The key is lost that the app's secret is encrypted with


def lose_keys(connection: Connection) -> None:
    """Have the secrets be encrypted with a key that nobody has."""
    sealed = "sealed:" + "gAAAAAB" + "x" * 120
    connection.exec_driver_sql("UPDATE second_factor SET secret = ?", (sealed,))


async def test_without_the_key_a_recovery_code_is_asked_for_and_lets_in(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    codes = await equip(instance, alice)
    await instance.writer.run(None, lose_keys)
    assert await sign_in(browser, alice) == "/second-factor"
    for text in (code(), "000000"):
        answer = await browser.post("/auth/second-factor", data={"code": text})
        assert place(answer) == "/second-factor?error=lost"
        assert "pingpilot" not in browser.cookies
    answer = await browser.post("/auth/second-factor", data={"recovery": codes[0]})
    assert place(answer) == "/feed"
    assert await opened(browser, "/feed") is None


async def test_without_the_key_tries_still_end(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    await equip(instance, alice)
    await instance.writer.run(None, lose_keys)
    await sign_in(browser, alice)
    answers = [
        place(await browser.post("/auth/second-factor", data={"code": "000000"})) for _ in range(6)
    ]
    assert answers[:5] == ["/second-factor?error=lost"] * 5
    assert answers[5].startswith("/login?error=step")


async def test_without_the_key_it_moves_by_a_recovery_code(
    instance: Instance, hers: httpx.AsyncClient, alice: Person
) -> None:
    codes = await equip(instance, alice)
    await instance.writer.run(None, lose_keys)
    form = {"current": PASSWORD, "code": code()}
    answer = await hers.post("/auth/second-factor/move", data=form)
    assert place(answer) == "/settings?error=lost&form=second-factor-move"
    answer = await hers.post("/auth/second-factor/move", data=form | {"code": codes[0]})
    assert place(answer).startswith("/secure?once=")


async def test_a_set_up_whose_key_is_lost_says_so(
    instance: Instance, hers: httpx.AsyncClient, alice: Person
) -> None:
    await hers.post("/auth/second-factor/begin", data={"current": PASSWORD})
    await instance.writer.run(None, lose_keys)
    answer = await hers.post("/auth/second-factor/on", data={"code": "000000"})
    assert place(answer) == "/secure?error=begun&form=second-factor"


# For operators


async def test_the_doctor_counts_who_has_none(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    def told(connection: Connection) -> str:
        settings = instance.settings
        return " ".join(one.message for one in doctor.look(settings, connection))

    assert "2 people have none yet" in await instance.database.read(told)
    for person in (alice, charlie):
        await equip(instance, person)
    assert "Every person has one" in await instance.database.read(told)

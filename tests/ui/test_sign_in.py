"""The three forms, without a browser."""

import asyncio

import httpx
import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage.categories import list_categories
from pingpilot_app.storage.configuration import load_configuration
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.session import cookie_name, session_of, token_in
from pingpilot_app.ui.sign_in import page_after
from tests.conftest import MakeSettings
from tests.ui.conftest import PASSWORD, Person

EMAIL = "ada@example.org"
SETUP = {"email": EMAIL, "password": PASSWORD, "quick_start": "on"}


def place(response: httpx.Response) -> str:
    """Return where a redirect leads."""
    assert response.status_code == 303, response.text
    return response.headers["location"]


async def test_the_first_person_becomes_operator_without_limits(
    instance: Instance, browser: httpx.AsyncClient
) -> None:
    assert place(await browser.post("/auth/setup", data=SETUP)) == "/feed"

    session = await session_of(f"pingpilot={browser.cookies['pingpilot']}")
    assert session is not None
    account = await instance.database.read(load_configuration, session.account_id, now())
    assert (session.email, session.is_operator, account.plan) == (EMAIL, True, Plan.UNLIMITED)


@pytest.mark.parametrize(("ticked", "count"), [("on", 3), ("", 0)])
async def test_the_quick_start_is_a_choice(
    instance: Instance, browser: httpx.AsyncClient, ticked: str, count: int
) -> None:
    await browser.post("/auth/setup", data=SETUP | {"quick_start": ticked})

    session = await session_of(f"pingpilot={browser.cookies['pingpilot']}")
    assert session is not None
    assert len(await instance.database.read(list_categories, session.account_id)) == count


async def test_of_two_people_at_once_one_becomes_operator(browser: httpx.AsyncClient) -> None:
    forms = [SETUP | {"email": f"{name}@example.org"} for name in ("alice", "bob", "charlie")]

    answers = await asyncio.gather(*[browser.post("/auth/setup", data=form) for form in forms])

    assert sorted(map(place, answers)) == ["/feed"] + ["/login?error=taken"] * 2


@pytest.mark.parametrize(
    ("change", "code"), [({"email": "ada"}, "email"), ({"password": "short"}, "password")]
)
async def test_what_is_wrong_at_setup_is_told_by_its_code(
    browser: httpx.AsyncClient, change: dict[str, str], code: str
) -> None:
    assert place(await browser.post("/auth/setup", data=SETUP | change)) == f"/setup?error={code}"


async def test_the_cookie_is_out_of_reach_of_scripts(
    browser: httpx.AsyncClient, alice: Person
) -> None:
    answer = await browser.post("/auth/login", data={"email": alice.email, "password": PASSWORD})

    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


async def test_the_database_keeps_the_hash_of_the_token_alone(
    instance: Instance, browser: httpx.AsyncClient, alice: Person
) -> None:
    await browser.post("/auth/login", data={"email": alice.email, "password": PASSWORD})

    token = browser.cookies["pingpilot"].encode()
    kept = instance.settings.data_dir / "pingpilot.db"
    wal = kept.with_name(kept.name + "-wal")
    assert token not in kept.read_bytes() + (wal.read_bytes() if wal.exists() else b"")


@pytest.mark.parametrize(
    "form",
    [
        {"email": "alice@example.org", "password": "not this one at all"},
        {"email": "nobody@example.org", "password": PASSWORD},
        {"email": "no address", "password": PASSWORD},
        {"email": "alice@example.org", "password": "x" * 10_000},
        {"email": "alice@example.org"},
        {},
    ],
)
async def test_whatever_is_wrong_gets_the_same_answer(
    browser: httpx.AsyncClient, alice: Person, form: dict[str, str]
) -> None:
    assert place(await browser.post("/auth/login", data=form)) == "/login?error=wrong"
    assert "pingpilot" not in browser.cookies


async def test_after_five_failures_there_is_a_wait(
    browser: httpx.AsyncClient, alice: Person
) -> None:
    form = {"email": alice.email, "password": "not this one at all"}
    answers = [place(await browser.post("/auth/login", data=form)) for _ in range(6)]

    assert answers == ["/login?error=wrong"] * 5 + ["/login?error=wait"]
    right = await browser.post("/auth/login", data=form | {"password": PASSWORD})
    assert place(right) == "/login?error=wait"


async def test_signing_out_ends_the_session(browser: httpx.AsyncClient, alice: Person) -> None:
    browser.cookies["pingpilot"] = alice.token

    answer = await browser.post("/auth/logout")

    assert place(answer) == "/login"
    assert 'pingpilot=""' in answer.headers["set-cookie"]
    assert await session_of(alice.cookie) is None


FORMS = [
    *("setup", "login", "logout", "signup", "verify"),
    *("forgot", "reset", "password", "email", "delete", "second-factor"),
    *(f"second-factor/{act}" for act in ("begin", "on", "off", "codes")),
]


@pytest.mark.parametrize("path", [f"/auth/{name}" for name in FORMS])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "", "referer": "https://evil.example/test"},
        {"origin": "", "referer": ""},
        {"origin": "http://test.evil.example"},
    ],
)
async def test_forms_of_other_sites_are_refused(
    browser: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    answer = await browser.post(path, data=SETUP, headers=headers)

    assert answer.status_code == 403
    assert answer.text.startswith("This form was not sent by a page of this PingPilot.")


async def test_a_form_without_origin_may_show_its_referer(browser: httpx.AsyncClient) -> None:
    headers = {"origin": "", "referer": "http://test/setup"}

    assert place(await browser.post("/auth/setup", data=SETUP, headers=headers)) == "/feed"


async def test_a_huge_form_is_refused(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/auth/login", data={"email": "x" * 100_000})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\\/evil.example",
        "/feed//evil.example",
        "/events/../login",
        "/feed\n",
        "/feed?q=a\r\nSet-Cookie: a=b",
        "/feed?q=é",
        "/feed?q=a b",
        "/feed\uff1fq=1",
        "/feed#//evil.example",
        "/feed?q=1#top",
        "/feed?q=\\evil",
        f"/feed?q={'x' * 3_000}",
        "/auth/logout?next=/feed",
        None,
        7,
        "/auth/logout",
    ],
)
def test_signing_in_leads_to_our_pages_alone(wanted: object) -> None:
    assert page_after(wanted) == "/feed"


@pytest.mark.parametrize(
    "wanted",
    [
        "/feed?status=FAILED&q=x",
        "/feed?next=//evil.example",
        "/feed?q=%C3%A9%20%26",
        "/feed?",
        "/settings?done=address",
        "/categories/bug?range=week",
    ],
)
async def test_signing_in_leads_to_a_page_with_its_query(
    browser: httpx.AsyncClient, alice: Person, wanted: str
) -> None:
    form = {"email": alice.email, "password": PASSWORD, "next": wanted}

    assert place(await browser.post("/auth/login", data=form)) == wanted


async def test_signing_in_ends_the_old_session_of_the_browser(
    browser: httpx.AsyncClient, alice: Person
) -> None:
    browser.cookies["pingpilot"] = alice.token

    answer = await browser.post("/auth/login", data={"email": alice.email, "password": PASSWORD})

    assert answer.cookies["pingpilot"] != alice.token
    assert await session_of(alice.cookie) is None


def test_signing_in_leads_to_the_event_of_a_message() -> None:
    assert page_after("/events/evt_01m8460zfwe009d9heqzta6w5b").startswith("/events/")


async def test_over_https_the_cookie_is_for_this_host_alone(make_settings: MakeSettings) -> None:
    settings = make_settings(public_url="https://ping.example.org")

    assert settings.secure_cookies
    assert cookie_name(settings) == "__Host-pingpilot"
    assert token_in("pingpilot=old; __Host-pingpilot=new", settings) == "new"

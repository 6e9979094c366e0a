"""Which addresses are answered, and whose pages may act in a visitor's name."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.settings import Settings, SettingsError
from pingpilot_app.ui import guard
from pingpilot_app.ui.claim import claim_app
from pingpilot_app.ui.exports import export_app
from pingpilot_app.ui.origin import is_known_host, is_own_form, is_own_origin
from pingpilot_app.ui.own_address import OwnAddress
from pingpilot_app.ui.sign_in import sign_in_app
from pingpilot_app.ui.unsubscribe import unsubscribe_app
from tests.conftest import MakeSettings

OURS = "https://ping.example.org"


@pytest.fixture
def public(make_settings: MakeSettings) -> Settings:
    return make_settings(public_url=OURS, allowed_hosts="nas, ping.home")


@pytest.fixture
def homely(make_settings: MakeSettings) -> Settings:
    return make_settings(public_url="http://localhost:8000", allowed_hosts="nas")


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (OURS, "ping.example.org"),
        ("HTTPS://PING.example.ORG", "ping.example.org"),
        (f"{OURS}:443", "ping.example.org"),
        (OURS, "upstream:8000"),  # a proxy that sends its own name on: the origin is exact anyway
        ("https://nas", "nas"),
        ("https://nas", "nas:443"),
        ("https://192.168.1.5:8443", "192.168.1.5:8443"),
        ("https://[fd00::1]:8443", "[fd00::1]:8443"),
        ("https://localhost:8000", "localhost:8000"),
    ],
)
def test_our_own_pages_may_act(public: Settings, origin: str, host: str) -> None:
    assert is_own_origin(origin, host, public)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "ping.example.org"),
        ("", "ping.example.org"),
        ("null", "ping.example.org"),
        ("http://ping.example.org", "ping.example.org"),
        ("https://ping.example.org.", "ping.example.org."),
        (f"{OURS}:444", "ping.example.org"),
        ("https://ping.example.org@evil.example", "ping.example.org"),
        ("https://evil.example/ping.example.org", "ping.example.org"),
        ("https://ping.example.org.evil.example", "ping.example.org.evil.example"),
        ("https://evil.example", "evil.example"),  # a name made to lead here
        ("https://evil.example:8000", "evil.example:8000"),
        ("https://192.168.1.5", "192.168.1.6"),
        ("https://192.168.1.5:1", "192.168.1.5:2"),
        ("http://192.168.1.5", "192.168.1.5"),  # anybody on the way could have written that page
        ("https://0x7f.1", "0x7f.1"),
        ("https://2130706433", "2130706433"),
        ("https://[::1", "[::1"),
        ("https://[::1]x", "[::1]x"),
        ("https://nas:99999", "nas"),
        ("https://nas\n", "nas"),
        ("ws://nas", "nas"),
        ("file://nas", "nas"),
        ("https://ping.home", "nas"),
    ],
)
def test_other_peoples_pages_may_not(public: Settings, origin: str | None, host: str) -> None:
    assert not is_own_origin(origin, host, public)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "192.168.1.5:8000", "[::1]:8000", "nas:8000"])
def test_in_a_home_network_plain_http_is_taken(homely: Settings, host: str) -> None:
    assert is_own_origin(f"http://{host}", host, homely)


def test_a_name_that_leads_to_a_home_network_is_nobody_of_ours(homely: Settings) -> None:
    assert not is_own_origin("http://evil.example:8000", "evil.example:8000", homely)


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("ping.example.org", True),
        ("PING.example.org:8000", True),
        ("nas:8000", True),
        ("127.0.0.1:8000", True),
        ("[::1]", True),
        ("localhost", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.nip.io", False),
        ("a@ping.example.org", False),
        ("ping.example.org, evil.example", False),
        ("ping.example.org.", False),
        ("", False),
        (None, False),
    ],
)
def test_a_host_is_ours_or_is_not(public: Settings, host: str | None, known: bool) -> None:
    assert is_known_host(host, public) is known


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"origin": OURS}, True),
        ({"referer": f"{OURS}/login?next=%2Ffeed"}, True),
        ({"origin": OURS, "sec-fetch-site": "same-origin"}, True),
        ({"origin": OURS, "sec-fetch-site": "cross-site"}, False),
        ({"origin": OURS, "sec-fetch-site": "same-site"}, False),
        ({"origin": "null", "referer": f"{OURS}/login"}, False),
        ({"referer": "https://ping.example.org@evil.example/"}, False),
        ({"referer": "https://evil.example/?https://ping.example.org"}, False),
        ({}, False),
    ],
)
def test_a_form_is_ours_or_is_not(public: Settings, headers: dict[str, str], own: bool) -> None:
    assert is_own_form({"host": "ping.example.org"} | headers, public) is own


@pytest.mark.parametrize("name", ["*", "https://nas", "nas:8000", "na s", "a..b", ".home"])
def test_a_name_that_is_none_stops_the_start(make_settings: MakeSettings, name: str) -> None:
    with pytest.raises(SettingsError, match="ALLOWED_HOSTS"):
        make_settings(allowed_hosts=name)


async def dashboard(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("the dashboard")(scope, receive, send)


@pytest.fixture
async def visitor(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(OwnAddress(dashboard, instance.settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_another_address_is_told_the_right_one(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/setup", headers={"host": "<b>evil.example"})

    assert answer.status_code == 421
    assert "http://localhost:8000" in answer.text
    assert "evil" not in answer.text


async def test_what_is_refused_is_noted_now_and_then(
    visitor: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        await visitor.post("/auth/login", headers={"origin": "https://evil.example"})

    assert len(caplog.messages) <= 1  # none where another test was told within this minute
    assert not guard._told.take("what no page of ours sent")


async def test_two_hosts_are_none(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/", headers=[("host", "test"), ("host", "evil.example")])

    assert answer.status_code == 421


async def test_the_websocket_is_answered_at_our_addresses_alone(instance: Instance) -> None:
    sent = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/_event", "headers": [(b"host", b"evil.example")]}
    await OwnAddress(dashboard, instance.settings)(scope, receive, send)

    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize("path", ["/auth/login", "/export/x.csv", "/feed", "/_event/", "/_upload"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_whatever_changes_something_must_come_from_us(
    visitor: httpx.AsyncClient, path: str, method: str
) -> None:
    foreign = await visitor.request(method, path, headers={"origin": "https://evil.example"})
    silent = await visitor.request(method, path)
    own = await visitor.request(method, path, headers={"origin": "http://test"})

    assert [foreign.status_code, silent.status_code, own.status_code] == [403, 403, 200]


@pytest.mark.parametrize("path", ["/auth/export", "/export/categories/bug.csv"])
@pytest.mark.parametrize(
    ("site", "status"),
    [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)],
)
async def test_files_are_fetched_by_our_own_pages(
    visitor: httpx.AsyncClient, path: str, site: str, status: int
) -> None:
    assert (await visitor.get(path, headers={"sec-fetch-site": site})).status_code == status


async def test_a_link_elsewhere_may_lead_to_a_page(visitor: httpx.AsyncClient) -> None:
    headers = {"sec-fetch-site": "cross-site"}

    assert (await visitor.get("/events/evt_1", headers=headers)).status_code == 200


def routes_of(instance: Instance) -> list[tuple[str, str]]:
    """Every route for browsers that changes something: (method, path)."""
    apps = [sign_in_app(instance), export_app(instance), unsubscribe_app(instance)]
    apps.append(claim_app(instance))
    return [
        (method, route.path.format(token="x", name="x", kind="csv"))
        for app in apps
        for route in app.routes
        if isinstance(route, Route)
        for method in sorted((route.methods or set()) - {"GET", "HEAD"})
    ]


async def test_every_form_refuses_what_another_site_sends(instance: Instance) -> None:
    for method, path in routes_of(instance):
        app = OwnAddress(sign_in_app(instance), instance.settings)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://test"
        ) as stranger:
            answer = await stranger.request(
                method, path, headers={"origin": "https://evil.example"}
            )
        # The one without a cookie: a mail program posts to it (ui/unsubscribe.py).
        assert answer.status_code == (404 if path == "/unsubscribe/x" else 403), path


async def test_each_form_checks_by_itself_too(instance: Instance) -> None:
    transport = httpx.ASGITransport(sign_in_app(instance))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as stranger:
        for method, path in routes_of(instance):
            if path.startswith("/auth/"):
                headers = {"origin": "https://evil.example"}
                assert (await stranger.request(method, path, headers=headers)).status_code == 403

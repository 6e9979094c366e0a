"""What browsers are told of every answer."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from pingpilot_app.api.app import create_api
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.ui.headers import Policies, Shielded, read_hashes, script_hashes
from tests.conftest import MakeSettings

# printf %s 'alert(1)' | openssl dgst -sha256 -binary | base64
ALERT = "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder of pages, as the builder leaves it."""
    pages = {
        "index.html": "<script>home()</script>",
        "login/index.html": "<script src='/a.js'></script><script>alert(1)</script>",
        "404.html": "<script type='module'>lost()</script>",
    }
    for name, text in pages.items():
        (tmp_path / "built" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "built" / name).write_text(text)
    return tmp_path / "built"


async def pages(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/fault":
        raise RuntimeError("a secret")
    if scope["path"].startswith("/kept"):
        await Response(None, 304)(scope, receive, send)
        return
    kind = PlainTextResponse if scope["path"].endswith((".css", ".js")) else HTMLResponse
    await kind("…", 303 if scope["path"] == "/leads" else 200)(scope, receive, send)


def browser(make_settings: MakeSettings, built: Path, **settings: object) -> httpx.AsyncClient:
    configured = make_settings(**settings)
    policies = Policies(configured)
    policies.read(built)
    transport = httpx.ASGITransport(
        Shielded(pages, configured, policies), raise_app_exceptions=False
    )
    return httpx.AsyncClient(transport=transport, base_url="http://test")


def rules(answer: httpx.Response) -> dict[str, list[str]]:
    """Return the policy of an answer by its directives."""
    found = [rule.split() for rule in answer.headers["content-security-policy"].split(";")]
    return {rule[0]: rule[1:] for rule in found}


def test_scripts_in_a_page_are_named_by_their_hashes() -> None:
    html = "<script src=x></script><script>alert(1)</script>\n<script>alert(1)</script>"

    assert script_hashes(html) == (ALERT,)


def test_each_page_has_the_scripts_that_stand_in_it(built: Path) -> None:
    hashes = read_hashes(built)

    assert set(hashes) == {"/", "/login", ""}
    assert hashes["/login"] == (ALERT,)


async def test_a_page_runs_its_own_scripts_and_no_other(
    make_settings: MakeSettings, built: Path
) -> None:
    async with browser(make_settings, built) as visitor:
        policy = rules(await visitor.get("/login"))
        elsewhere = rules(await visitor.get("/feed/anything"))

    assert policy["script-src"] == ["'self'", ALERT]
    assert ALERT not in elsewhere["script-src"]
    assert len(elsewhere["script-src"]) == 2


async def test_a_page_makes_no_script_of_text_and_loads_from_nowhere_else(
    make_settings: MakeSettings, built: Path
) -> None:
    async with browser(make_settings, built, public_url="https://ping.example.org/") as visitor:
        policy = rules(await visitor.get("/login"))

    assert policy["default-src"] == ["'none'"]
    assert not {"'unsafe-inline'", "'unsafe-eval'"} & set(policy["script-src"])
    assert policy["connect-src"] == ["'self'", "wss://ping.example.org"]
    for rule in ("base-uri", "frame-ancestors"):
        assert policy[rule] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert "upgrade-insecure-requests" in policy


async def test_only_what_came_by_https_asks_for_it(
    make_settings: MakeSettings, built: Path
) -> None:
    async with browser(make_settings, built) as plain:
        answer = await plain.get("/login")
        assert "strict-transport-security" not in answer.headers
        assert "upgrade-insecure-requests" not in rules(answer)
    async with browser(make_settings, built, public_url="https://ping.example.org") as safe:
        assert (await safe.get("/")).headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("path", ["/", "/login", "/nope", "/a.css", "/auth/login", "/fault"])
async def test_every_answer_is_shielded(
    make_settings: MakeSettings, built: Path, path: str
) -> None:
    async with browser(make_settings, built) as visitor:
        answer = await visitor.get(path)

    assert rules(answer)["frame-ancestors"] == ["'none'"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert answer.headers["referrer-policy"] == "same-origin"


async def test_what_is_no_page_runs_nothing(make_settings: MakeSettings, built: Path) -> None:
    async with browser(make_settings, built) as visitor:
        policy = rules(await visitor.get("/a.js"))

    assert policy == {"default-src": ["'none'"], "frame-ancestors": ["'none'"]}


async def test_a_page_that_has_not_changed_keeps_its_policy(
    make_settings: MakeSettings, built: Path
) -> None:
    """The headers of a 304 replace those that the browser has kept."""
    async with browser(make_settings, built) as visitor:
        assert "script-src" in rules(await visitor.get("/kept"))
        assert "script-src" not in rules(await visitor.get("/kept.css"))


async def test_a_fault_of_ours_tells_nothing(make_settings: MakeSettings, built: Path) -> None:
    async with browser(make_settings, built) as visitor:
        answer = await visitor.get("/fault")

    assert (answer.status_code, "secret" in answer.text) == (500, False)


@pytest.mark.parametrize("path", ["/reset", "/verify/", "/signup"])
async def test_pages_with_a_token_tell_nobody_their_address(
    make_settings: MakeSettings, built: Path, path: str
) -> None:
    async with browser(make_settings, built) as visitor:
        answer = await visitor.get(f"{path}?token=x")

    assert answer.headers["referrer-policy"] == "strict-origin"


async def test_a_walls_address_is_told_to_nobody(make_settings: MakeSettings, built: Path) -> None:
    async with browser(make_settings, built) as visitor:
        answer = await visitor.get("/wall/x")

    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/auth/login", "no-store"),
        ("/export/categories/bug.csv", "no-store"),
        ("/unsubscribe/x", "no-store"),
        ("/claim/x", "no-store"),
        ("/leads", "no-store"),
        ("/fault", "no-store"),
        ("/login", "no-cache"),
        ("/assets/a-1.js", "public, max-age=31536000, immutable"),
    ],
)
async def test_browsers_keep_nothing_private(
    make_settings: MakeSettings, built: Path, path: str, kept: str
) -> None:
    async with browser(make_settings, built) as visitor:
        assert (await visitor.get(path)).headers["cache-control"] == kept


@pytest.fixture
async def api(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    app = create_api(instance)

    @app.get("/api/v1/fault")
    async def fault() -> None:
        raise RuntimeError("a secret")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/api/v1/events", "/api/v1/event", "/api/nope", "/openapi.json", "/api/v1/fault"]
)
async def test_the_apis_answers_run_nothing_and_are_not_kept(
    api: httpx.AsyncClient, path: str
) -> None:
    headers = (await api.get(path)).headers

    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_the_description_runs_the_one_script_that_stands_in_it(
    api: httpx.AsyncClient,
) -> None:
    answer = await api.get("/docs")

    assert answer.status_code == 200
    assert rules(answer)["script-src"] == ["'self'", *script_hashes(answer.text)]
    assert len(script_hashes(answer.text)) == 1


async def test_over_https_the_api_asks_to_stay_there(make_settings: MakeSettings) -> None:
    app = create_api(Instance(make_settings(public_url="https://ping.example.org")))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        headers = (await client.get("/healthz")).headers

    assert headers["strict-transport-security"] == "max-age=31536000"

"""The websocket of the real server, attacked from a raw socket."""

import asyncio
import json
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from pingpilot_app import settings as settings_module
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import Scope, hash_api_key, new_api_key
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.allowances import KIND as ALLOWANCE
from pingpilot_app.storage.api_keys import add_api_key
from pingpilot_app.storage.categories import add_category
from pingpilot_app.storage.sessions import add_session
from pingpilot_app.storage.users import password_of
from pingpilot_app.ui.pages import add_pages  # noqa: F401  # defines all states
from pingpilot_app.ui.session import hash_token, new_token
from pingpilot_app.ui.sockets import OF_STRANGERS
from tests.browser.server import Server, running_backend
from tests.security.desk import all_handlers, fitting, full_name, parameters_of
from tests.security.tab import NAMESPACE, RefusedError, Tab, tab
from tests.ui.conftest import HASH

ROOT = "reflex___state____state"
HYDRATE = f"{ROOT}.hydrate_and_load"
SECRET = "alices-own"
HANDLERS = {f"{kind.__name__}.{name}": (kind, name) for kind, name in all_handlers()}


@dataclass(frozen=True)
class Target:
    """A server with two accounts. `event` is one of Alice's, as is `category`."""

    server: Server
    alice: str
    charlie: str
    account: str
    his: str  # Charlie's account
    key: str

    @property
    def url(self) -> str:
        return self.server.url

    def log(self) -> str:
        return (self.server.data / "server.log").read_text(errors="replace")

    def rows(self) -> dict[str, list[Any]]:
        """Return all rows but Charlie's, without what changes by being looked at."""
        with sqlite3.connect(self.server.data / "pingpilot.db") as connection:
            tables = ("account", "user", "api_key", "category", "destination", "event", "token")
            found = {t: connection.execute(f"SELECT * FROM {t}").fetchall() for t in tables}  # noqa: S608
        connection.close()
        found["api_key"] = [row[:7] for row in found["api_key"]]  # without the last use
        own = {self.his, "charlie@example.org"}
        own.add(ALLOWANCE)  # who used one up is not to be told from it
        return {t: [row for row in rows if not own & set(row)] for t, rows in found.items()}


@pytest.fixture(scope="module")
def target(
    tmp_path_factory: pytest.TempPathFactory, migrated: Path, pytestconfig: pytest.Config
) -> Iterator[Target]:
    """A server in a process of its own."""
    data, cache = tmp_path_factory.mktemp("target"), pytestconfig.cache
    assert cache is not None
    shutil.copy(migrated, data / "pingpilot.db")
    people = asyncio.run(_people(data))
    with running_backend(cache.mkdir("sockets"), data) as server:
        yield Target(server, *people)


async def _people(data: Path) -> tuple[str, ...]:
    settings = settings_module.load(
        _env_file=None, sandbox="off", pingpilot_role="api", data_dir=data
    )
    instance = Instance(settings)
    await instance.start()
    run, now, cookies, accounts = instance.writer.run, datetime.now(UTC), [], []
    for email in ("alice@example.org", "charlie@example.org"):
        accounts.append(await run(None, open_account, email, HASH, Plan.UNLIMITED, now))
        found = await instance.database.read(password_of, email)
        assert found is not None
        token = new_token()
        await run(None, add_session, hash_token(token), found[0], now)
        cookies.append(f"pingpilot={token}")
    hers, key = accounts[0], new_api_key()
    await run(hers, add_category, hers, SECRET, 1, None, now)
    digest = hash_api_key(key, instance.pepper)
    await run(hers, add_api_key, hers, f"{SECRET} key", key, digest, tuple(Scope), now)
    await instance.stop()
    return cookies[0], cookies[1], hers, accounts[1], key


@pytest.fixture
async def unharmed(target: Target) -> AsyncIterator[Target]:
    """The server; whatever is done to it, it changes nothing, writes no traceback, and lives on."""
    before, said = target.rows(), len(target.log())
    yield target
    async with tab(target.url, target.alice) as hers:
        hers.connect(_hydrate("/keys"))
        await hers.hears(f"{SECRET} key")
    assert target.rows() == before
    assert "Traceback" not in target.log()[said:]
    assert SECRET not in target.log()[said:]


def _hydrate(path: str) -> dict[str, Any]:
    place = {"pathname": path, "asPath": path}
    return {"name": HYDRATE, "payload": {}, "router_data": place}


def _told(one: Tab) -> str:
    return "\n".join(one.heard)


async def _until_quiet(one: Tab) -> str:
    await one.echoes()
    return _told(one)


FEW = 60  # calls that a socket may make at once, and some to spare


async def test_without_a_session_nothing_is_told(unharmed: Target) -> None:
    others = ("setvar", "read_address", "watch", "show_wall")
    calls = [one for one in HANDLERS.values() if one[1] not in others]
    for at in range(0, len(calls), FEW):
        some = calls[at : at + FEW]
        async with tab(unharmed.url) as nobody:
            nobody.connect()
            for kind, name in some:
                types = parameters_of(kind, name)
                given = {n: fitting(t, SECRET) for n, t in types.items()}
                nobody.call(full_name(kind, name), given)
            await nobody.hears('"value":"/login"', times=len(some))
        assert "alice" not in _told(nobody).replace(SECRET, "")


async def test_what_goes_on_in_the_background_is_begun_by_pages_alone(unharmed: Target) -> None:
    async with tab(unharmed.url, unharmed.charlie) as his:
        his.connect()
        for kind, name in HANDLERS.values():
            if name in ("watch", "show_wall"):
                his.call(full_name(kind, name))
        told = await _until_quiet(his)

    assert "delta" not in told


async def test_the_wrong_tenant_gets_nothing_of_another(unharmed: Target) -> None:
    async with tab(unharmed.url, unharmed.charlie) as his:
        his.connect(_hydrate(f"/categories/{SECRET}"))
        await his.hears("charlie@example.org")
        for kind, name in HANDLERS.values():
            if name not in (
                "watch",
                "show_wall",
                "quick_start",
                "make_key",
                "create",
                "setvar",
                "end_others",
            ):
                types = parameters_of(kind, name)
                ids = {one: fitting(type_, unharmed.account) for one, type_ in types.items()}
                his.call(full_name(kind, name), ids)
                await asyncio.sleep(1 / 30)  # as fast as one tab may
        told = await _until_quiet(his)

    assert "alice" not in told.replace(f"/categories/{SECRET}", "").replace(SECRET, "")
    assert f"{SECRET} key" not in told


async def test_a_token_of_another_opens_nothing(unharmed: Target) -> None:
    token = "0123456789abcdef0123456789abcdef"
    async with tab(unharmed.url, unharmed.alice, token=token) as hers:
        hers.connect(_hydrate("/keys"))
        await hers.hears(f"{SECRET} key")
        for cookie in (unharmed.charlie, "", "pingpilot=guessed"):
            async with tab(unharmed.url, cookie, token=token) as other:
                other.connect(_hydrate("/login"))
                await other.hears("is_hydrated")
                assert SECRET not in await _until_quiet(other)

    for cookie in (unharmed.charlie, ""):  # and once she has left
        async with tab(unharmed.url, cookie, token=token) as other:
            other.connect(_hydrate("/login"))
            await other.hears("is_hydrated")
            other.call(f"{ROOT}.hydrate")
            assert SECRET not in await _until_quiet(other)


async def test_a_tab_comes_back_to_its_own_state(unharmed: Target) -> None:
    token = "fedcba9876543210fedcba9876543210"
    state = full_name(*HANDLERS["KeysState.choose_expiry"]).rpartition(".")[0]
    async with tab(unharmed.url, unharmed.alice, token=token) as hers:
        hers.connect(_hydrate("/keys"))
        await hers.hears(f"{SECRET} key")
        hers.call(f"{state}.show_form", {"shown": True})
        await hers.hears('"adding_rx_state_":true')
        hers.say("1")
        await hers.hung_up()
    async with tab(unharmed.url, unharmed.alice, token=token) as hers:
        hers.connect(_hydrate("/keys"))
        await hers.hears(state)

    assert '"adding_rx_state_":true' in _told(hers)


async def test_a_session_that_has_ended_shows_nothing_more(target: Target) -> None:
    async with tab(target.url, target.alice) as hers:
        hers.connect(_hydrate("/keys"))
        await hers.hears(f"{SECRET} key")
        with sqlite3.connect(target.server.data / "pingpilot.db") as connection:
            (session,) = connection.execute(
                "SELECT * FROM session WHERE account_id = ?", (target.account,)
            ).fetchall()
            connection.execute("DELETE FROM session WHERE account_id = ?", (target.account,))
        connection.commit()
        await asyncio.sleep(1.1)  # for so long a session is believed
        hers.heard.clear()
        hers.call(f"{ROOT}.hydrate")
        try:
            assert SECRET not in await _until_quiet(hers)
        finally:
            marks = ",".join("?" * len(session))
            connection.execute(f"INSERT INTO session VALUES ({marks})", session)  # noqa: S608
            connection.commit()
            connection.close()


@pytest.mark.parametrize(
    "said",
    [
        "",
        "9",
        "2probe",
        "4",
        "4{}",
        f"42{NAMESPACE},",
        f"42{NAMESPACE},[",
        f"42{NAMESPACE},[]",
        f"42{NAMESPACE},[[]]",
        f"42{NAMESPACE},{{}}",
        f'42{NAMESPACE},["connect",{{"QUERY_STRING":"token=x","asgi.scope":{{}}}}]',
        f'42{NAMESPACE},["disconnect","x"]',
        f'42{NAMESPACE},["link_token_to_sid","x"]',
        f'42{NAMESPACE},["event",{{}},{{}}]',
        f"42{NAMESPACE}," + "[" * 60_000,
        f"42{NAMESPACE}," + "9" * 60_000,
        f'42{NAMESPACE},7["event",{{}}]',
        f"40{NAMESPACE},",
        f'43{NAMESPACE},1["x"]',
        f'44{NAMESPACE},"x"',
        f'451-{NAMESPACE},["event",{{"_placeholder":true,"num":0}}]',
        "40/admin,",
        "40",
        '42["event",{}]',
        b"\x04binary",
        b"",
        "x" * 1_000_000,
        f'42{NAMESPACE},["event","{"x" * 1_000_000}"]',
    ],
    ids=lambda said: str(said)[:40],
)
async def test_what_no_tab_says_ends_the_conversation(unharmed: Target, said: str | bytes) -> None:
    async with tab(unharmed.url, unharmed.charlie) as odd:
        odd.connect()
        await odd.echoes()
        odd.say(said)
        await odd.hung_up()


@pytest.mark.parametrize(
    "event",
    [
        None,
        5,
        "x",
        [],
        {},
        {"name": []},
        {"name": "x"},
        {"name": f"{ROOT}.setvar", "payload": {"var_name": "is_hydrated", "value": 1}},
        {"name": f"{ROOT}.reset"},
        {"name": f"{ROOT}.__init__"},
        {"name": HYDRATE, "payload": []},
        {"name": HYDRATE, "payload": {"vars": {"a.b": 1}}},
        {"name": HYDRATE, "payload": {"hashes": [1]}},
        {"name": HYDRATE, "router_data": []},
        {"name": HYDRATE, "router_data": {"pathname": "[", "asPath": "["}},
        {"name": HYDRATE, "router_data": {"query": {"a": {}}}},
        {"name": HYDRATE, "router_data": {"pathname": {}}},
        {"name": f"{ROOT}.reflex___state____update_vars_internal_state.update_vars_internal"},
        {"name": "_redirect", "payload": {"path": "https://evil.example"}},
    ],
    ids=lambda event: str(event)[:60],
)
async def test_what_is_no_event_is_passed_over(unharmed: Target, event: object) -> None:
    async with tab(unharmed.url, unharmed.charlie) as odd:
        odd.connect()
        odd.say(f"42{NAMESPACE},{json.dumps(['event', event])}")
        told = await _until_quiet(odd)

    assert "delta" not in told
    assert "evil" not in told


async def test_what_a_browser_claims_to_be_is_not_believed(unharmed: Target) -> None:
    claims = {"headers": {"cookie": unharmed.alice}, "ip": "10.0.0.1", "token": "x", "sid": "x"}
    event = _hydrate("/keys")
    event["router_data"] |= claims
    async with tab(unharmed.url, unharmed.charlie) as his:
        his.connect(event)
        told = await his.hears("client_ip")

    assert "10.0.0.1" not in told
    assert SECRET not in _told(his)


@pytest.mark.parametrize(
    "asked",
    [
        {"origin": None},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"token": "x"},
        {"token": "x" * 5_000},
        {"token": "../../etc/passwd-and-more"},
        {"path": "/"},
        {"path": "/feed"},
        {"path": "/_event/../x"},
        {"query": {"transport": "polling"}},
        {"query": {"EIO": "3"}},
        {"query": {"sid": "guessed"}},
        {"headers": [("sec-websocket-protocol", "x" * 100)]},
    ],
    ids=lambda asked: str(asked)[:50],
)
async def test_what_no_page_asks_opens_no_socket(unharmed: Target, asked: dict[str, Any]) -> None:
    with pytest.raises(RefusedError):
        async with tab(unharmed.url, unharmed.alice, **asked):
            pass


@pytest.mark.parametrize(
    "path",
    [
        "/ping",
        "/_health",
        "/_all_routes",
        "/_upload",
        "/auth-codespace",
        "/_event",
        "/_event/?EIO=4&transport=polling",
        "/_event/?EIO=4&transport=websocket",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_reflex_answers_besides_is_closed(
    target: Target, path: str, method: str
) -> None:
    # Without `connection: upgrade` it is no websocket.
    headers = {"upgrade": "websocket", "origin": target.url}
    async with httpx.AsyncClient(base_url=target.url) as client:
        answer = await client.request(method, path, headers=headers)

    assert answer.status_code in (404, 405)


async def test_a_stranger_cannot_open_sockets_without_end(unharmed: Target) -> None:
    async with asyncio.TaskGroup() as group:
        full, release = asyncio.Semaphore(0), asyncio.Event()

        async def hold() -> None:
            async with tab(unharmed.url) as one:
                one.connect()
                full.release()
                await release.wait()

        for _ in range(OF_STRANGERS):
            group.create_task(hold())
        for _ in range(OF_STRANGERS):
            await full.acquire()
        with pytest.raises(RefusedError):
            async with tab(unharmed.url):
                pass
        async with tab(unharmed.url, unharmed.charlie) as his:  # who is signed in gets in
            his.connect()
            await his.echoes()
        release.set()


async def test_a_flood_is_cut_off_and_others_do_not_notice(unharmed: Target) -> None:
    async with tab(unharmed.url, unharmed.alice) as hers, httpx.AsyncClient() as client:
        hers.connect(_hydrate("/keys"))
        await hers.hears(f"{SECRET} key")

        async def flood() -> bool:
            async with tab(unharmed.url, unharmed.charlie) as one:
                one.connect()
                for _ in range(1_000):
                    one.call(full_name(*HANDLERS["PaletteState.follow"]), {"typed": "x"})
                await one.hung_up()  # sometimes without a word: what lay unread is thrown away
                return one.code in (1008, None)

        async def use() -> list[int]:
            served = []
            for _ in range(20):
                await hers.echoes()
                headers = {"Authorization": f"Bearer {unharmed.key}"}
                answer = await client.get(f"{unharmed.url}/api/v1/quota", headers=headers)
                served.append(answer.status_code)
            return served

        floods = [asyncio.create_task(flood()) for _ in range(5)]
        served = await use()
        cut_off = await asyncio.gather(*floods)

    assert served == [200] * 20
    assert all(cut_off)


async def test_large_messages_do_not_stay_in_memory(unharmed: Target) -> None:
    async def attack() -> None:
        async with tab(unharmed.url, unharmed.charlie) as one:
            one.connect()
            one.say("x" * 1_000_000)
            await one.hung_up()

    await asyncio.gather(*(attack() for _ in range(5)))
    before = _resident(unharmed)
    for _ in range(8):
        await asyncio.gather(*(attack() for _ in range(5)))

    assert _resident(unharmed) - before < 20_000_000


def _resident(target: Target) -> int:
    """Return how many bytes the server's worker holds."""
    (pid,) = re.findall(r"Spawning worker-1 with PID: (\d+)", target.log())
    status = Path(f"/proc/{pid}/status").read_text()
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", status)
    return int(kilobytes) * 1024

"""`GET /api/v1/events/stream` at the real servers, and a client that loses its connection."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from benchmarks.resuming import Trial, run
from benchmarks.server import prepare
from pingpilot_app.__main__ import main
from tests.security.servers import COMMANDS, running

TIMEOUT = 1  # seconds, CLIENT_TIMEOUT of the servers
PROMISE = 1.0  # seconds in which a revoked key's streams end
BUSY = 2.0  # seconds more for a machine that has other things to do
PATIENCE = 30  # seconds
STOPPING = 15  # seconds; a server that does not stop by itself is killed after 20
PATH = "/api/v1/events/stream"


@dataclass
class Server:
    """A running server; each account is used by one test."""

    port: int
    data: Path
    accounts: list[tuple[str, str]]  # email and key


@contextmanager
def started(kind: str, make_folder) -> Iterator[Server]:
    data, copy = make_folder("data"), make_folder("copy")
    keys = prepare(data, count=6)
    environment = {"CLIENT_TIMEOUT": str(TIMEOUT), "PINGPILOT_ROLE": "api"}
    with running(kind, copy, data, **environment) as port:
        named = [(f"bench{number}@example.org", key) for number, key in enumerate(keys)]
        yield Server(port, data, named)


@pytest.fixture(scope="module", params=COMMANDS)
def server(request, tmp_path_factory) -> Iterator[Server]:
    with started(request.param, tmp_path_factory.mktemp) as server:
        yield server


@contextmanager
def client_of(server: Server) -> Iterator[httpx.Client]:
    email, key = server.accounts.pop()
    headers = {"Authorization": f"Bearer {key}", "X-Email": email}
    url = f"http://127.0.0.1:{server.port}"
    with httpx.Client(base_url=url, headers=headers, timeout=PATIENCE) as client:
        yield client


@pytest.fixture
def account(server) -> Iterator[httpx.Client]:
    """A client with the key of an account that no other test uses."""
    with client_of(server) as client:
        yield client


def send(account, **body) -> str:
    answer = account.post("/api/v1/event", json={"category": "bug"} | body)
    return answer.json()["eventId"]


@contextmanager
def stream(account, **headers) -> Iterator[Iterator[dict[str, str]]]:
    """Open a stream; gives its messages."""
    with account.stream("GET", PATH, headers=headers) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Accel-Buffering"] == "no"
        yield messages(response)


def messages(response) -> Iterator[dict[str, str]]:
    buffer = ""
    for text in response.iter_text():
        *whole, buffer = (buffer + text).split("\n\n")
        for message in whole:
            if not message.startswith(":"):  # a heartbeat may come at any time
                yield dict(line.split(": ", 1) for line in message.split("\n"))


def test_an_event_comes_as_the_list_has_it(account):
    with stream(account) as found:
        first = next(found)
        event_id = send(account, fields={"a": 1.5, "ß": "\u2028\r\n"})
        message = next(found)
    listed = account.get("/api/v1/events").json()["events"][0]
    assert int(first["retry"]) > 0
    assert message["event"] == "event.created"
    assert json.loads(message["data"]) == listed
    assert listed["id"] == event_id


def test_a_stream_that_had_nothing_to_tell_resumes_without_a_gap(account):
    with stream(account) as found:
        place = next(found)["id"]
    event_id = send(account)
    with stream(account, **{"Last-Event-ID": place}) as found:
        assert next(found)["id"] == place
        assert json.loads(next(found)["data"])["id"] == event_id


def test_a_quiet_stream_outlives_the_limits_for_slow_clients(account):
    with stream(account) as found:
        next(found)
        time.sleep(4 * TIMEOUT)  # longer than a client may take for anything
        event_id = send(account)
        assert json.loads(next(found)["data"])["id"] == event_id


def test_a_key_that_another_process_revokes_ends_its_stream(account, server):
    environment = {"DATA_DIR": str(server.data)}
    email, key = account.headers["X-Email"], account.headers["Authorization"].split()[1]
    with stream(account) as found:
        next(found)
        arguments = ("key", "revoke", email, key[:11])
        assert CliRunner().invoke(main, arguments, env=environment).exit_code == 0
        began = time.monotonic()
        assert list(found) == []
        assert time.monotonic() - began < PROMISE + BUSY


def connections(port: int) -> int:
    """Return how many connections the server holds, as Linux sees it."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = (line.split() for line in lines)
    return sum(f[1].endswith(f":{port:04X}") and f[3] == "01" for f in fields)


def test_who_reads_nothing_is_cut_off(account, server):
    with socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        silent.connect(("127.0.0.1", server.port))
        key = account.headers["Authorization"]
        head = f"GET {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n\r\n"
        silent.sendall(head.encode())
        assert silent.recv(1)
        for _ in range(5):
            send(account, fields=dict.fromkeys("abc", "x" * 7000))
        account.close()
        end = time.monotonic() + PATIENCE
        while connections(server.port) and time.monotonic() < end:
            time.sleep(0.05)  # between two looks
        assert connections(server.port) == 0


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_stream_ends_with_its_server(kind, tmp_path_factory):
    with ExitStack() as served, ExitStack() as used:
        server = served.enter_context(started(kind, tmp_path_factory.mktemp))
        account = used.enter_context(client_of(server))
        found = used.enter_context(stream(account))
        next(found)
        began = time.monotonic()
        served.close()
        assert list(found) == []  # ended, not broken off
        assert time.monotonic() - began < STOPPING


def test_who_is_cut_off_again_and_again_gets_every_event_once_and_in_order():
    outcome = run(Trial(cuts=30, kills=1))
    assert outcome.stored
    assert outcome.faults == []

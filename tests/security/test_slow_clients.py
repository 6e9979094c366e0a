"""Clients that are slow, silent or endless, at both servers, by raw sockets.

With a CLIENT_TIMEOUT of one second. Every wait is for something the server does.
"""

import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from tests.security.servers import (
    COMMANDS,
    answer_to,
    connect,
    read_answer,
    read_to_end,
    running,
    status_of,
)

TIMEOUT = 1  # seconds, as the servers are told
PATIENCE = 10  # seconds until a server that does not cut off has failed
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
BIG = b"GET /docs-assets/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module", params=COMMANDS)
def port(request, tmp_path_factory, migrated):
    data = tmp_path_factory.mktemp("data")
    (data / "pingpilot.db").write_bytes(migrated.read_bytes())
    copy = tmp_path_factory.mktemp("copy")
    with running(request.param, copy, data, CLIENT_TIMEOUT=str(TIMEOUT)) as port:
        yield port


def open_connections(port: int) -> int:
    """Return how many connections the server holds, as Linux sees it."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = (line.split() for line in lines)
    return sum(f[1].endswith(f":{port:04X}") and f[3] == "01" for f in fields)


@pytest.mark.parametrize("said", [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\nA", b"PRI * HTTP/2"])
def test_who_does_not_finish_the_head_is_cut_off(port, said):
    with connect(port) as connection:
        connection.sendall(said)
        assert status_of(read_to_end(connection)) in (None, 400, 408)


def test_a_head_that_comes_a_byte_at_a_time_is_cut_off(port):
    begun = time.monotonic()
    with connect(port, 0.1) as connection, suppress(ConnectionError):
        connection.sendall(b"GET / HTTP/1.1\r\n")
        while time.monotonic() - begun < PATIENCE:
            connection.sendall(b"a")
            with suppress(TimeoutError):  # a tenth of a second between two bytes
                if not connection.recv(1000):
                    break
    assert time.monotonic() - begun < PATIENCE


def test_an_idle_connection_is_closed(port):
    with connect(port) as connection:
        connection.sendall(GET)
        assert status_of(read_answer(connection)) == 200
        assert read_to_end(connection) == b""


def test_a_busy_connection_stays_open(port):
    with connect(port) as connection:
        for _ in range(20):
            connection.sendall(GET)
            assert status_of(read_answer(connection)) == 200


@pytest.mark.parametrize(
    "start", [b"GET /", b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: ", b"GET /healthz HTTP/1.1\r\n"]
)
def test_an_endless_head_is_refused_early(port, start):
    more = b"A: b\r\n" * 1000 if start.endswith(b"\n") else b"a" * 6000
    sent = 0
    with connect(port) as connection:
        with suppress(ConnectionError):
            connection.sendall(start)
            for _ in range(10_000):  # 60 MB, were it taken
                connection.sendall(more)
                sent += len(more)
        assert status_of(read_to_end(connection)) in (None, 400, 414, 431)
    assert sent < 20_000_000


def test_a_refused_body_cannot_hold_the_connection(port):
    head = b"POST /api/v1/event HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n"
    begun = time.monotonic()
    with connect(port, 0.1) as connection, suppress(ConnectionError):
        connection.sendall(head + b"{")
        while time.monotonic() - begun < PATIENCE:
            connection.sendall(b" ")
            with suppress(TimeoutError):
                if not connection.recv(1000):
                    break
    assert time.monotonic() - begun < PATIENCE


def test_who_takes_nothing_of_a_long_answer_is_cut_off(port):
    before = open_connections(port)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        connection.sendall(BIG * 3)
        connection.settimeout(PATIENCE)
        assert connection.recv(1)
        end = time.monotonic() + 2 * PATIENCE
        while open_connections(port) > before and time.monotonic() < end:
            time.sleep(0.05)  # between two looks
        assert open_connections(port) <= before


def test_a_crowd_of_silent_connections_holds_nobody_up(port):
    with ExitStack() as crowd:
        for number in range(500):
            connection = crowd.enter_context(connect(port))
            connection.sendall(GET[: number % len(GET)])
        begun = time.monotonic()
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
        assert time.monotonic() - begun < PATIENCE / 2
        last = connection
        assert status_of(read_to_end(last)) in (None, 200, 400, 408)


API = b" /api/v1/quota HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /api/v1/event HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        POST + b"Content-Length: " + b"9" * 100 + b"\r\n\r\n{}",
        POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
        POST + b"Content-Length: +2\r\n\r\n{}",
        POST + b"Content-Length: -2\r\n\r\n{}",
        POST + b"Content-Length: 0x2\r\n\r\n{}",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n{}",
        POST + b"Host: y\r\nContent-Length: 2\r\n\r\n{}",
        POST + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
        POST + b"Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n",
        POST + b"A: a\x00b\r\n\r\n",
        POST + b"A: b\r\n folded\r\n\r\n",
        POST + b"No colon\r\n\r\n",
        POST + "Authorization: Bearer pk_ключ\r\n\r\n".encode(),
        POST + b"A: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET /api/v1/events?q=" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"HEAD" + API + b"\r\n",
        b"OPTIONS" + API + b"\r\n",
        b"TRACE" + API + b"\r\n",
        b"BREW" + API + b"\r\n",
        b"G@T" + API + b"\r\n",
        b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/%ff%fe%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /api/é HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        b"GET /api//v1//events HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/../api/v1/quota HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/events%2fevt_1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/events?\xff\x80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://elsewhere/api/v1/quota HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/quota HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /api/v1/quota\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
        b"\x00" * 1000,
    ],
    ids=lambda request: repr(request[:70])[2:-1].replace("/", "|"),
)
def test_a_contradictory_request_is_refused_and_harms_nobody(port, request_):
    answer = answer_to(port, request_)
    status = status_of(answer)
    assert status is None or (400 if b"/api" in request_ else 300) <= status < 500
    head, _, body = answer.partition(b"\r\n\r\n")
    if body:  # what the server's own parser refuses may come without
        assert b"application/json" in head
        assert b'"message"' in body
    assert status_of(answer_to(port, GET)) == 200


def test_two_lengths_smuggle_no_second_request(port):
    smuggled = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    both = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % len(smuggled)
    with connect(port) as connection:
        connection.sendall(POST + both + smuggled)
        assert read_to_end(connection).count(b"HTTP/1.1 ") == 1


def test_pipelined_requests_are_answered_in_order(port):
    with connect(port) as connection:
        connection.sendall(GET + b"GET /api HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
        answers = read_to_end(connection)
    statuses = [int(part[:3]) for part in answers.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [200, 404, 200]

"""Log lines: what they carry, and that nobody's words can pass for one."""

import json
import logging
import re
import sys

import httpx
import pytest

from pingpilot_app import logs
from pingpilot_app.api.app import create_api
from pingpilot_app.logs import about, begin_request, formatter_of, note

FRESH = re.compile(r"[0-9a-f]{32}")
UNFIT = "\n\r\t\x00\x1b[2J\x85\u2028\u202e\ud800"


def line_of(formatter, message, *args, exc_info=None):
    record = logging.LogRecord("pingpilot_app.x", 30, __file__, 1, message, args, exc_info)
    return formatter.format(record)


def fail(words):
    raise ValueError(words)


def raised(words):
    try:
        fail(words)
    except ValueError:
        return sys.exc_info()


@pytest.fixture
def text(make_settings):
    return formatter_of(make_settings(log_format="text"))


@pytest.fixture
def as_json(make_settings):
    return formatter_of(make_settings(log_format="json"))


# Forged lines


def test_a_value_cannot_begin_a_line_in_text(text):
    forged = "ada\n2026-05-01 10:00:00,000 ERROR pingpilot_app.delivery: all is lost"
    line = line_of(text, "who: %s", forged + UNFIT)
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert "ada\\n2026" in line


def test_a_value_in_a_traceback_cannot_begin_a_line_either(text):
    forged = f"x\n2026-05-01 10:00:00,000 ERROR pingpilot_app: forged{UNFIT}"
    first, *below = line_of(text, "failed", exc_info=raised(forged)).splitlines()
    assert "failed" in first
    assert all(part.startswith("  | ") and part.isprintable() for part in below)


def test_a_json_line_is_one_line_whatever_it_holds(as_json):
    line = line_of(as_json, "who: %s", UNFIT, exc_info=raised(UNFIT))
    assert line.isascii()
    assert line.isprintable()
    assert UNFIT in json.loads(line)["message"]
    assert "ValueError" in json.loads(line)["exception"]


def test_times_are_utc_and_say_so(text, as_json):
    record = logging.LogRecord("pingpilot_app.x", 30, __file__, 1, "late", (), None)
    record.created, record.msecs = 1_777_629_600.25, 250.0
    assert text.format(record).startswith("2026-05-01 10:00:00.250Z WARNING")
    assert json.loads(as_json.format(record))["at"] == "2026-05-01T10:00:00.250+00:00"


def test_a_wrong_call_is_still_a_line(text):
    assert "two %s %s" in line_of(text, "two %s %s", "one")


# What lines belong to


def test_lines_carry_what_they_belong_to(as_json, text):
    with about(deliveryId="dlv_1", eventId="evt_1"):
        found = json.loads(line_of(as_json, "late"))
        assert (found["deliveryId"], found["eventId"]) == ("dlv_1", "evt_1")
        assert "deliveryId=dlv_1" in line_of(text, "late")
    assert "deliveryId" not in json.loads(line_of(as_json, "after"))


async def test_what_a_request_learns_is_on_its_lines(as_json):
    begin_request("request-1")
    note("accountId", "acc_1")
    found = json.loads(line_of(as_json, "slow"))
    assert (found["requestId"], found["accountId"]) == ("request-1", "acc_1")


async def test_nothing_is_noted_outside_of_a_request(as_json):
    note("accountId", "acc_1")
    assert "accountId" not in json.loads(line_of(as_json, "tick"))


# The id of a request


@pytest.mark.parametrize("path", ["/api/v1/event", "/healthz", "/api/nothing", "/openapi.json"])
async def test_every_answer_has_an_id_of_its_own(client, path):
    first, second = [(await client.get(path)).headers["x-request-id"] for _ in range(2)]
    assert FRESH.fullmatch(first)
    assert first != second


async def test_an_accepted_event_has_one_too(client, tenant):
    body = {"category": "bug"}
    answer = await client.post("/api/v1/event", json=body, headers=tenant.headers)
    assert (answer.status_code, len(answer.headers.get_list("x-request-id"))) == (200, 1)


async def test_the_callers_id_is_taken(client):
    answer = await client.get("/healthz", headers={"X-Request-Id": "order-4711.b"})
    assert answer.headers["x-request-id"] == "order-4711.b"


@pytest.mark.parametrize(
    "given",
    [b"", b"short", b"with space", b"x" * 129, b"a\tb-cdefgh", "é-cdefghi".encode(), b"<script>"],
)
async def test_an_id_that_fits_no_line_is_replaced(client, given):
    answer = await client.get("/healthz", headers={b"X-Request-Id": given})
    assert FRESH.fullmatch(answer.headers["x-request-id"])


class Lines(logging.Handler):
    """Keeps what is written."""

    def __init__(self, formatter):
        super().__init__()
        self.setFormatter(formatter)
        self.kept = []

    def emit(self, record):
        self.kept.append(self.format(record))


@pytest.fixture
def lines(as_json):
    """What the API logs."""
    handler, logger = Lines(as_json), logging.getLogger("pingpilot_app.api")
    logger.addHandler(handler)
    yield handler.kept
    logger.removeHandler(handler)


async def test_a_fault_is_answered_and_logged_with_the_same_id(instance, lines):
    app = create_api(instance)

    @app.get("/api/v1/fault")
    async def fault() -> None:
        raise KeyError("missing")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/api/v1/fault", headers={"X-Request-Id": "call-12345"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "call-12345")
    (line,) = map(json.loads, lines)
    assert line["requestId"] == "call-12345"
    assert "KeyError" in line["exception"]


# Other people's loggers


@pytest.fixture
def own_logging():
    """What set_up_logging changes, put back afterwards."""
    root, hooks = list(logging.root.handlers), (sys.excepthook, logs.threading.excepthook)
    kept = {
        name: (list(one.handlers), one.propagate, one.level, list(one.filters))
        for name in list(logging.root.manager.loggerDict)
        for one in [logging.getLogger(name)]
    }
    yield
    logging.root.handlers[:] = root
    sys.excepthook, logs.threading.excepthook = hooks
    for name, (handlers, propagate, level, filters) in kept.items():
        one = logging.getLogger(name)
        one.handlers[:], one.propagate, one.filters[:] = handlers, propagate, filters
        one.setLevel(level)


@pytest.mark.parametrize(
    "name", ["_granian", "uvicorn.error", "reflex", "sqlalchemy.engine", "x.y"]
)
def test_every_librarys_lines_look_like_ours(own_logging, make_settings, capfd, name):
    library = logging.getLogger(name)
    library.addHandler(logging.StreamHandler(sys.stdout))
    library.propagate = False
    logs.set_up_logging(make_settings(log_format="json"))
    library.error("it is\nlate")
    written = capfd.readouterr()
    assert written.out == ""
    assert json.loads(written.err)["message"] == "it is\nlate"


def test_what_nobody_catches_is_a_line_too(own_logging, make_settings, capfd):
    logs.set_up_logging(make_settings(log_format="json"))
    sys.excepthook(*raised("went wrong"))
    assert "went wrong" in json.loads(capfd.readouterr().err)["exception"]

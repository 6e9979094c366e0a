"""How log lines look, what they belong to, and what never gets into them."""

import json
import logging
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

from pingpilot_app.domain.redaction import Redactor, long_enough
from pingpilot_app.settings import LogFormat, Settings, known_secrets, secret_key

logger = logging.getLogger(__name__)

# Where Reflex writes events down, and the words before them.
_WRITES_EVENTS = ("reflex_base.event.processor.event_processor", "reflex.app")
_EVENTS = ("Error processing event queue entry", "Event data:")

# httpx logs every URL, and Telegram's carry the bot's token.
_QUIET = ("httpx", "httpcore", "alembic", "mail.log", "asyncio")

_LONGEST = 60_000  # characters of a message or a traceback
_BEYOND = 4_000  # are looked at besides: no half of a secret is left at the end

# What steers a terminal, ends a line somewhere, turns text around, or cannot be written.
_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

# What the lines of this task belong to. A request fills in what becomes known of it.
_BELONGS: ContextVar[dict[str, str] | None] = ContextVar("belongs", default=None)


def begin_request(request_id: str) -> None:
    """Have the lines of this task carry the id of the request that it answers."""
    _BELONGS.set({"requestId": request_id})


def note(name: str, value: str) -> None:
    """Have the lines of this request carry `value` too, from here on."""
    belongs = _BELONGS.get()
    if belongs is not None:
        belongs[name] = value


@contextmanager
def about(**ids: str) -> Iterator[None]:
    """Have the lines within carry these ids."""
    before = _BELONGS.set((_BELONGS.get() or {}) | ids)
    try:
        yield
    finally:
        _BELONGS.reset(before)


class _Formatter(logging.Formatter):
    """What both formats share: secrets are cut out of the words, wherever those come from."""

    converter = staticmethod(time.gmtime)  # UTC, whatever zone the machine is in
    default_msec_format = "%s.%03dZ"

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def _message(self, record: logging.LogRecord) -> str:
        try:
            return self._clean(record.getMessage())
        except Exception:  # a wrong call must not end in a line that nobody cleans
            return self._clean(f"{record.msg} {record.args}")

    def _trouble(self, record: logging.LogRecord) -> str:
        """Return the traceback and the stack, empty where there are none."""
        parts = [self.formatException(record.exc_info) if record.exc_info else record.exc_text]
        parts += [self.formatStack(record.stack_info) if record.stack_info else None]
        return self._clean("\n".join(part for part in parts if part))

    def _clean(self, words: str) -> str:
        if len(words) <= _LONGEST:
            return self._redact(words)
        return self._redact(words[: _LONGEST + _BEYOND])[:_LONGEST] + "…"


class TextFormatter(_Formatter):
    """One line for people; a traceback follows, each of its lines set in."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. Nothing in the words can end it, or look like another."""
        at = f"{self.formatTime(record)} {record.levelname} {one_line(record.name)}"
        ids = "".join(f" {name}={value}" for name, value in (_BELONGS.get() or {}).items())
        line = f"{at}: {one_line(self._message(record))}{one_line(ids)}"
        below = [f"  | {one_line(part)}" for part in self._trouble(record).split("\n") if part]
        return "\n".join([line, *below])


class JsonFormatter(_Formatter):
    """One JSON object a line, in ASCII: every other character is escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._message(record),
            **(_BELONGS.get() or {}),
        }
        if trouble := self._trouble(record):
            line["exception"] = trouble
        return json.dumps(line)


def one_line(words: str) -> str:
    """Return `words` with all that is no visible text as Python writes it: `\\n`, `\\x1b`."""
    return _UNFIT.sub(lambda found: found[0].encode("unicode_escape").decode(), words)


class _ToStandardError(logging.StreamHandler):  # type: ignore[type-arg]  # not so in Python 3.11
    """Says nothing of a line that cannot be written: Python would print it uncleaned."""

    def handleError(self, _: logging.LogRecord) -> None:  # noqa: N802  # Python's name
        """Give up the line."""


class WithoutRequests(logging.Filter):
    """Keeps what Reflex says of an event that it does not know out of the log.

    Any browser can send one, as often as it likes, and Reflex writes it down whole: its payload,
    and the headers with the session's cookie. We say that there was one, now and then.
    """

    EVERY = 60.0  # seconds

    def __init__(self) -> None:
        super().__init__()
        self._said_at = -self.EVERY

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything else pass."""
        if not any(words in str(record.msg) for words in _EVENTS):
            return True
        now = time.monotonic()
        if now - self._said_at >= self.EVERY:
            self._said_at = now
            logger.warning("a browser asked for an event that no page has")
        return False


def set_up_logging(settings: Settings) -> None:
    """Write all log lines of the process to standard error, in the format that is set.

    Ours from the level that is set; those of the libraries from their own.
    """
    handler = _ToStandardError()
    handler.setFormatter(formatter_of(settings))
    _take_over(handler)
    logging.getLogger("pingpilot_app").setLevel(settings.log_level.value)
    kept_out = WithoutRequests()
    for name in _WRITES_EVENTS:
        logging.getLogger(name).filters[:] = [kept_out]
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    sys.excepthook = _ended
    threading.excepthook = lambda args: _ended(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )


def formatter_of(settings: Settings) -> logging.Formatter:
    """Return what writes the lines, with the secrets of the settings left out."""
    secrets = known_secrets(settings)
    with suppress(OSError):  # a data directory that cannot be used stops the start, not the log
        secrets.append(secret_key(settings).decode(errors="replace"))
    redact = Redactor(filter(long_enough, secrets))
    return (JsonFormatter if settings.log_format is LogFormat.JSON else TextFormatter)(redact)


def _take_over(handler: logging.Handler) -> None:
    """Have the lines of every library pass through `handler`, whatever it set up for itself."""
    for name in list(logging.root.manager.loggerDict):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    logging.root.handlers[:] = [handler]


def _ended(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Log what nobody caught: Python would print it as it is."""
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        sys.__excepthook__(kind, error, traceback)
    else:
        logger.critical("PingPilot met an error", exc_info=(kind, error, traceback))

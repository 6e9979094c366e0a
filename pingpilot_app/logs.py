"""How log lines look, and what never gets into them."""

import json
import logging
import time
from datetime import UTC, datetime

from pingpilot_app.settings import LogFormat, Settings

logger = logging.getLogger(__name__)

# Where Reflex writes events down, and the words before them.
_WRITES_EVENTS = ("reflex_base.event.processor.event_processor", "reflex.app")
_EVENTS = ("Error processing event queue entry", "Event data:")

# httpx logs every URL, and Telegram's carry the bot's token.
_QUIET = ("httpx", "httpcore", "alembic", "mail.log", "asyncio")


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


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
    """Write our log lines to standard error in the format and from the level that is set."""
    handler = logging.StreamHandler()
    if settings.log_format is LogFormat.JSON:
        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    ours = logging.getLogger("pingpilot_app")
    ours.handlers = [handler]
    ours.propagate = False
    ours.setLevel(settings.log_level.value)
    kept_out = WithoutRequests()
    for name in _WRITES_EVENTS:
        logging.getLogger(name).filters[:] = [kept_out]
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)

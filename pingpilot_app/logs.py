"""How log lines look, and what never gets into them."""

import json
import logging
from datetime import UTC, datetime

from pingpilot_app.settings import LogFormat, Settings

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
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)

"""The dashboard as people meet it: the production build, an account with a session, Chromium.

The server is the one of the browser tests, built in their folder.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import select, update

from benchmarks.server import prepare
from pingpilot_app import settings as settings_module
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.sessions import add_session
from pingpilot_app.storage.tables import users
from pingpilot_app.ui.session import cookie_name, hash_token, new_token
from tests.browser.conftest import ARGS, chromium
from tests.browser.server import ROOT, running_server

COPY = ROOT / ".pytest_cache" / "d" / "browser"

# The sandbox takes everything at once: what is measured is the dashboard, not Telegram's pace.
UNPACED = {"TELEGRAM_RATE": "100000", "TELEGRAM_CHAT_RATE": "100000"}


@dataclass(frozen=True)
class Dashboard:
    """A running server with one account: the key and the session of its operator."""

    url: str
    key: str
    cookie: Any  # as Playwright takes it

    @property
    def port(self) -> int:
        """Return where it listens on loopback."""
        port = urlsplit(self.url).port
        assert port is not None
        return port


@contextmanager
def dashboard() -> Iterator[Dashboard]:
    """Serve until the block ends. The account has the category `bug` and all three channels."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        (key,) = prepare(data)
        cookie = signed_in(data)
        with running_server(COPY, data, **UNPACED) as server:
            yield Dashboard(server.url, key, cookie | {"url": server.url})


def signed_in(data: Path) -> dict[str, str]:
    """Make the owner an operator with a session; return its cookie."""
    configured = settings_module.load(_env_file=None, data_dir=data)
    database, token = Database(configured.database), new_token()
    with database.transaction() as connection:
        connection.execute(update(users).values(is_operator=True))
        user_id = connection.execute(select(users.c.id)).scalar_one()
        add_session(connection, hash_token(token), user_id, datetime.now(UTC))
    database.close()
    return {"name": cookie_name(configured), "value": token}


@contextmanager
def chromium_browser() -> Iterator[Browser]:
    """Run the system's Chromium until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        yield browser
        browser.close()

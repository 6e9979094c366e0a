"""The servers that are measured, each in a process of its own on loopback.

`python -m benchmarks.server` serves the API and, beside it in the same server, a bare JSON route.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import uvicorn
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pingpilot_app import settings as settings_module
from pingpilot_app.api.server import server_app
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import Scope, hash_api_key, new_api_key
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage import accounts, api_keys, categories, destinations, migrations
from pingpilot_app.storage.database import Database

BARE_PATH = "/bare"


async def bare(request: Request) -> Response:
    """Read the body as JSON and answer: the least that any JSON route does."""
    await request.json()
    return JSONResponse({"message": "Event processed successfully", "eventId": "evt_0"})


def main() -> None:
    """Serve as `python -m pingpilot_app api` does, with the bare route added."""
    configured = settings_module.load()
    app = server_app(Instance(configured))
    app.router.routes.insert(0, Route(BARE_PATH, bare, methods=["POST"]))
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=configured.port,
        loop="uvloop",
        http="httptools",
        proxy_headers=False,
        access_log=False,
        log_level="warning",
    )


def prepare(
    data_dir: Path, channels: tuple[Channel, ...] = tuple(Channel), count: int = 1
) -> list[str]:
    """Make a database with `count` accounts and return a key of each; `channels` are on and set."""
    configured = settings_module.load(_env_file=None, data_dir=data_dir)
    pepper = settings_module.secret_key(configured)
    database = Database(configured.database)
    migrations.upgrade(database)
    with database.transaction() as connection:
        keys = [_open_account(connection, number, channels, pepper) for number in range(count)]
    database.close()
    return keys


def _open_account(
    connection: Connection, number: int, channels: tuple[Channel, ...], pepper: bytes
) -> str:
    now, key = datetime.now(UTC), new_api_key()
    email = f"bench{number}@example.org"
    account = accounts.open_account(connection, email, None, Plan.UNLIMITED, now)
    addresses = {
        Channel.DISCORD: str(123456789012345678 + number),
        Channel.TELEGRAM: str(424242 + number),
    }
    for channel, address in addresses.items():
        destinations.set_address(
            connection, account, channel, now, label=address, address=address, verified=True
        )
    for channel in set(Channel) - set(channels):
        destinations.set_enabled(connection, account, channel, False, now)
    categories.add_category(connection, account, "bug", 0xFF6B6B, "🐛", now)
    digest = hash_api_key(key, pepper)
    api_keys.add_api_key(connection, account, "bench", key, digest, list(Scope), now)
    return key


@contextmanager
def running(module: str, ready_url: str, *arguments: str, **environment: str) -> Iterator[int]:
    """Run `python -m module` until the block ends; yield its process id."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], env=os.environ | environment
    )
    try:
        _wait_for(ready_url, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing answers at {url}")


if __name__ == "__main__":
    main()

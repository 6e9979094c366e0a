"""How PingPilot does with a million events: what pages wait for, and how fast it accepts.

`python -m benchmarks.size [DATABASE] [--events N]` takes a seeded database, of which it uses a
copy, or seeds one, which takes minutes.
"""

import argparse
import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, func, select

from benchmarks.accept import BODY
from benchmarks.load import Sample, interleaved, medians, post_repeatedly, request_bytes
from benchmarks.ports import free_ports
from benchmarks.questions import Answered, ask_all
from benchmarks.server import prepare, running
from pingpilot_app import settings as settings_module
from pingpilot_app.delivery.instance import Instance, set_current
from pingpilot_app.domain.api_key import Scope, hash_api_key, new_api_key
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage import accounts, api_keys, destinations, migrations
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.seed import seed_events
from pingpilot_app.storage.sessions import add_session
from pingpilot_app.storage.tables import events, memberships
from pingpilot_app.ui.session import cookie_name, hash_token, new_token

EVENTS = 1_000_000
ROUNDS = 5
SECONDS = 3.0
CONNECTIONS = 16
KEPT = 0.9  # the target: of what an empty database accepts

_ADDRESSES = {Channel.DISCORD: "123456789012345678", Channel.TELEGRAM: "424242"}

Post = Callable[[float], Sample]


@dataclass(frozen=True)
class Stored:
    """A database with events, and an account that may use it: its id, a session and a key."""

    data: Path
    account: str
    token: str
    key: str
    events: int


def measure(database: Path | None = None, count: int = EVENTS) -> str:
    """Return both tables as Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        stored = _store(Path(folder), database, count)
        head = f"| {stored.events:,} events | first ms | median ms | target ms | |"
        rows = [_row(answered) for answered in asyncio.run(_ask(stored))]
        pages = [head, "|---|---|---|---|---|", *rows]
        return "\n".join([*pages, "", *_accept_table(_accept(stored), stored.events)])


def _store(data: Path, database: Path | None, count: int) -> Stored:
    configured = settings_module.load(_env_file=None, data_dir=data)
    pepper, now = settings_module.secret_key(configured), datetime.now(UTC)
    if database is not None:
        shutil.copyfile(database, data / "pingpilot.db")
    store = Database(configured.database)
    migrations.upgrade(store)
    with store.transaction() as connection:
        if database is None:
            accounts.open_account(connection, "ada@example.org", None, Plan.UNLIMITED, now)
            seed_events(connection, count, now)
        stored = _let_in(connection, data, pepper, now)
    store.close()
    return stored


def _let_in(connection: Connection, data: Path, pepper: bytes, now: datetime) -> Stored:
    """Give the account of the events a session, a key and addresses."""
    account = connection.execute(select(events.c.account_id).limit(1)).scalar_one()
    owner = select(memberships.c.user_id).where(memberships.c.account_id == account)
    token, key = new_token(), new_api_key()
    add_session(connection, hash_token(token), connection.execute(owner).scalar_one(), now)
    accounts.set_plan(connection, account, Plan.UNLIMITED)
    for channel, address in _ADDRESSES.items():
        destinations.set_address(
            connection, account, channel, now, label=address, address=address, verified=True
        )
    digest = hash_api_key(key, pepper)
    api_keys.add_api_key(connection, account, "size", key, digest, list(Scope), now)
    count = connection.execute(select(func.count()).select_from(events)).scalar_one()
    return Stored(data, account, token, key, count)


async def _ask(stored: Stored) -> list[Answered]:
    """Run an instance that delivers nothing and ask it what pages ask."""
    configured = settings_module.load(
        _env_file=None, data_dir=stored.data, sandbox="off", pingpilot_role="api"
    )
    instance = Instance(configured)
    await instance.start()
    set_current(instance)
    try:
        cookie = f"{cookie_name(configured)}={stored.token}"
        return await ask_all(instance, stored.account, cookie)
    finally:
        set_current(None)
        await instance.stop()


def _row(answered: Answered) -> str:
    question, verdict = answered.question, "**missed**" if answered.is_late else "met"
    times = f"{answered.first:.1f} | {answered.usual:.1f} | {question.target}"
    return f"| {question.name} | {times} | {verdict} |"


def _accept(stored: Stored) -> dict[str, list[Sample]]:
    """Post to an empty and to the full database in turn, so that noise hits both."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        (key,) = prepare(Path(folder))
        posts = {
            "empty": servers.enter_context(_api(Path(folder), key)),
            "full": servers.enter_context(_api(stored.data, stored.key)),
        }
        for post in posts.values():
            post(0.5)  # warm
        samples: dict[str, list[Sample]] = {name: [] for name in posts}
        for name in interleaved(ROUNDS, list(posts)):
            samples[name].append(posts[name](SECONDS))
            assert set(samples[name][-1].statuses) == {200}, samples[name][-1].statuses
    return samples


@contextmanager
def _api(data: Path, key: str) -> Iterator[Post]:
    """Serve the API; yield what posts to it for some seconds."""
    port = free_ports()
    environment = {
        "DATA_DIR": str(data),
        "PORT": str(port),
        "PINGPILOT_ROLE": "api",
        "SANDBOX": "off",
    }
    request = request_bytes(port, "/api/v1/event", BODY, key)
    with running("benchmarks.server", f"http://127.0.0.1:{port}/readyz", **environment):
        yield lambda seconds: post_repeatedly(port, request, CONNECTIONS, seconds)


def _accept_table(samples: dict[str, list[Sample]], count: int) -> list[str]:
    empty, full = medians(samples["empty"]), medians(samples["full"])
    kept = full[0] / empty[0]
    verdict = "met" if kept >= KEPT else "**missed**"
    return [
        f"| accepting, {CONNECTIONS} connections | events/s | p50 / p99 ms |",
        "|---|---|---|",
        f"| empty database | {empty[0]:,.0f} | {empty[1]:.1f} / {empty[2]:.1f} |",
        f"| {count:,} events | {full[0]:,.0f} | {full[1]:.1f} / {full[2]:.1f} |",
        "",
        f"{kept:.0%} of the rate of an empty database; target {KEPT:.0%}: {verdict}.",
    ]


def main() -> None:
    """Measure with what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.size", description=__doc__)
    parser.add_argument("database", nargs="?", type=Path, help="a seeded database; it is copied")
    parser.add_argument("--events", type=int, default=EVENTS, help="how many to seed without one")
    asked = parser.parse_args()
    print(measure(asked.database, asked.events))


if __name__ == "__main__":
    main()

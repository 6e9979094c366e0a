"""What all tests share: a migrated database, a running instance, tenants, a client.

With TEST_DATABASE=postgresql, `make test-postgres`, every database is one of a real server's.
"""

import itertools
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks import cluster, ports
from pingpilot_app import settings as settings_module
from pingpilot_app.api.app import create_api
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import Scope, hash_api_key, new_api_key
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.plan import Plan
from pingpilot_app.settings import Settings
from pingpilot_app.storage import accounts, api_keys, categories, destinations, migrations
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.vault import KEY_FILE, Vault

ADDRESSES = {
    Channel.DISCORD: "123456789012345678",
    Channel.TELEGRAM: "424242",
    Channel.EMAIL: "ada@example.org",
}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database at this version's schema, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "pingpilot.db"
    database = Database(f"sqlite:///{path}")
    migrations.upgrade(database)
    database.close()
    return path


@pytest.fixture
def data_dir(tmp_path: Path, migrated: Path) -> Path:
    """A data directory with a migrated database."""
    shutil.copy(migrated, tmp_path / "pingpilot.db")
    return tmp_path


ON_POSTGRESQL = os.environ.get("TEST_DATABASE") == "postgresql"
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[cluster.PostgreSql]:
    """A PostgreSQL server, with a database `migrated` to be copied."""
    with cluster.postgresql() as server:
        database = Database(driven(server.create("migrated")), Vault(None))
        migrations.upgrade(database)
        database.close()
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[cluster.RedisServer]:
    """A Redis server."""
    with cluster.redis() as server:
        yield server


def driven(url: str) -> str:
    """Return a PostgreSQL URL as SQLAlchemy needs it."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def postgresql_url(postgresql: cluster.PostgreSql) -> Iterator[str]:
    """The URL of a migrated database in PostgreSQL."""
    name = f"test_{next(_NUMBERS)}"
    yield postgresql.create(name, "migrated")
    postgresql.drop(name)


@pytest.fixture
def database_url(data_dir: Path, request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database."""
    if ON_POSTGRESQL:
        url: str = request.getfixturevalue("postgresql_url")
        return url
    return f"sqlite:///{data_dir / 'pingpilot.db'}"


@pytest.fixture(scope="session")
def free_ports() -> Callable[[], int]:
    """Finds a port that is free together with the next one."""
    return ports.free_ports


MakeSettings = Callable[..., Settings]


@pytest.fixture
def make_settings(data_dir: Path, database_url: str) -> MakeSettings:
    """Settings that read neither the environment's `.env` nor reach anything outside."""

    def make(**overrides: Any) -> Settings:
        given = {"sandbox": "off", "pingpilot_role": "api", "data_dir": data_dir}
        given |= {"database_url": database_url} if ON_POSTGRESQL else {}
        given |= {"allowed_hosts": "test"} | overrides  # the name in our clients' addresses
        return settings_module.load(_env_file=None, **given)

    return make


@pytest.fixture
def database(database_url: str, data_dir: Path) -> Iterator[Database]:
    """The database alone."""
    database = Database(driven(database_url), Vault(data_dir / KEY_FILE))
    yield database
    database.close()


@pytest.fixture
async def instance(make_settings: MakeSettings) -> AsyncIterator[Instance]:
    """A running instance that accepts and delivers nothing."""
    instance = Instance(make_settings())
    await instance.start()
    yield instance
    await instance.stop()


@pytest.fixture
async def client(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the instance's API."""
    transport = httpx.ASGITransport(create_api(instance), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


IMPATIENT = {"sweep": 0.05, "grace": 0.2}  # what a test changes of a worker's policy


@dataclass(frozen=True)
class Tenant:
    """An account with all channels set, a category `bug` and a key with every scope."""

    account_id: str
    key: str
    key_id: str
    headers: dict[str, str] = field(default_factory=dict)


OpenTenant = Callable[..., Awaitable[Tenant]]


@pytest.fixture
def open_tenant(instance: Instance) -> OpenTenant:
    """Opens accounts on the instance."""
    return lambda *args, **kwargs: tenant_on(instance, *args, **kwargs)


async def tenant_on(
    instance: Instance,
    email: str = "ada@example.org",
    plan: Plan = Plan.UNLIMITED,
    scopes: tuple[Scope, ...] = tuple(Scope),
    addresses: Mapping[Channel, str] = ADDRESSES,
) -> Tenant:
    """Open an account on `instance`."""
    now = datetime.now(UTC)
    run = instance.writer.run
    account_id = await run(None, accounts.open_account, email, None, plan, now)
    for channel, address in addresses.items():
        await run(
            account_id,
            destinations.set_address,
            account_id,
            channel,
            now,
            label=address,
            address=address,
            verified=True,
        )
    await run(account_id, categories.add_category, account_id, "bug", 0xFF6B6B, "🐛", now)
    key = new_api_key()
    digest = hash_api_key(key, instance.pepper)
    key_id = await run(
        account_id, api_keys.add_api_key, account_id, "test", key, digest, scopes, now
    )
    return Tenant(account_id, key, key_id, {"Authorization": f"Bearer {key}"})


@pytest.fixture
async def tenant(open_tenant: OpenTenant) -> Tenant:
    """One account without limits."""
    return await open_tenant()

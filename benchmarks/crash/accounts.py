"""The accounts that the crash test writes to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pingpilot_app import settings as settings_module
from pingpilot_app.domain.api_key import Scope, hash_api_key, new_api_key
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.plan import LIMITS, Plan
from pingpilot_app.storage import accounts, api_keys, categories, destinations, migrations
from pingpilot_app.storage.database import Database

# Several without a limit, for a destination gets one message at a time; one whose limit is reached
# within a few rounds, and one within a long run.
PLANS = (Plan.UNLIMITED, Plan.UNLIMITED, Plan.UNLIMITED, Plan.FREE, Plan.PRO)
CATEGORY = "bug"


@dataclass(frozen=True, slots=True)
class Account:
    """An account with all channels on and a key. `limit`: events a month, None for no limit."""

    id: str
    key: str
    limit: int | None


def open_accounts(data_dir: Path) -> list[Account]:
    """Make the database and an account of each plan."""
    configured = settings_module.load(_env_file=None, data_dir=data_dir)
    database = Database(f"sqlite:///{data_dir / 'pingpilot.db'}")
    migrations.upgrade(database)
    pepper = settings_module.secret_key(configured)
    opened = [_open(database, pepper, number, plan) for number, plan in enumerate(PLANS)]
    database.close()
    return opened


def _open(database: Database, pepper: bytes, number: int, plan: Plan) -> Account:
    now, key = datetime.now(UTC), new_api_key()
    addresses = {Channel.DISCORD: f"12345678901234567{number}", Channel.TELEGRAM: f"42424{number}"}
    with database.transaction() as connection:
        account = accounts.open_account(connection, f"owner-{number}@example.org", None, plan, now)
        for channel, address in addresses.items():
            destinations.set_address(
                connection, account, channel, now, label=address, address=address, verified=True
            )
        categories.add_category(connection, account, CATEGORY, 0xFF6B6B, "🐛", now)
        digest = hash_api_key(key, pepper)
        api_keys.add_api_key(connection, account, "crash", key, digest, [Scope.EVENTS_WRITE], now)
    return Account(account, key, LIMITS[plan].events)

"""People with accounts of their own on the server of the browser tests."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select

from pingpilot_app import settings as settings_module
from pingpilot_app.domain.api_key import DEFAULT_SCOPES, hash_api_key, new_api_key
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.role import Role
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.api_keys import add_api_key
from pingpilot_app.storage.categories import add_quick_start
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.destinations import set_address
from pingpilot_app.storage.sessions import add_session
from pingpilot_app.storage.tables import memberships, users
from pingpilot_app.storage.users import add_user
from pingpilot_app.ui.session import cookie_name, hash_token, new_token
from tests.browser.server import Server

# What people entered, and what messages are sent to.
_ADDRESSES = {
    Channel.DISCORD: ("123456789012345678", "123456789012345678"),
    Channel.TELEGRAM: ("ada_lovelace", "424242"),
}


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in: `cookies` as Playwright takes them."""

    email: str
    account_id: str
    cookies: list[Any]


def join(server: Server, email: str, *, plan: Plan = Plan.UNLIMITED) -> Person:
    """Open an account for one more operator and sign in."""
    configured = settings_module.load(_env_file=None, data_dir=server.data)
    database, token, now = Database(configured.database), new_token(), datetime.now(UTC)
    with database.transaction() as connection:
        account_id = open_account(connection, email, None, plan, now, is_operator=True)
        user = select(users.c.id).where(users.c.email == email)
        add_session(connection, hash_token(token), connection.execute(user).scalar_one(), now)
    database.close()
    cookie = {"name": cookie_name(configured), "value": token, "url": server.url}
    return Person(email, account_id, [cookie])


def bring(server: Server, person: Person, email: str, role: Role) -> Person:
    """Add somebody to a person's account, with no account of their own, and sign them in."""
    configured = settings_module.load(_env_file=None, data_dir=server.data)
    database, token, now = Database(configured.database), new_token(), datetime.now(UTC)
    with database.transaction() as connection:
        user_id = add_user(connection, email, None, now)
        place = {"account_id": person.account_id, "user_id": user_id, "role": role}
        connection.execute(insert(memberships).values(**place, created_at=now))
        add_session(connection, hash_token(token), user_id, now)
    database.close()
    cookie = {"name": cookie_name(configured), "value": token, "url": server.url}
    return Person(email, person.account_id, [cookie])


def set_up(server: Server, person: Person) -> str:
    """Give the account categories and addresses, and return a key of it."""
    configured = settings_module.load(_env_file=None, data_dir=server.data)
    database, key, now = Database(configured.database), new_api_key(), datetime.now(UTC)
    hashed = hash_api_key(key, settings_module.secret_key(configured))
    mine = person.account_id
    with database.transaction() as connection:
        add_quick_start(connection, mine, now)
        for channel, (label, address) in _ADDRESSES.items():
            set_address(connection, mine, channel, now, label=label, address=address, verified=True)
        add_api_key(connection, mine, "Web shop", key, hashed, DEFAULT_SCOPES, now)
    database.close()
    return key

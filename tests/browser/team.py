"""Colleagues: people of somebody else's account on the server of the browser tests."""

from datetime import UTC, datetime

from sqlalchemy import insert

from pingpilot_app import settings as settings_module
from pingpilot_app.domain.role import Role
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.sessions import add_session
from pingpilot_app.storage.tables import memberships
from pingpilot_app.storage.users import add_user
from pingpilot_app.ui.session import cookie_name, hash_token, new_token
from tests.browser.people import Person
from tests.browser.server import Server


def colleague(server: Server, person: Person, email: str, role: Role) -> Person:
    """Add somebody with no account of their own to a person's account, and sign them in."""
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

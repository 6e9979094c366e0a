"""Sessions that somebody else ends, and sign-ins of which the code is still owed."""

from sqlalchemy import Connection, delete, select

from pingpilot_app.storage.second_step import drop_all_steps, drop_steps
from pingpilot_app.storage.sessions import delete_other_sessions
from pingpilot_app.storage.tables import memberships, sessions


def sign_out_user(connection: Connection, user_id: str) -> int:
    """Sign all of the user's browsers out; return how many there were."""
    drop_steps(connection, user_id)
    return delete_other_sessions(connection, user_id, b"")


def sign_out_members(connection: Connection, account_id: str) -> list[str]:
    """Sign the account's people out of all their browsers; return their ids."""
    query = select(memberships.c.user_id).where(memberships.c.account_id == account_id)
    members = list(connection.execute(query).scalars())
    for user_id in members:
        sign_out_user(connection, user_id)
    return members


def sign_out_everybody(connection: Connection) -> int:
    """Sign all browsers out; return how many there were."""
    drop_all_steps(connection)
    return connection.execute(delete(sessions)).rowcount

"""Which account a command is about."""

from sqlalchemy import Connection

from pingpilot_app.domain.address import parse_email
from pingpilot_app.domain.role import Right
from pingpilot_app.storage.standing import account_for, account_with_id


def account_in(connection: Connection, text: str, right: Right) -> str:
    """Return the account of the person with this address, whose role there has to allow `right`.

    The account's id may stand in the place of the address: then nobody is named, and whoever may
    run commands here may do this. Raises Invalid, NotFound, Forbidden, Conflict.
    """
    if text.startswith("acc_"):
        return account_with_id(connection, text)
    return account_for(connection, parse_email(text), right)

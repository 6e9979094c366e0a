"""`account sign-out`: ends sessions, of one person or of all."""

from datetime import UTC, datetime

import click

from pingpilot_app.commands.store import load_settings, opened
from pingpilot_app.domain.address import parse_email
from pingpilot_app.domain.audit import COMMAND_LINE, Action, Entry
from pingpilot_app.domain.errors import NotFound, PingPilotError
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.sign_outs import sign_out_everybody, sign_out_user
from pingpilot_app.storage.standing import home_of
from pingpilot_app.storage.users import user_with

EVERYBODY = "everybody"


@click.command("sign-out")
@click.argument("email", required=False)
@click.option("--everybody", is_flag=True, help="All people of this PingPilot.")
def sign_out(email: str | None, everybody: bool) -> None:
    """Sign EMAIL, or everybody, out of every browser. API keys go on working.

    Open pages leave within a second where PingPilot runs.
    """
    if everybody == bool(email):
        raise click.UsageError("Give EMAIL, or --everybody.")
    address = _address(email) if email else EVERYBODY
    with opened(load_settings()) as connection:
        if email:
            user = user_with(connection, address)
            if user is None:
                raise NotFound(f"Nobody with the address {address} has an account here.")
            account_id = home_of(connection, user.id)
            count = sign_out_user(connection, user.id)
        else:
            account_id, count = None, sign_out_everybody(connection)
        detail = {"browsers": count}
        entry = Entry(Action.SIGNED_OUT_EVERYWHERE, COMMAND_LINE, account_id, address, detail)
        add_entry(connection, entry, datetime.now(UTC))
    browsers = "1 browser" if count == 1 else f"{count:,} browsers"
    click.echo(f"Signed {address} out of {browsers}.")


def _address(email: str) -> str:
    try:
        return parse_email(email)
    except PingPilotError as exc:
        raise click.ClickException(exc.message) from exc

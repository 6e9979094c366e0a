"""`account`, `category`, `channel`: what an operator sets up without the dashboard."""

import secrets
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import click

from pingpilot_app.commands.choices import CHANNEL, PLAN
from pingpilot_app.commands.store import load_settings, opened
from pingpilot_app.delivery.account_mail import invite_link
from pingpilot_app.delivery.housekeeping import INTERVAL
from pingpilot_app.domain.address import parse_address, parse_email
from pingpilot_app.domain.category import parse_color, parse_emoji, parse_name
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.domain.password import check_password
from pingpilot_app.domain.plan import Plan
from pingpilot_app.settings import Signup
from pingpilot_app.storage import accounts, categories, destinations, retention
from pingpilot_app.storage.account_removal import begin_removal
from pingpilot_app.storage.password_hash import hash_password
from pingpilot_app.storage.users import set_operator, set_password, user_with


@click.group()
def account() -> None:
    """Open accounts, change their plans and how long they keep events."""


@account.command("create")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--plan", type=PLAN, help="The plan. Default: DEFAULT_PLAN.")
def create_account(email: str, password_stdin: bool, plan: str | None) -> None:
    """Open an account for EMAIL: all channels on, email set to that address."""
    configured = load_settings()
    password, made = _password(password_stdin)
    address = _checked(parse_email, email)
    chosen = Plan(plan.upper()) if plan else configured.default_plan
    with opened(configured) as connection:
        hashed = hash_password(password)
        accounts.open_account(connection, address, hashed, chosen, datetime.now(UTC))
    click.echo(f"Opened an account for {address} with the plan {chosen}.")
    if made:
        click.echo(f"Password: {password}")


def _password(from_stdin: bool) -> tuple[str, bool]:
    """Return the password, and whether it was made here and has to be told."""
    if from_stdin:
        return _checked(check_password, sys.stdin.readline().rstrip("\r\n")), False
    return secrets.token_urlsafe(18), True


@account.command("plan")
@click.argument("email")
@click.argument("plan", type=PLAN)
def change_plan(email: str, plan: str) -> None:
    """Move the account of EMAIL to PLAN."""
    with opened(load_settings()) as connection:
        account_id = accounts.account_of(connection, _checked(parse_email, email))
        accounts.set_plan(connection, account_id, Plan(plan.upper()))
    click.echo(f"{email} now has the plan {plan.upper()}.")


def _kept(_context: click.Context, _parameter: click.Parameter, text: str) -> int | None:
    """Return for how many days events are kept, None where the instance's setting decides."""
    words = {"forever": retention.FOREVER, "default": None}
    if text.lower() in words:
        return words[text.lower()]
    if text.isdecimal() and 1 <= int(text) <= retention.FOREVER:
        return int(text)
    raise click.BadParameter(
        f"give a whole number from 1 to {retention.FOREVER:,}, `forever` or `default`."
    )


@account.command("retention")
@click.argument("email")
@click.argument("days", callback=_kept, metavar="DAYS|forever|default")
def change_retention(email: str, days: int | None) -> None:
    """Delete the events of EMAIL's account DAYS days after they came.

    `forever` keeps them; `default` does what RETENTION_DAYS says.
    """
    configured = load_settings()
    with opened(configured) as connection:
        account_id = accounts.account_of(connection, _checked(parse_email, email))
        retention.set_retention(connection, account_id, days)
    if days is None:
        click.echo(f"The account of {email} follows RETENTION_DAYS.")
    click.echo(_what_goes(email, days or configured.retention_days or retention.FOREVER))


def _what_goes(email: str, days: int) -> str:
    """Say what is deleted and when, in time to think again."""
    if days == retention.FOREVER:
        return f"Events of {email} are kept for ever."
    before = datetime.now(UTC) - timedelta(days=days)
    return (
        f"Events of {email} older than {days:,} days are deleted with their deliveries and "
        f"attempts: now those from before {before:%Y-%m-%d %H:%M} UTC, within "
        f"{INTERVAL / 60:.0f} minutes where PingPilot runs, then each as it gets so old. "
        "What is still on its way stays until it is done. Deleted events cannot be brought "
        f"back; until then `account retention {email} forever` keeps them."
    )


@account.command("password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def change_password(email: str, password_stdin: bool) -> None:
    """Give EMAIL another password and sign all its browsers out."""
    password, made = _password(password_stdin)
    with opened(load_settings()) as connection:
        set_password(connection, _checked(parse_email, email), hash_password(password))
    click.echo(f"{email} has a new password. A running PingPilot takes it within a second.")
    if made:
        click.echo(f"Password: {password}")


@account.command("invite")
@click.argument("email")
def invite(email: str) -> None:
    """Print a link by which EMAIL, and nobody else, opens an account: once, within 7 days."""
    configured = load_settings()
    if configured.signup is Signup.FIRST:
        raise click.ClickException("SIGNUP=first lets nobody in. Set SIGNUP=invite, then restart.")
    address = _checked(parse_email, email)
    with opened(configured) as connection:
        if user_with(connection, address) is not None:
            raise click.ClickException(f"{address} already has an account.")
        click.echo(invite_link(connection, configured, address))


@account.command("operator")
@click.argument("email")
@click.argument("choice", type=click.Choice(["on", "off"]))
def change_operator(email: str, choice: str) -> None:
    """Let EMAIL run this instance in the dashboard, or no longer."""
    with opened(load_settings()) as connection:
        set_operator(connection, _checked(parse_email, email), choice == "on")
    click.echo(f"{email} is {'an' if choice == 'on' else 'no'} operator.")


@account.command("delete")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete_account(email: str, yes: bool) -> None:
    """Delete the account that EMAIL owns, with all its events. It cannot be brought back."""
    address = _checked(parse_email, email)
    if not yes:
        click.confirm(f"Delete the account of {address} and everything in it?", abort=True)
    with opened(load_settings()) as connection:
        account_id = accounts.account_of(connection, address)
        begin_removal(connection, account_id, datetime.now(UTC))
    click.echo(
        f"The account of {address} is out of reach: keys and passwords are refused. Its rows go "
        f"within {INTERVAL / 60:.0f} minutes where PingPilot runs, or after its next start."
    )


@click.group()
def category() -> None:
    """Make categories."""


@category.command("create")
@click.argument("email")
@click.argument("name")
@click.option("--color", required=True, help="As '#ff6b6b'.")
@click.option("--emoji", help="One emoji, as 🐛.")
def create_category(email: str, name: str, color: str, emoji: str | None) -> None:
    """Make the category NAME in the account of EMAIL."""
    wanted = _checked(parse_name, name)
    with opened(load_settings()) as connection:
        account_id = accounts.account_of(connection, _checked(parse_email, email))
        number, one = parse_color(color), parse_emoji(emoji)
        categories.add_category(connection, account_id, wanted, number, one, datetime.now(UTC))
    click.echo(f"Made the category {wanted}.")


@click.group()
def channel() -> None:
    """Set channels and switch them on and off."""


@channel.command("set")
@click.argument("email")
@click.argument("channel", type=CHANNEL)
@click.argument("address")
def set_channel(email: str, channel: str, address: str) -> None:
    """Send what happens in the account of EMAIL to ADDRESS, verified on your word.

    ADDRESS is a Discord user ID, the number of a Telegram chat, or an email address.
    """
    chosen = Channel(channel)
    with opened(load_settings()) as connection:
        account_id = accounts.account_of(connection, _checked(parse_email, email))
        target = parse_address(chosen, address)
        destinations.set_address(
            connection,
            account_id,
            chosen,
            datetime.now(UTC),
            label=target,
            address=target,
            verified=True,
        )
    click.echo(f"{chosen.label} of {email} goes to {target}.")


@channel.command("on")
@click.argument("email")
@click.argument("channel", type=CHANNEL)
def switch_on(email: str, channel: str) -> None:
    """Switch a channel of the account of EMAIL on."""
    _switch(email, Channel(channel), on=True)


@channel.command("off")
@click.argument("email")
@click.argument("channel", type=CHANNEL)
def switch_off(email: str, channel: str) -> None:
    """Switch a channel of the account of EMAIL off."""
    _switch(email, Channel(channel), on=False)


def _switch(email: str, chosen: Channel, *, on: bool) -> None:
    with opened(load_settings()) as connection:
        account_id = accounts.account_of(connection, _checked(parse_email, email))
        destinations.set_enabled(connection, account_id, chosen, on, datetime.now(UTC))
    click.echo(f"{chosen.label} of {email} is {'on' if on else 'off'}.")


def _checked(parse: Callable[[object], str], value: object) -> str:
    try:
        return parse(value)
    except PingPilotError as exc:
        raise click.ClickException(exc.message) from exc

"""`account`, `category`, `channel`: what an operator sets up without the dashboard."""

import secrets
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import click

from pingpilot_app.commands.choices import CHANNEL, PLAN
from pingpilot_app.commands.store import load_settings, opened
from pingpilot_app.commands.whose import account_in
from pingpilot_app.delivery.account_mail import invite_link
from pingpilot_app.delivery.account_removal import remove_and_note
from pingpilot_app.delivery.housekeeping import INTERVAL
from pingpilot_app.domain.address import parse_address, parse_email
from pingpilot_app.domain.audit import COMMAND_LINE, Action, Entry
from pingpilot_app.domain.category import parse_color, parse_emoji, parse_name
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.domain.fallback import order_text, parse_order
from pingpilot_app.domain.password import check_password
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.role import Right
from pingpilot_app.settings import Signup
from pingpilot_app.storage import (
    accounts,
    categories,
    destinations,
    looks,
    retention,
    second_factor,
)
from pingpilot_app.storage.audit import add_entry, noted
from pingpilot_app.storage.common_passwords import common_passwords
from pingpilot_app.storage.fallback import set_fallback
from pingpilot_app.storage.memberships import log_of
from pingpilot_app.storage.password_hash import hash_password
from pingpilot_app.storage.users import known_user, set_operator, set_password, user_with


@click.group()
def account() -> None:
    """Open accounts, change their plans and how long they keep events.

    EMAIL stands for the account that this person owns. Whoever is named has to be allowed, by
    their role there, what the command does. An account's id (acc_…) may stand in its place.
    """


@account.command("create")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--plan", type=PLAN, help="The plan. Default: DEFAULT_PLAN.")
def create_account(email: str, password_stdin: bool, plan: str | None) -> None:
    """Open an account for EMAIL: all channels on, email set to that address."""
    configured = load_settings()
    address = checked(parse_email, email)
    password, made = chosen_password(password_stdin, address)
    chosen = Plan(plan.upper()) if plan else configured.default_plan
    with opened(configured) as connection:
        hashed = hash_password(password)
        now = datetime.now(UTC)
        account_id = accounts.open_account(connection, address, hashed, chosen, now)
        opening = _act(Action.ACCOUNT_OPENED, account_id, address, plan=chosen.value)
        add_entry(connection, opening, now)
    click.echo(f"Opened an account for {address} with the plan {chosen}.")
    if made:
        click.echo(f"Password: {password}")


def chosen_password(from_stdin: bool, address: str) -> tuple[str, bool]:
    """Return the password, and whether it was made here and has to be told."""
    if from_stdin:
        entered, common = sys.stdin.readline().rstrip("\r\n"), common_passwords()
        return checked(lambda text: check_password(text, common, address), entered), False
    return secrets.token_urlsafe(18), True


@account.command("plan")
@click.argument("email")
@click.argument("plan", type=PLAN)
def change_plan(email: str, plan: str) -> None:
    """Move the account of EMAIL to PLAN."""
    with opened(load_settings()) as connection:
        account_id = account_in(connection, email, Right.ACCOUNT)
        what, look = _act(Action.PLAN_CHANGED, account_id), looks.at_account(account_id, "plan")
        noted(connection, what, look, accounts.set_plan, account_id, Plan(plan.upper()))
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
        account_id = account_in(connection, email, Right.SETTINGS)
        what = _act(Action.RETENTION_CHANGED, account_id)
        look = looks.at_account(account_id, "kept")
        noted(connection, what, look, retention.set_retention, account_id, days)
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
    address = checked(parse_email, email)
    password, made = chosen_password(password_stdin, address)
    with opened(load_settings()) as connection:
        set_password(connection, address, hash_password(password))
        changing = _act(
            Action.PASSWORD_CHANGED, log_of(connection, known_user(connection, address).id), address
        )
        add_entry(connection, changing, datetime.now(UTC))
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
    address = checked(parse_email, email)
    with opened(configured) as connection:
        if user_with(connection, address) is not None:
            raise click.ClickException(f"{address} already has an account.")
        link = invite_link(connection, configured, address)
        add_entry(connection, _act(Action.INVITED, None, address), datetime.now(UTC))
    click.echo(link)


@account.command("operator")
@click.argument("email")
@click.argument("choice", type=click.Choice(["on", "off"]))
def change_operator(email: str, choice: str) -> None:
    """Let EMAIL run this instance in the dashboard, or no longer."""
    with opened(load_settings()) as connection:
        address = checked(parse_email, email)
        what, look = _act(Action.OPERATOR_CHANGED, None, address), looks.at_person(address)
        noted(connection, what, look, set_operator, address, choice == "on")
    click.echo(f"{email} is {'an' if choice == 'on' else 'no'} operator.")


@account.command("second-factor")
@click.argument("email")
@click.argument("choice", type=click.Choice(["off"]))
def remove_second_factor(email: str, choice: str) -> None:
    """Let EMAIL sign in by password alone: for somebody without phone and recovery codes.

    Make sure that it is they who ask. Who is signed in stays so.
    """
    address, now = checked(parse_email, email), datetime.now(UTC)
    with opened(load_settings()) as connection:
        user = known_user(connection, address)
        second_factor.remove(connection, user.id)
        add_entry(
            connection, _act(Action.SECOND_FACTOR_OFF, log_of(connection, user.id), address), now
        )
    click.echo(f"The second factor of {address} is {choice}: the password alone is enough.")


@account.command("delete")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete_account(email: str, yes: bool) -> None:
    """Delete the account that EMAIL owns, with all its events. It cannot be brought back."""
    if not yes:
        click.confirm(f"Delete the account of {email} and everything in it?", abort=True)
    with opened(load_settings()) as connection:
        account_id = account_in(connection, email, Right.ACCOUNT)
        remove_and_note(connection, account_id, datetime.now(UTC), COMMAND_LINE)
    click.echo(
        f"The account of {email} is out of reach: keys and passwords are refused. Its rows go "
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
    wanted = checked(parse_name, name)
    with opened(load_settings()) as connection:
        account_id = account_in(connection, email, Right.CATEGORIES)
        number, one = parse_color(color), parse_emoji(emoji)
        now = datetime.now(UTC)
        categories.add_category(connection, account_id, wanted, number, one, now)
        add_entry(connection, _act(Action.CATEGORY_CREATED, account_id, wanted), now)
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
        account_id = account_in(connection, email, Right.CHANNELS)
        target = parse_address(chosen, address)
        noted(
            connection,
            _act(Action.CHANNEL_SET, account_id, chosen.label),
            looks.at_channel(account_id, chosen),
            destinations.set_address,
            *(account_id, chosen, datetime.now(UTC)),
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


@channel.command("order")
@click.argument("email")
@click.argument("channels", nargs=-1, type=CHANNEL)
def order_channels(email: str, channels: tuple[str, ...]) -> None:
    """Use CHANNELS of the account of EMAIL one after the other; without any, all at once."""
    with opened(load_settings()) as connection:
        account_id = account_in(connection, email, Right.CHANNELS)
        order = parse_order(channels) if channels else None
        what = _act(Action.CHANNELS_ORDERED, account_id)
        look = looks.at_account(account_id, "channels")
        noted(connection, what, look, set_fallback, account_id, order)
    click.echo(f"Channels of {email}: {order_text(order)}.")


def _switch(email: str, chosen: Channel, *, on: bool) -> None:
    with opened(load_settings()) as connection:
        account_id = account_in(connection, email, Right.CHANNELS)
        noted(
            connection,
            _act(Action.CHANNEL_SWITCHED, account_id, chosen.label),
            looks.at_channel(account_id, chosen),
            destinations.set_enabled,
            *(account_id, chosen, on, datetime.now(UTC)),
        )
    click.echo(f"{chosen.label} of {email} is {'on' if on else 'off'}.")


def _act(action: Action, account_id: str | None, subject: str = "", **detail: str) -> Entry:
    return Entry(action, COMMAND_LINE, account_id, subject, detail)


def checked(parse: Callable[[object], str], value: object) -> str:
    """Return what `parse` makes of an argument, or end the command with why it does not."""
    try:
        return parse(value)
    except PingPilotError as exc:
        raise click.ClickException(exc.message) from exc

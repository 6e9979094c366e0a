"""Makes the links that prove addresses, reset passwords and invite, and mails them.

A link holds the token behind a `#`, which browsers send to nobody, so that no log has it; the
database keeps its hash. What is begun here runs in the background, so
that no answer tells by its time whether an address is known.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.letters import can_send_letters, send_letter
from pingpilot_app.domain import account_letters as letters
from pingpilot_app.domain.account_letters import Team
from pingpilot_app.domain.secret import hash_token, new_token
from pingpilot_app.settings import Settings
from pingpilot_app.storage.links import LinkKind, add_link
from pingpilot_app.storage.users import UserView, user_with


def invite_link(
    connection: Connection, settings: Settings, address: str, user_id: str | None = None
) -> str:
    """Make an invite for `address` and return its link. An earlier one stops working."""
    token, kind = new_token(), LinkKind.INVITE
    add_link(connection, kind, hash_token(token), _now(), address=address, user_id=user_id)
    return f"{settings.public_url}/signup#invite={token}"


async def send_invite(instance: Instance, link: str, address: str) -> None:
    """Mail an invite."""
    await send_letter(instance, letters.invitation_letter(link, _now()), address)


async def send_team_invite(
    instance: Instance, link: str, address: str, team: Team, role: str
) -> None:
    """Mail the link by which the address joins an account."""
    await send_letter(instance, letters.team_letter(team, role, link, _now()), address)


async def send_removed(instance: Instance, address: str, team: Team) -> None:
    """Tell somebody that they belong to an account no longer; where no mail goes, nobody."""
    if can_send_letters(instance):
        await send_letter(instance, letters.removed_letter(team, _url(instance), _now()), address)


async def send_handed_over(instance: Instance, address: str, team: Team) -> None:
    """Tell somebody that an account is theirs now; where no mail goes, nobody."""
    if can_send_letters(instance):
        letter = letters.handed_over_letter(team, _url(instance), _now())
        await send_letter(instance, letter, address)


async def send_account_gone(instance: Instance, address: str, team: Team, *, stays: bool) -> None:
    """Tell a member that an account was deleted; `stays`: not so their login."""
    if can_send_letters(instance):
        await send_letter(instance, letters.account_gone_letter(team, stays, _now()), address)


def join_link(settings: Settings, token: str) -> str:
    """Return the link that somebody joins an account by."""
    return f"{settings.public_url}/join#token={token}"


async def send_verification(instance: Instance, user_id: str, address: str) -> None:
    """Mail the link that proves the address of somebody's account."""
    link = await _link(instance, LinkKind.VERIFY, user_id, address)
    await send_letter(instance, letters.verification_letter(link, _now()), address)


async def send_taken(instance: Instance, address: str) -> None:
    """Tell somebody that their address was used to open another account."""
    url = instance.settings.public_url
    await send_letter(instance, letters.taken_letter(url, _now()), address)


async def send_reset(instance: Instance, address: str) -> None:
    """Mail the link that sets a new password, if somebody has this address."""
    user = await instance.database.read(user_with, address)
    if user is not None:
        link = await _link(instance, LinkKind.RESET, user.id, user.email)
        await send_letter(instance, letters.reset_letter(link, _now()), user.email)


async def send_password_changed(instance: Instance, address: str) -> None:
    """Tell somebody that their password is another one."""
    url = instance.settings.public_url
    await send_letter(instance, letters.password_changed_letter(url, _now()), address)


async def send_new_browser(instance: Instance, address: str, device: str, client: str) -> None:
    """Tell somebody that a browser signed in that never did before; where no mail goes, nobody."""
    if can_send_letters(instance):
        seen = letters.NewBrowser(device, client, _now())
        await send_letter(instance, letters.new_browser_letter(seen, _url(instance)), address)


async def send_address_changed(instance: Instance, address: str) -> None:
    """Tell the old address that another has taken its place."""
    await send_letter(instance, letters.address_changed_letter(_url(instance), _now()), address)


async def send_email_change(instance: Instance, user: UserView, address: str) -> None:
    """Mail the link that makes `address` the user's, and a notice to the old one.

    Where somebody else has the address, its owner is told instead: the user sees no difference.
    """
    if await instance.database.read(user_with, address) is not None:
        await send_taken(instance, address)
        return
    link = await _link(instance, LinkKind.EMAIL, user.id, address)
    await send_letter(instance, letters.new_address_letter(link, _now()), address)


async def send_address_leaving(instance: Instance, user: UserView, address: str) -> None:
    """Tell the old address that another is about to take its place."""
    letter = letters.address_leaving_letter(address, instance.settings.public_url, _now())
    await send_letter(instance, letter, user.email)


async def send_second_factor(instance: Instance, address: str, *, on: bool) -> None:
    """Tell somebody that signing in takes a code from now on, or no longer."""
    letter = letters.second_factor_on_letter if on else letters.second_factor_off_letter
    await send_letter(instance, letter(instance.settings.public_url, _now()), address)


async def send_recovery_codes_made(instance: Instance, address: str) -> None:
    """Tell somebody that their old recovery codes work no longer."""
    url = instance.settings.public_url
    await send_letter(instance, letters.recovery_codes_letter(url, _now()), address)


async def send_recovery_code_used(instance: Instance, address: str, left: int) -> None:
    """Tell somebody that a recovery code was used, and how many are `left`."""
    url = instance.settings.public_url
    await send_letter(instance, letters.recovery_code_used_letter(left, url, _now()), address)


async def send_second_factor_guessed(instance: Instance, address: str) -> None:
    """Warn somebody that others show their right password and wrong codes."""
    url = instance.settings.public_url
    await send_letter(instance, letters.second_factor_guessed_letter(url, _now()), address)


async def send_deleted(instance: Instance, address: str) -> None:
    """Say good-bye."""
    await send_letter(instance, letters.deleted_letter(_now()), address)


async def _link(instance: Instance, kind: LinkKind, user_id: str, address: str) -> str:
    token = new_token()
    await instance.writer.run(
        None, add_link, kind, hash_token(token), _now(), address=address, user_id=user_id
    )
    page = "/reset" if kind is LinkKind.RESET else "/verify"
    return f"{instance.settings.public_url}{page}#token={token}"


def _url(instance: Instance) -> str:
    return instance.settings.public_url


def _now() -> datetime:
    return datetime.now(UTC)

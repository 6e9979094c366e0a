"""Codes and links that prove addresses, and tests of those that are proved.

What takes a `user_id` is about that member's own destination, whose row is there
(own_destinations.py); None: the account's.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from pingpilot_app.delivery import limits, verification
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.probe import post_now, send_now, test_message, with_code
from pingpilot_app.domain.account_letters import channel_letter
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Invalid, LimitReached, PingPilotError, Unavailable
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.message import Message
from pingpilot_app.senders.sender import Receipt, SendError
from pingpilot_app.storage import looks
from pingpilot_app.storage.destinations import (
    DestinationView,
    get_destination,
    keep_news,
    mark_mended,
)

WRONG_CODE = "This code is wrong or too old. Check it, or send a new one."


async def send_code(
    instance: Instance,
    account_id: str,
    channel: Channel,
    text: str,
    *,
    actor: Actor,
    user_id: str | None = None,
) -> str:
    """Point the channel at the address `text`, unverified, send a code there, return the address.

    A mail carries a link, too. Raises Invalid, LimitReached, and Unavailable where the provider
    could not be reached.
    """
    action = Action.OWN_CHANNEL_SET if user_id else Action.CHANNEL_SET
    what = Entry(action, actor, account_id, channel.label)
    if channel is Channel.EMAIL:
        return await _mail_code(instance, what, text, user_id)
    address, code = await instance.writer.change(
        what,
        looks.at_channel(account_id, channel, user_id),
        verification.begin_code,
        account_id,
        channel,
        text,
        instance.pepper,
        user_id=user_id,
    )
    destination = await instance.database.read(get_destination, account_id, channel, user_id)
    message = verification.code_message(code, instance.settings.public_url)
    await _send(instance, account_id, destination, message)
    return address


async def _mail_code(instance: Instance, what: Entry, text: str, user_id: str | None) -> str:
    assert what.account_id is not None  # noqa: S101  # the caller's, of an account
    address, code, token = await instance.writer.change(
        what,
        looks.at_channel(what.account_id, Channel.EMAIL, user_id),
        verification.begin_mail_code,
        what.account_id,
        text,
        instance.pepper,
        user_id=user_id,
    )
    url = instance.settings.public_url
    letter = channel_letter(code, f"{url}/confirm#token={token}", url, datetime.now(UTC))
    await post_now(instance.senders, letter, address)
    return address


async def confirm_code(
    instance: Instance,
    account_id: str,
    channel: Channel,
    code: str,
    *,
    actor: Actor,
    user_id: str | None = None,
) -> None:
    """Check the code that was entered. Raises Invalid where it is wrong, LimitReached."""
    right = await instance.writer.change(
        Entry(_proved(user_id), actor, account_id, channel.label),
        looks.at_channel(account_id, channel, user_id),
        verification.confirm_code,
        account_id,
        channel,
        code,
        instance.pepper,
        sandboxed=instance.is_sandboxed(channel),
        user_id=user_id,
    )
    if not right:
        raise Invalid(WRONG_CODE)


def _proved(user_id: str | None) -> Action:
    return Action.OWN_CHANNEL_PROVED if user_id else Action.CHANNEL_PROVED


async def confirm_mail_link(instance: Instance, token: str, client: str | None) -> str:
    """Note the address of a mail's link as verified; return it. Raises Invalid.

    Its mailbox's reader acts, whether signed in or not.
    """
    link = await instance.database.read(verification.find_mail_link, token, datetime.now(UTC))
    if link is None:
        raise Invalid(verification.MAIL_LINK_TOO_OLD)
    actor = Actor(link.address, None, client)
    await instance.writer.change(
        Entry(_proved(link.user_id), actor, link.account_id, Channel.EMAIL.label),
        looks.at_channel(link.account_id, Channel.EMAIL, link.user_id),
        verification.use_mail_link,
        token,
        sandboxed=instance.is_sandboxed(Channel.EMAIL),
    )
    return link.address


@dataclass(frozen=True, slots=True)
class Trial:
    """How a test ended, after so many milliseconds.

    `reference` is the provider's id of the message it took. Where it took none, `refusal` is the
    sentence, `words` the provider's and `failure` what they mean; both empty where it was not
    asked at all.
    """

    ms: int
    reference: str = ""
    refusal: str = ""
    words: str = ""
    failure: Failure | None = None


async def send_test(
    instance: Instance,
    account_id: str,
    channel: Channel,
    *,
    actor: Actor,
    user_id: str | None = None,
) -> Trial:
    """Send the test message to the proved address and return how it ended.

    Where it arrives, a broken destination is mended and nothing of the account is held back.
    """
    destination = await instance.database.read(get_destination, account_id, channel, user_id)
    message = test_message(instance.settings.public_url)
    began = time.monotonic()
    try:
        await _allow_test(instance, account_id, destination)
        receipt = await _send(instance, account_id, destination, message)
    except (Invalid, Unavailable, LimitReached) as refusal:
        return _refused(refusal, _milliseconds(began))
    ms = _milliseconds(began)
    await _mend(instance, account_id, destination, actor)
    return Trial(ms, receipt.reference)


async def _allow_test(instance: Instance, account_id: str, destination: DestinationView) -> None:
    """Raise Invalid where the address is not proved, LimitReached after too many tests."""
    channel = destination.channel
    if destination.address is not None and not destination.ready:
        raise Invalid(f"{channel.label} is not verified yet, so it gets no test.")
    if destination.ready:
        now = datetime.now(UTC)
        whose = destination.user_id or account_id
        await instance.writer.run(None, limits.take_test, whose, channel, now)


async def _mend(
    instance: Instance, account_id: str, destination: DestinationView, actor: Actor
) -> None:
    channel, user_id = destination.channel, destination.user_id
    action = Action.OWN_CHANNEL_MENDED if user_id else Action.CHANNEL_MENDED
    await instance.writer.change(
        Entry(action, actor, account_id, channel.label),
        looks.at_channel(account_id, channel, user_id),
        mark_mended,
        account_id,
        channel,
        user_id,
    )
    if instance.worker is not None:
        instance.worker.works(destination)


def _refused(refusal: PingPilotError, ms: int) -> Trial:
    cause = refusal.__cause__
    if isinstance(cause, SendError):
        return Trial(ms, refusal=refusal.message, words=with_code(cause), failure=cause.failure)
    return Trial(ms, refusal=refusal.message)


def _milliseconds(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


async def start_link(
    instance: Instance,
    account_id: str,
    username: str,
    *,
    actor: Actor,
    user_id: str | None = None,
) -> str:
    """Return the link that the owner of `username` opens in Telegram, good for some minutes.

    Raises Invalid where there is no bot or the username cannot be one, LimitReached, and
    Unavailable where the bot's own name cannot be learned now.
    """
    bot = instance.providers.telegram
    if bot is None:
        raise Invalid("Telegram is not set up by this instance's operator.")
    name = bot.bot_username.removeprefix("@") or await _bot_name(instance)
    action = Action.OWN_CHANNEL_SET if user_id else Action.CHANNEL_SET
    token = await instance.writer.change(
        Entry(action, actor, account_id, Channel.TELEGRAM.label),
        looks.at_channel(account_id, Channel.TELEGRAM, user_id),
        verification.begin_link,
        account_id,
        username,
        instance.pepper,
        user_id=user_id,
    )
    return f"https://t.me/{name}?start={token}"


async def _bot_name(instance: Instance) -> str:
    try:
        return (await instance.senders[Channel.TELEGRAM].check()).name.removeprefix("@")
    except SendError as error:
        raise Unavailable(
            f"Telegram does not tell PingPilot the bot's name: {error.reason}. Try again, or ask "
            "the operator to set TELEGRAM_BOT_USERNAME."
        ) from error


async def _send(
    instance: Instance, account_id: str, destination: DestinationView, message: Message
) -> Receipt:
    receipt = await send_now(instance.senders, destination, message)
    if receipt.state is not None or receipt.address is not None:
        news = destination.id, destination.address, receipt.state, receipt.address
        await instance.writer.run(account_id, keep_news, *news)
    return receipt

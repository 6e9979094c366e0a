"""Codes that prove addresses, and tests of those that are proved."""

import time
from dataclasses import dataclass

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.probe import send_now, test_message, with_code
from pingpilot_app.delivery.verification import begin_code, begin_link, code_message
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Invalid, PingPilotError, Unavailable
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.message import Message
from pingpilot_app.senders.sender import Receipt, SendError
from pingpilot_app.storage.destinations import (
    DestinationView,
    get_destination,
    keep_news,
    mark_mended,
)


async def send_code(instance: Instance, account_id: str, channel: Channel, text: str) -> str:
    """Point the channel at the address `text`, unverified, send a code there, return the address.

    Raises Invalid, LimitReached, and Unavailable where the provider could not be reached.
    """
    address, code = await instance.writer.run(
        account_id, begin_code, account_id, channel, text, instance.pepper
    )
    destination = await instance.database.read(get_destination, account_id, channel)
    message = code_message(code, instance.settings.public_url)
    await _send(instance, account_id, destination, message)
    return address


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


async def send_test(instance: Instance, account_id: str, channel: Channel) -> Trial:
    """Send the test message and return how it ended.

    Where it arrives, a broken destination is mended and nothing of the account is held back.
    """
    destination = await instance.database.read(get_destination, account_id, channel)
    message = test_message(instance.settings.public_url)
    began = time.monotonic()
    try:
        receipt = await _send(instance, account_id, destination, message)
    except (Invalid, Unavailable) as refusal:
        return _refused(refusal, _milliseconds(began))
    ms = _milliseconds(began)
    await instance.writer.run(account_id, mark_mended, account_id, channel)
    if instance.worker is not None:
        instance.worker.works(destination)
    return Trial(ms, receipt.reference)


def _refused(refusal: PingPilotError, ms: int) -> Trial:
    cause = refusal.__cause__
    if isinstance(cause, SendError):
        return Trial(ms, refusal=refusal.message, words=with_code(cause), failure=cause.failure)
    return Trial(ms, refusal=refusal.message)


def _milliseconds(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


async def start_link(instance: Instance, account_id: str, username: str) -> str:
    """Return the link that the owner of `username` opens in Telegram, good for some minutes.

    Raises Invalid where there is no bot or the username cannot be one, Unavailable where the
    bot's own name cannot be learned now.
    """
    bot = instance.providers.telegram
    if bot is None:
        raise Invalid("Telegram is not set up by this instance's operator.")
    name = bot.bot_username.removeprefix("@") or await _bot_name(instance)
    token = await instance.writer.run(account_id, begin_link, account_id, username, instance.pepper)
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

"""Codes that prove addresses, and tests of those that are proved."""

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.probe import send_now, test_message
from pingpilot_app.delivery.verification import begin_code, code_message
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.message import Message
from pingpilot_app.senders.sender import Receipt
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


async def send_test(instance: Instance, account_id: str, channel: Channel) -> str:
    """Send the test message and return the provider's id of it. Raises Invalid, Unavailable.

    Where it arrives, a broken destination is mended and nothing of the account is held back.
    """
    destination = await instance.database.read(get_destination, account_id, channel)
    message = test_message(instance.settings.public_url)
    receipt = await _send(instance, account_id, destination, message)
    await instance.writer.run(account_id, mark_mended, account_id, channel)
    if instance.worker is not None:
        instance.worker.works(destination)
    return receipt.reference


async def _send(
    instance: Instance, account_id: str, destination: DestinationView, message: Message
) -> Receipt:
    receipt = await send_now(instance.senders, destination, message)
    if receipt.state is not None or receipt.address is not None:
        news = destination.id, destination.address, receipt.state, receipt.address
        await instance.writer.run(account_id, keep_news, *news)
    return receipt

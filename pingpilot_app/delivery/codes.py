"""Sending a verification code to the address that it is to prove."""

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.probe import send_now, test_message
from pingpilot_app.delivery.verification import begin_code, code_message
from pingpilot_app.domain.channel import Channel
from pingpilot_app.storage.destinations import get_destination


async def send_code(instance: Instance, account_id: str, channel: Channel, text: str) -> str:
    """Point the channel at the address `text`, unverified, send a code there, return the address.

    Raises Invalid, LimitReached, and Unavailable where the provider could not be reached.
    """
    address, code = await instance.writer.run(
        account_id, begin_code, account_id, channel, text, instance.pepper
    )
    destination = await instance.database.read(get_destination, account_id, channel)
    message = code_message(code, instance.settings.public_url)
    await send_now(instance.senders, destination, message)
    return address


async def send_test(instance: Instance, account_id: str, channel: Channel) -> str:
    """Send the test message and return the provider's id of it. Raises Invalid, Unavailable."""
    destination = await instance.database.read(get_destination, account_id, channel)
    message = test_message(instance.settings.public_url)
    return (await send_now(instance.senders, destination, message)).reference

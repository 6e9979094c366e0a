"""Messages that are no events: tests and codes, sent at once, outside quota and retries."""

from collections.abc import Mapping
from datetime import UTC, datetime

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Invalid, Unavailable
from pingpilot_app.domain.failure import Failure, advise
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.letter import Letter
from pingpilot_app.domain.message import Message
from pingpilot_app.senders.email import EmailSender
from pingpilot_app.senders.sender import Destination, Receipt, Sender, SendError
from pingpilot_app.storage.destinations import DestinationView


def test_message(public_url: str) -> Message:
    """Return the message of "Send test"."""
    return Message(
        event_id=new_id("evt"),
        category="test",
        emoji="👋",
        color=0x22C55E,
        description="This is a test from PingPilot. Your events will look like this.",
        fields={"works": True, "channels": 3},
        created_at=datetime.now(UTC),
        url=f"{public_url}/channels",
    )


def with_code(error: SendError) -> str:
    """Return the provider's words, with its own code where they do not name it."""
    named = error.code is None or error.code in error.reason
    return error.reason if named else f"{error.reason} ({error.code})"


async def post_now(senders: Mapping[Channel, Sender], letter: Letter, address: str) -> None:
    """Mail one letter at once.

    Raises Invalid where it is refused, Unavailable where it may work later.
    """
    sender = senders.get(Channel.EMAIL)
    if not isinstance(sender, EmailSender):
        raise Invalid("Email is not set up by this instance's operator.")
    try:
        await sender.post(letter, address, new_id("ltr"))
    except SendError as error:
        raise _refusal(error, Channel.EMAIL) from error


def _refusal(error: SendError, channel: Channel) -> Invalid | Unavailable:
    words = f"{with_code(error)}. {advise(error.failure, channel)}"
    sentence = f"{channel.label} did not take the message: {words}"
    return Invalid(sentence) if error.permanent else Unavailable(sentence)


async def send_now(
    senders: Mapping[Channel, Sender], destination: DestinationView, message: Message
) -> Receipt:
    """Send one message to one destination and return the provider's answer.

    Raises Invalid where the destination is not set or refused, Unavailable where it may work later.
    """
    sender = senders.get(destination.channel)
    if sender is None:
        raise Invalid(f"{destination.channel.label} is not set up by this instance's operator.")
    if destination.locked:
        raise Invalid(advise(Failure.KEY_LOST, destination.channel))
    if destination.address is None:
        raise Invalid(f"{destination.channel.label} has no address yet.")
    target = Destination(destination.id, destination.address, destination.state)
    try:
        return await sender.send(message, target, message.event_id[-25:])
    except SendError as error:
        raise _refusal(error, destination.channel) from error

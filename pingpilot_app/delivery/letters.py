"""Sends mails about accounts, outside events, quota and channels."""

import asyncio
from typing import TYPE_CHECKING

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Invalid, Unavailable
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.letter import Letter
from pingpilot_app.senders.email import EmailSender
from pingpilot_app.senders.sender import SendError

if TYPE_CHECKING:
    from pingpilot_app.delivery.instance import Instance

WAITS = (2.0, 15.0, 60.0, 300.0)  # seconds before each further try


def can_send_letters(instance: "Instance") -> bool:
    """Tell whether this instance has a mail server, or the sandbox in its place."""
    return instance.providers.smtp is not None


async def send_letter(instance: "Instance", letter: Letter, address: str) -> None:
    """Send a letter, trying again for some minutes. Raises Invalid, Unavailable.

    Neither the letter nor its link is kept or logged: who misses one asks for another.
    """
    nonce = new_id("ltr")
    for wait in (*WAITS, None):
        try:
            await _sender(instance).post(letter, address, nonce)
        except SendError as error:
            if error.permanent or wait is None:
                raise Unavailable(f"a letter was not taken: {error.reason}") from error
            await asyncio.sleep(wait)
        else:
            return


def _sender(instance: "Instance") -> EmailSender:
    sender = instance.senders.get(Channel.EMAIL)
    if not isinstance(sender, EmailSender):
        raise Invalid("a letter has to be sent, and SMTP_HOST is not set")
    return sender

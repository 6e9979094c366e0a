"""Claims that are made in a message itself: by its button, or by the link in a mail."""

from datetime import datetime

from pingpilot_app.delivery.bus import Bus
from pingpilot_app.delivery.editor import EDITS_TOPIC
from pingpilot_app.domain.response import Responder
from pingpilot_app.storage.claims import ClaimView
from pingpilot_app.storage.readers import Reading, claim_by_reader
from pingpilot_app.storage.writer import Writer

Acknowledged = tuple[ClaimView, Responder]  # who has it now, and who asked


async def acknowledge(writer: Writer, bus: Bus, reading: Reading, now: datetime) -> Acknowledged:
    """Claim the event for who reads it there; whoever has it already keeps it.

    Raises NotFound where it was not sent there, Forbidden where their role does not allow it,
    Unavailable.
    """
    answer = await writer.run(reading.account_id, claim_by_reader, reading, now)
    bus.publish(EDITS_TOPIC)
    return answer


def sentence_of(told: ClaimView, who: Responder) -> str:
    """Return what the one who asked is told."""
    if told.resolved_at is not None:
        return f"{told.resolved_by} has resolved this already."
    if (told.user_id, told.name) == (who.user_id, who.name):
        return "You are on it. Everybody who got this message sees that."
    return f"{told.name} is on it already."

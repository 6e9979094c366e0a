"""What people do about an event, wherever they do it: the feed, a message's button, a mail's link.

Every function raises NotFound where the account has no such event, and Conflict or Invalid with a
sentence for the person.
"""

from pingpilot_app.delivery.editor import EDITS_TOPIC
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.response import Responder, parse_text
from pingpilot_app.storage import claims
from pingpilot_app.storage.claims import ClaimView


async def claim_event(
    instance: Instance, account_id: str, event_id: str, who: Responder
) -> ClaimView:
    """Say that somebody is on it."""
    now = instance.clock()
    told = await instance.writer.run(account_id, claims.claim, account_id, event_id, who, now)
    instance.bus.publish(EDITS_TOPIC)
    return told


async def release_event(instance: Instance, account_id: str, event_id: str, who: Responder) -> None:
    """Say that nobody is on it any more."""
    now = instance.clock()
    await instance.writer.run(account_id, claims.release, account_id, event_id, who, now)
    instance.bus.publish(EDITS_TOPIC)


async def resolve_event(
    instance: Instance, account_id: str, event_id: str, who: Responder, note: str = ""
) -> ClaimView:
    """Say that it is done, and how."""
    now, said = instance.clock(), parse_text(note, may_be_empty=True)
    told = await instance.writer.run(
        account_id, claims.resolve, account_id, event_id, who, now, note=said
    )
    instance.bus.publish(EDITS_TOPIC)
    _tell(instance, said)
    return told


async def reopen_event(instance: Instance, account_id: str, event_id: str, who: Responder) -> None:
    """Say that it is not done after all."""
    now = instance.clock()
    await instance.writer.run(account_id, claims.reopen, account_id, event_id, who, now)
    instance.bus.publish(EDITS_TOPIC)


async def comment_on_event(
    instance: Instance, account_id: str, event_id: str, who: Responder, text: str
) -> None:
    """Say something about it; who is mentioned is told at once."""
    now, said = instance.clock(), parse_text(text)
    await instance.writer.run(account_id, claims.add_comment, account_id, event_id, who, said, now)
    _tell(instance, said)


def _tell(instance: Instance, said: str) -> None:
    if "@" in said:  # somebody may be mentioned
        instance.notifier.wake()

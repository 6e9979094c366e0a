"""What to do where a channel does not take messages, one step after the other."""

import base64
import binascii

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure, advise, meaning_of

_TEST = "Press Send test: as soon as one arrives, events go there again."
_CHANGE = "Press Change and enter the right one."

_STEPS: dict[Failure, tuple[str, ...]] = {
    Failure.DM_CLOSED: (
        "Join a server where the bot is, or add it to one of yours.",
        "Right-click that server's name, open Privacy Settings and switch Direct Messages on.",
        "If you blocked the bot, unblock it.",
    ),
    Failure.UNKNOWN_PERSON: (
        "In Discord, switch on Developer Mode under Settings, Advanced.",
        "Right-click your own name and choose Copy User ID.",
        _CHANGE,
    ),
    Failure.DM_GONE: (
        "Join a server where the bot is.",
        "Write the bot a message in Discord.",
    ),
    Failure.BOT_BLOCKED: ("Open the bot's chat in Telegram.", "Press Restart, or Unblock."),
    Failure.PERSON_GONE: ("Press Change and link the Telegram account that you use now.",),
    Failure.CHAT_NOT_FOUND: ("Press Change and make a new link.", "Open it and press Start."),
    Failure.BOT_REMOVED: ("Let the bot into the chat again, or press Change and link another.",),
    Failure.MAILBOX_REFUSED: (
        "Check the spelling of the address, and that its mailbox works and has room.",
        "If it is another address now, press Change and verify that one.",
    ),
    Failure.BAD_ADDRESS: (_CHANGE,),
}


def steps_to_mend(failure: Failure) -> list[str]:
    """Return the steps for what the owner can mend; empty where it is not in the owner's hands."""
    steps = _STEPS.get(failure, ())
    return [*steps, _TEST] if steps else []


def advice_on(failure: Failure, channel: Channel) -> str:
    """Return what the failure means; and what to do, unless `steps_to_mend` says it."""
    return meaning_of(failure, channel) if failure in _STEPS else advise(failure, channel)


def invitation(token: str) -> str:
    """Return the link that adds a Discord bot to a server, empty where the token does not tell.

    The first part of a bot's token is its id in base64, which is no secret; the id is the
    application's, too. https://discord.com/developers/docs/topics/oauth2#bot-authorization-flow
    """
    first = token.partition(".")[0]
    try:
        bot = base64.b64decode(first + "=" * (-len(first) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):  # the latter where it is not ASCII
        return ""
    if not bot.isdecimal():
        return ""
    return f"https://discord.com/oauth2/authorize?client_id={bot}&scope=bot&permissions=0"

"""Why a message did not arrive: every class of failure, what it means and what to do next.

docs/why-not-delivered.md lists them for owners; the value of each is its heading's anchor there.
"""

from dataclasses import dataclass
from enum import StrEnum

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus


class Failure(StrEnum):
    """Why one try, or the whole delivery, failed."""

    UNREACHABLE = "unreachable"  # no working connection; the message did not go out
    NO_ANSWER = "no-answer"  # connected, but silence or a break; the message may have arrived
    PROVIDER_ERROR = "provider-error"  # 5xx: the provider has trouble of its own
    NOT_ITS_API = "not-its-api"  # something answered that does not speak the provider's language
    RATE_LIMITED = "rate-limited"  # the provider asked us to wait
    BAD_CREDENTIALS = "bad-credentials"  # our token or login is refused: everything stops
    DM_CLOSED = "dm-closed"  # Discord: takes no messages from the bot
    UNKNOWN_PERSON = "unknown-person"  # Discord: no such user
    DM_GONE = "dm-gone"  # Discord: the conversation vanished and could not be opened again
    FORM_REFUSED = "form-refused"  # Discord: the message breaks a rule, its plain text too
    BOT_BLOCKED = "bot-blocked"  # Telegram: the person blocked the bot
    PERSON_GONE = "person-gone"  # Telegram: the account was deleted
    CHAT_NOT_FOUND = "chat-not-found"  # Telegram: never started the bot, or the chat is gone
    BOT_REMOVED = "bot-removed"  # Telegram: kicked from the group, or no right to write
    MAILBOX_REFUSED = "mailbox-refused"  # mail: the recipient is refused for good
    SENDER_REFUSED = "sender-refused"  # mail: our sender address, or our server, is refused
    MESSAGE_REFUSED = "message-refused"  # the message itself is refused for good
    TRY_LATER = "try-later"  # mail: 4xx, such as greylisting or a full mailbox
    NOT_SECURE = "not-secure"  # certificate or encryption is not what was asked for
    BAD_ADDRESS = "bad-address"  # what is stored cannot be an address of this channel
    NOT_CONFIGURED = "not-configured"  # the operator has not set the provider up
    SWITCHED_OFF = "switched-off"  # the owner switched the channel off meanwhile
    NOT_VERIFIED = "not-verified"  # the address was removed or changed meanwhile
    HANDED_ON = "handed-on"  # not taken in time: the next channel in the owner's order was used
    BROKEN = "broken"  # not tried: the destination failed for good before
    KEY_LOST = "key-lost"  # not tried: the address cannot be decrypted
    STOPPED = "stopped"  # PingPilot was stopped while it was sending
    OUR_FAULT = "our-fault"  # an error in PingPilot


@dataclass(frozen=True, slots=True)
class Explanation:
    """Two sentences for people: what happened, and what to do.

    `{channel}` and `{provider}` stand for names; with a capital they begin a sentence.
    """

    meaning: str
    step: str


_AGAIN = "PingPilot tries again by itself; nothing is lost."
_GAVE_UP = "PingPilot gave up after its last try; once the cause is gone, replay the event."

_EXPLANATIONS = {
    Failure.UNREACHABLE: Explanation(
        "PingPilot got no working connection to {provider}, so the message did not go out.",
        "Ask the operator to check this server's network.",
    ),
    Failure.NO_ANSWER: Explanation(
        "{Provider} was reached but its answer never came, so the message may have arrived or not.",
        "Look whether it is there before you send it again.",
    ),
    Failure.PROVIDER_ERROR: Explanation(
        "{Provider} has trouble of its own and could not take the message.",
        "There is nothing to do but wait until {provider} works again.",
    ),
    Failure.NOT_ITS_API: Explanation(
        "What answered does not talk as {provider} does; "
        "perhaps a proxy, a firewall or a login page is in between.",
        "Ask the operator to check the network and {provider}'s address in the settings.",
    ),
    Failure.RATE_LIMITED: Explanation(
        "{Provider} takes no more messages for now; waiting for it uses up no try.",
        "Send fewer events at once.",
    ),
    Failure.BAD_CREDENTIALS: Explanation(
        "{Provider} does not accept PingPilot's own login, so nothing goes out by {channel}.",
        "Ask the operator to renew the token or password in the settings and to run doctor.",
    ),
    Failure.DM_CLOSED: Explanation(
        "Discord does not let the bot write to you.",
        "Join a server where the bot is, allow direct messages from that server, "
        "unblock the bot if you blocked it, and send a test under Channels.",
    ),
    Failure.UNKNOWN_PERSON: Explanation(
        "Discord knows nobody with the ID that you entered.",
        "Copy your user ID again (Discord: Settings, Advanced, Developer Mode, then right-click "
        "your name) and enter it under Channels.",
    ),
    Failure.DM_GONE: Explanation(
        "Your conversation with the bot is gone, and opening it again did not help.",
        "Join a server where the bot is, write it a message in Discord, "
        "and send a test under Channels.",
    ),
    Failure.FORM_REFUSED: Explanation(
        "Discord refused the form of this message, and of its plain text too.",
        "Ask the operator to report it with Discord's words: PingPilot should have made it fit.",
    ),
    Failure.BOT_BLOCKED: Explanation(
        "You blocked the bot in Telegram.",
        "Open the bot's chat, press Restart, and send a test under Channels.",
    ),
    Failure.PERSON_GONE: Explanation(
        "The Telegram account that you linked does not exist any more.",
        "Link another one under Channels.",
    ),
    Failure.CHAT_NOT_FOUND: Explanation(
        "Telegram finds no chat between you and the bot.",
        "Link Telegram again under Channels, and press Start in the bot's chat.",
    ),
    Failure.BOT_REMOVED: Explanation(
        "The bot may not write to this Telegram chat any more.",
        "Let it in again, or link another chat, and send a test under Channels.",
    ),
    Failure.MAILBOX_REFUSED: Explanation(
        "The mail server takes no mail for your address.",
        "Check its spelling and that the mailbox works, or enter another one under Channels.",
    ),
    Failure.SENDER_REFUSED: Explanation(
        "The mail server does not let PingPilot send, or not under its sender address.",
        "Ask the operator to check EMAIL_FROM, the login and the mail server's rules.",
    ),
    Failure.MESSAGE_REFUSED: Explanation(
        "{Provider} refused this one message for good; others may still arrive.",
        "Read its words: they say what the event should not carry, or ask the operator.",
    ),
    Failure.TRY_LATER: Explanation(
        "The mail server put the mail off, as servers do with full mailboxes and new senders.",
        "Make sure that your mailbox has room, and ask the operator to read the server's words.",
    ),
    Failure.NOT_SECURE: Explanation(
        "The connection to {provider} is not as secure as it has to be, so nothing was sent.",
        "Ask the operator to check {provider}'s certificate, the settings and the network.",
    ),
    Failure.BAD_ADDRESS: Explanation(
        "What you entered is not an address that {provider} can deliver to.",
        "Set up {channel} again under Channels.",
    ),
    Failure.NOT_CONFIGURED: Explanation(
        "This PingPilot is not set up for {channel}.",
        "Ask the operator to set it up, or switch {channel} off under Channels.",
    ),
    Failure.SWITCHED_OFF: Explanation(
        "{Channel} was switched off under Channels before this was sent.",
        "Switch it on and replay the event, if you still want it there.",
    ),
    Failure.NOT_VERIFIED: Explanation(
        "Your address for {channel} was removed or changed before this was sent, "
        "and it is not verified.",
        "Verify it under Channels, then replay the event.",
    ),
    Failure.HANDED_ON: Explanation(
        "{Provider} did not take it in time, so the next channel in your order was used.",
        "Look at {channel} under Channels: it says what is wrong.",
    ),
    Failure.BROKEN: Explanation(
        "It was not tried, because {provider} had refused your address for good before.",
        "Mend that, send a test under Channels, then replay what failed.",
    ),
    Failure.KEY_LOST: Explanation(
        "PingPilot cannot read your address for {channel}: the key it was encrypted with is gone.",
        "Ask the operator to put the key back and to run doctor, or set up {channel} again under "
        "Channels; then replay what failed.",
    ),
    Failure.STOPPED: Explanation(
        "PingPilot was stopped while it was sending, so the message may have arrived or not.",
        "Look whether it is there before you send it again.",
    ),
    Failure.OUR_FAULT: Explanation(
        "PingPilot itself made a mistake.",
        "Ask the operator to look at its log and to report what it says.",
    ),
}

# Those that mostly pass without anybody's help: while it waits, there is nothing to ask for.
_BY_THEMSELVES = frozenset(
    {
        Failure.UNREACHABLE,
        Failure.NO_ANSWER,
        Failure.PROVIDER_ERROR,
        Failure.RATE_LIMITED,
        Failure.TRY_LATER,
        Failure.STOPPED,
        Failure.OUR_FAULT,
    }
)
# Those after which PingPilot tries again: a delivery that failed with one used up its tries.
_PASSING = _BY_THEMSELVES | {
    Failure.NOT_ITS_API,
    Failure.BAD_CREDENTIALS,
    Failure.DM_GONE,
    Failure.SENDER_REFUSED,
    Failure.NOT_SECURE,
    Failure.NOT_CONFIGURED,
}


def explain(failure: Failure | None, channel: Channel, status: DeliveryStatus) -> str:
    """Return what the failure means and what to do next, as shown beside the provider's words."""
    failure = failure or Failure.OUR_FAULT
    said = _EXPLANATIONS[failure]
    if status is not DeliveryStatus.PENDING:
        first = [_GAVE_UP] if failure in _PASSING else []
        return _named([*first, said.meaning, said.step], channel)
    step = [] if failure in _BY_THEMSELVES else [said.step]
    return _named([said.meaning, *step, _AGAIN], channel)


def advise(failure: Failure, channel: Channel) -> str:
    """Return what the failure means and what to do, where nothing is tried again by itself."""
    said = _EXPLANATIONS[failure]
    return _named([said.meaning, said.step], channel)


def meaning_of(failure: Failure, channel: Channel) -> str:
    """Return what the failure means, where the steps to take are told besides."""
    return _named([_EXPLANATIONS[failure].meaning], channel)


def _named(sentences: list[str], channel: Channel) -> str:
    email = channel is Channel.EMAIL
    names = {
        "{channel}": "email" if email else channel.label,
        "{Channel}": channel.label,
        "{provider}": "the mail server" if email else channel.label,
        "{Provider}": "The mail server" if email else channel.label,
    }
    text = " ".join(sentences)
    for placeholder, name in names.items():
        text = text.replace(placeholder, name)
    return text

"""What an owner, an operator or a member is told outside of events."""

from datetime import datetime
from enum import StrEnum

from pingpilot_app.domain.category import DEFAULT_EMOJI
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure, advise
from pingpilot_app.domain.message.message import cut
from pingpilot_app.domain.quota import reset_date


class NoticeKind(StrEnum):
    """Why somebody is told."""

    BROKEN = "broken"  # the owner: a destination takes nothing any more
    STOPPED = "stopped"  # the operator: a provider refuses our own login
    QUOTA = "quota"  # the owner: the month's events are nearly or all used
    ESCALATION = "escalation"  # a member: nobody has claimed an event
    MENTION = "mention"  # a member: a colleague mentions them in a comment

    @property
    def page(self) -> str:
        """Return the path of the page where more is to be seen."""
        return _PAGES.get(self, "/channels")


_PAGES = {
    NoticeKind.QUOTA: "/quota",
    NoticeKind.ESCALATION: "/events",
    NoticeKind.MENTION: "/events",
}
MENTION_SHOWN = 500  # characters of the comment


def broken_text(
    channel: Channel, label: str, failure: Failure, words: str, *, own: bool = False
) -> str:
    """Return what the owner of a broken destination is told; `words` are the provider's.

    `own`: it is a member's own, who is told.
    """
    told = f'so PingPilot stopped trying. It said: "{words}". {advise(failure, channel)}'
    if own:
        return (
            f"Your own {channel.label} ({label}) takes no more messages, {told} "
            "Until then no copies are sent there; the account's channels go on."
        )
    return (
        f"{channel.label} ({label}) takes no more messages, {told} "
        "What failed meanwhile can be replayed there."
    )


def quota_text(used: int, limit: int, now: datetime) -> str:
    """Return what the owner is told when 80 % or all of the month's events are used."""
    begin = f"{used:,} of this month's {limit:,} events are used ({used * 100 // limit} %). "
    until = f"{reset_date(now):%-d %B %Y}, 00:00 UTC"
    if used < limit:
        return f"{begin}Once all are, events are refused until {until}."
    return f"{begin}Events are refused until {until}, or until you have a larger plan."


def escalation_text(category: str, emoji: str | None, description: str, waited: str) -> str:
    """Return what a member is told of an event that nobody has claimed for as long as `waited`."""
    name = f"{emoji or DEFAULT_EMOJI} {category}"
    return f"Nobody has claimed this for {waited}, and you are next. {name}: {description}"


def stopped_text(channel: Channel, failure: Failure, words: str) -> str:
    """Return what operators are told when a provider takes nothing of anybody's."""
    return (
        f"{channel.label} is stopped for all accounts. "
        f'It said: "{words}". {advise(failure, channel)} '
        "Every delivery is kept and goes out when it works again."
    )


def mention_text(who: str, category: str, emoji: str | None, said: str) -> str:
    """Return what somebody is told whom a colleague mentions."""
    return f"{who} mentions you on {emoji or DEFAULT_EMOJI} {category}: {cut(said, MENTION_SHOWN)}"

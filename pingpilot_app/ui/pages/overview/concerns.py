"""What needs somebody: each with what happened and where to mend it."""

from dataclasses import dataclass

from pingpilot_app.delivery.accept import usable_destinations
from pingpilot_app.domain.errors import NotConfigured
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.storage.configuration import Configuration
from pingpilot_app.storage.destinations import DestinationView
from pingpilot_app.storage.outages import OutageView
from pingpilot_app.ui.bars import count_text
from pingpilot_app.ui.rows import OutageRow, outage_row

MANY = 100  # events on their way, from which it is more than the moment's
NEARLY = 80  # percent of the quota from which it is worth a word


@dataclass(frozen=True)
class Concern:
    """One thing that needs somebody. `since` is ISO 8601, `words` are a provider's, or empty."""

    kind: str
    title: str
    text: str
    path: str
    action: str
    since: str = ""
    words: str = ""


def concerns_of(
    account: Configuration,
    destinations: list[DestinationView],
    outages: list[OutageView],
    failed: int,
    pending: int = 0,
) -> list[Concern]:
    """Return them, what stops most first.

    `failed` counts deliveries of the last 24 hours, `pending` events that are still on their way.
    """
    found = [_refused(account), _quota(account)]
    found += [_broken(one) for one in destinations]
    found += [_outage(one, outage_row(outages, one)) for one in destinations]
    found += [_failed(failed), _waiting(pending)]
    return [concern for concern in found if concern is not None]


def _refused(account: Configuration) -> Concern | None:
    try:
        usable_destinations(account)
    except NotConfigured as refusal:
        text = f"{refusal.message.rstrip('.')}."
        return Concern("refused", "New events are refused", text, "/channels", "Open Channels")
    return None


def _quota(account: Configuration) -> Concern | None:
    limit, used = account.limits.events, account.used
    if limit is None or 100 * used < NEARLY * limit:
        return None
    full = used >= limit
    title = "The quota is used up" if full else f"{100 * used // limit} % of the quota is used"
    text = "New events are refused until the month ends." if full else "The month goes on."
    return Concern("quota", title, text, "/quota", "Open Quota")


def _broken(destination: DestinationView) -> Concern | None:
    if not destination.enabled or destination.broken_at is None:
        return None
    return Concern(
        "broken",
        f"{destination.channel.label} is not working",
        "Messages to it fail at once since",
        "/channels",
        "Mend it",
        iso_milliseconds(destination.broken_at),
        destination.broken_reason or "",
    )


def _outage(destination: DestinationView, outage: OutageRow) -> Concern | None:
    if not destination.enabled or not outage.text:
        return None
    title = f"{destination.channel.label} waits"
    where = ("/channels", "Look at it")
    return Concern("outage", title, outage.text, *where, outage.since, outage.words)


def _waiting(count: int) -> Concern | None:
    if count < MANY:
        return None
    title = f"{count:,} events are still on their way"
    text = "They come faster than a channel takes them. They arrive by themselves, only later."
    return Concern("waiting", title, text, "/feed?status=PENDING", "See them")


def _failed(count: int) -> Concern | None:
    if not count:
        return None
    title = f"{count_text(count, 'delivery') if count == 1 else f'{count:,} deliveries'} failed"
    text = "In the last 24 hours. Each says why, and can be sent again."
    return Concern("failed", title, text, "/feed?status=FAILED", "See them")

"""One channel as the operator sees it: its gate, its dead letters and where it goes."""

import re
from dataclasses import dataclass

from pingpilot_app.delivery.provider import Gate
from pingpilot_app.delivery.sandbox_switch import Outlet
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import advise
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.storage.instance_health import FailureCount
from pingpilot_app.storage.outages import OutageView
from pingpilot_app.ui.pages.operator.health import Health
from pingpilot_app.ui.rows import is_quoted

_WORDS = {
    "OPEN": "Open: messages go out",
    "PROBE": "Probing: one message tries whether it works again",
    "SHUT": "Shut: messages wait, nothing is lost",
    "ABSENT": "Not set up: nothing can go out",
}


@dataclass(frozen=True)
class ChannelRow:
    """A channel. `gate` is OPEN, PROBE, SHUT or ABSENT; times are ISO 8601, empty: none."""

    name: str
    label: str
    gate: str
    words: str
    since: str
    retry_at: str
    said: str  # by the provider
    meaning: str
    held: str
    failed_today: str
    failed: str
    common: str
    advice: str
    sandboxed: bool
    movable: bool
    goes_to: str
    target: str
    why: str


def channel_row(outlet: Outlet, health: Health) -> ChannelRow:
    """Return what is shown of a channel."""
    channel = outlet.channel
    gate, outage = _gate(outlet, health)
    failures = [one for one in health.counted.failures if one.channel is channel]
    common, advice = most_common(failures)
    quoted = outage is not None and is_quoted(outage.failure)
    return ChannelRow(
        name=channel.value,
        label=channel.label,
        gate=gate,
        words=_WORDS[gate],
        since=iso_milliseconds(outage.since) if outage else "",
        retry_at=iso_milliseconds(outage.retry_at) if outage else "",
        said=outage.reason if outage and quoted else "",
        meaning=_to_operators(advise(outage.failure, channel)) if outage else "",
        held=f"{health.counted.held.get(channel, 0):,}",
        failed_today=f"{sum(one.count for one in failures):,}",
        failed=f"{health.totals.failed.get(channel, 0):,}",
        common=common,
        advice=advice,
        sandboxed=outlet.sandboxed,
        movable=outlet.movable,
        goes_to=_goes_to(outlet),
        target=outlet.target,
        why=outlet.why,
    )


def _gate(outlet: Outlet, health: Health) -> tuple[str, OutageView | None]:
    """Return the gate as the worker has it, in another process as it wrote it down, and why."""
    outage = health.counted.outages.get(outlet.channel)
    if outlet.absent:
        return "ABSENT", None
    if health.vitals.worker is None:
        return (Gate.SHUT.name if outage else Gate.OPEN.name), outage
    gate = health.vitals.worker.gates[outlet.channel]
    return gate.name, outage if gate is not Gate.OPEN else None


def _to_operators(advice: str) -> str:
    """Turn what owners are advised round to those whom they would ask."""
    advice = advice.replace(" and to run ", " and run ")
    return re.sub(r"Ask the operator to (\w)", lambda found: found[1].upper(), advice)


def _goes_to(outlet: Outlet) -> str:
    if outlet.absent:
        return "Nowhere"
    return "The sandbox on this machine" if outlet.sandboxed else "The real provider"


def most_common(failures: list[FailureCount]) -> tuple[str, str]:
    """Return how often the most common failure came, and what it means; both empty: none did."""
    if not failures:
        return "", ""
    most = max(failures, key=lambda one: one.count)
    if most.failure is None:
        return f"{most.count:,} without a known cause", ""
    return f"{most.count:,} × {most.failure.value}", advise(most.failure, most.channel)


def switch_question(channel: Channel, *, to_sandbox: bool) -> tuple[str, str]:
    """Return what the dialog asks before a channel goes elsewhere, and what that means."""
    name = channel.label
    if to_sandbox:
        meaning = (
            f"From now on nobody receives {name} messages of any account: they end in the sandbox "
            "on this machine and count as delivered. Switching back does not send them."
        )
        return f"Send {name} to the sandbox?", meaning
    meaning = (
        f"From now on {name} messages of every account leave this machine, those that wait "
        "included. Addresses that were verified in the sandbox alone have to be verified again; "
        "until then their accounts' events are refused."
    )
    return f"Send {name} to the real provider?", meaning

"""Events over time as a chart draws them, and as a sentence and a table tell them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pingpilot_app.domain.period import Viewer, labels_of
from pingpilot_app.storage.statistics import Counts

Bar = dict[str, Any]  # label, full, delivered, pending, failed: as the chart's library takes it


@dataclass(frozen=True)
class Bars:
    """A chart: its bars, from left to right, and what they come to."""

    bars: list[Bar]
    summary: str
    total: int


def bars_of(counts: Sequence[Counts], edges: Sequence[datetime], viewer: Viewer) -> Bars:
    """Return the counts between the edges as a chart."""
    labels = labels_of(edges, viewer)
    bars: list[Bar] = [
        {
            "label": label.short,
            "full": label.full,
            "delivered": count.delivered,
            "pending": count.pending,
            "failed": count.failed,
        }
        for label, count in zip(labels, counts, strict=True)
    ]
    totals = [count.total for count in counts]
    most = max(totals, default=0)
    full = labels[totals.index(most)].full if most else ""
    return Bars(bars, _sentence(sum(counts, Counts()), most, full), sum(totals))


def _sentence(all_: Counts, most: int, when: str) -> str:
    if not all_.total:
        return "No events in this period."
    failed = f", {all_.failed:,} failed" if all_.failed else ""
    return f"{count_text(all_.total, 'event')}{failed}; most on {when} ({most:,})."


def count_text(count: int, noun: str) -> str:
    """Return `1 event`, `1,234 events`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def percent_text(part: int, whole: int) -> str:
    """Return `99.8 %`; never 100 % or 0 % where that is not true, `–` of nothing."""
    if not whole:
        return "–"
    if part in (0, whole):
        return f"{100 * part // whole} %"
    return f"{min(99.9, max(0.1, 100 * part / whole)):.1f} %"


def milliseconds_text(ms: int | None) -> str:
    """Return `120 ms`, `1.2 s`, `4 min`, `2 h`, or `–` where it is not known."""
    if ms is None:
        return "–"
    if ms < 1_000:
        return f"{ms} ms"
    if ms < 60_000:
        return f"{ms / 1_000:.2g} s"
    minutes = ms // 60_000
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"

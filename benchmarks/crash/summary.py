"""The figures of a run, as a table for docs/reliability.md."""

from collections import Counter
from statistics import median

from benchmarks.crash.promises import Evidence
from benchmarks.crash.run import Result
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus


def summary(result: Result, seconds: float) -> str:
    """Return Markdown; `seconds` is how long the run took."""
    rows = _of_kills(result, seconds) | _of_posts(result.evidence) | _of_deliveries(result)
    rows["broken promises"] = f"**{len(result.violations)}**"
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    return "\n".join(["| | |", "|---|---|", *lines])


def _of_kills(result: Result, seconds: float) -> dict[str, str]:
    starts = result.server.starts
    kills = ", ".join(f"{moment} {count}" for moment, count in result.kills.most_common())
    return {
        "rounds": f"{result.rounds}, in {seconds / 60:.1f} min",
        "`kill -9`": f"{result.kills.total()} ({kills})",
        "start until ready": f"median {median(starts):.1f} s, longest {max(starts):.1f} s"
        if starts
        else "-",
        "failures ordered": _counts(result.providers.faults.taken),
        "exceptions in the server's log": str(result.server.log.read_text().count("Traceback")),
    }


def _of_posts(evidence: Evidence) -> dict[str, str]:
    posts, stored = evidence.journal.posts, {event.mark for event in evidence.stored.events()}
    acknowledged = [post for post in posts if post.event_ids]
    silent = [post for post in posts if not post.event_ids and not post.refusals]
    kept = sum(post.mark in stored for post in silent)
    return {
        "events posted": f"{len(posts):,}",
        "acknowledged": f"{len(acknowledged):,}",
        "refused: quota used up": f"{sum(bool(post.refusals) for post in posts):,}",
        "never answered": f"{len(silent):,}, of which {kept:,} are stored",
        "repeats with their Idempotency-Key": f"{evidence.journal.repeats:,}",
        "events stored": f"{len(stored):,}",
    }


def _of_deliveries(result: Result) -> dict[str, str]:
    evidence = result.evidence
    deliveries = evidence.stored.deliveries()
    states = Counter(delivery.status for delivery in deliveries)
    ended = [f"{states[status]:,} {status}" for status in DeliveryStatus]
    leased = sum(len(kill.leased) for kill in evidence.kills.values())
    return {
        "deliveries": ", ".join(ended),
        "leased when their server was killed": f"{leased:,}",
        "arrived again": _counts(_repeats(evidence)),
        "of those, shown to people": _counts(_seen_repeats(evidence)),
        "oldest answer that a kill kept from being stored": f"{_oldest(evidence) * 1000:.0f} ms",
        "messages of no event": _counts(evidence.arrivals.others),
    }


def _repeats(evidence: Evidence) -> Counter[Channel]:
    repeats: Counter[Channel] = Counter(dict.fromkeys(Channel, 0))
    for (channel, _), found in evidence.arrivals.found.items():
        repeats[channel] += len(found) - 1
    return repeats


def _oldest(evidence: Evidence) -> float:
    """Return how old, in seconds, a message was at most that a kill made come again."""
    kills = evidence.kills
    return max(
        (
            kills[one.generation].at - one.at
            for found in evidence.arrivals.found.values()
            for one in found[:-1]
            if one.generation in kills and not one.ambiguous
        ),
        default=0.0,
    )


def _seen_repeats(evidence: Evidence) -> Counter[Channel]:
    arrivals = evidence.arrivals
    once = Counter(channel for channel, _ in arrivals.found)
    return Counter(
        {
            channel: arrivals.shown[channel] - arrivals.others[channel] - once[channel]
            for channel in Channel
        }
    )


def _counts(counter: Counter[Channel] | Counter[str]) -> str:
    named = [f"{getattr(name, 'label', name)} {count}" for name, count in counter.items()]
    return ", ".join(named) or "none"

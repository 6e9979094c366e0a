"""What came back of a test, and how a channel has done in the last day."""

from dataclasses import dataclass, field
from datetime import timedelta

from pingpilot_app.delivery.codes import Trial
from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.channel import Channel
from pingpilot_app.storage.statistics import ChannelHealth, channel_health
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.pages.channels.mending import advice_on, steps_to_mend

DAY = timedelta(days=1)


@dataclass(frozen=True)
class TrialRow:
    """A test that was sent just now. `title` is empty where there was none."""

    title: str = ""
    arrived: bool = False
    note: str = ""  # what it means, or what to do
    words: str = ""  # the provider's
    steps: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class HealthRow:
    """A channel's last day: three figures and what they say."""

    delivered: str
    failed: str
    median: str
    sentence: str
    any: bool


def trial_row(trial: Trial, channel: Channel, *, was_broken: bool) -> TrialRow:
    """Return how a test ended, in words."""
    if not trial.refusal:
        mended = "It works again: replay below what failed." if was_broken else "Have a look there."
        title = f"{channel.label} took the test message in {duration(trial.ms)}."
        return TrialRow(title, arrived=True, note=mended, words=_answer(trial, channel))
    if trial.failure is None:
        return TrialRow("Not sent.", note=trial.refusal)
    return TrialRow(
        f"Not delivered, after {duration(trial.ms)}.",
        note=advice_on(trial.failure, channel),
        words=trial.words,
        steps=steps_to_mend(trial.failure),
    )


def _answer(trial: Trial, channel: Channel) -> str:
    """Return what the provider said: a mail server speaks, the others give the message an id."""
    return trial.reference if channel is Channel.EMAIL else f"message {trial.reference}"


async def load_health(account_id: str) -> dict[str, HealthRow]:
    """Return the last day of every channel, by the channel's name."""
    found = await current().database.read(channel_health, account_id, now() - DAY)
    return {health.channel.value: health_row(health) for health in found}


def health_row(health: ChannelHealth) -> HealthRow:
    """Return one channel's last day, in words."""
    return HealthRow(
        delivered=f"{health.delivered:,}",
        failed=f"{health.failed:,}",
        median="–" if health.median_ms is None else duration(health.median_ms),
        sentence=_sentence(health),
        any=health.delivered + health.failed > 0,
    )


def _sentence(health: ChannelHealth) -> str:
    total = health.delivered + health.failed
    if not total:
        return "Nothing was sent here in the last 24 hours."
    if not health.failed:
        return "Everything of the last 24 hours arrived."
    if not health.delivered:
        return "Nothing of the last 24 hours arrived."
    return f"{health.failed:,} of {total:,} did not arrive in the last 24 hours."


def duration(ms: int) -> str:
    """Return `180 ms`, `1.2 s` or `3 min`."""
    if ms < 1_000:
        return f"{ms} ms"
    if ms < 60_000:
        return f"{ms / 1_000:.1f} s"
    return f"{round(ms / 60_000):,} min"

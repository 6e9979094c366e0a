"""All that failed, counted first and then replayed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.role import Right, holders_of
from pingpilot_app.storage.replays import Failures, count_failures
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.components.html import icon
from pingpilot_app.ui.components.rights import may
from pingpilot_app.ui.entered import entered, now
from pingpilot_app.ui.live import Live, shared
from pingpilot_app.ui.pages.channels.cards import channel_of
from pingpilot_app.ui.pages.channels.replay_run import Run, begin, forget_run, run_of
from pingpilot_app.ui.session import to_sign_in

RANGES = {
    "hour": ("the last hour", timedelta(hours=1)),
    "day": ("the last 24 hours", timedelta(days=1)),
    "week": ("the last 7 days", timedelta(days=7)),
    "month": ("the last 30 days", timedelta(days=30)),
}


@dataclass(frozen=True)
class Counted:
    """What was counted: so many deliveries, and which; a replay takes these and no others."""

    failures: Failures
    deliveries: int
    events: int
    held: int  # more that failed by a channel that is off or not verified


class FailuresState(Live, rx.State):
    """The failed deliveries since a while; `by` is a channel or empty for all.

    The channels' page loads it along (`ChannelsState._load`), so that it is as live.
    """

    access: ClassVar[Needed] = Right.RESEND
    access_to: ClassVar[Mapping[str, Needed]] = dict.fromkeys(
        ("watch", "count", "choose_since", "choose_channel"), Right.LOOK
    )

    since: str = "day"
    by: str = ""
    deliveries: int = 0
    events: int = 0
    held: int = 0
    running: bool = False
    done: int = 0  # of the replay that goes on
    total: int = 0
    said: str = ""  # how the last replay ended
    wrong: str = ""

    _counted: Counted | None = None

    @rx.var
    def sentence(self) -> str:
        """Return what was counted, in words."""
        where = RANGES[self.since][0]
        more = f" {self.held:,} more by a channel that is off or not verified." if self.held else ""
        if not self.deliveries:
            return f"{'Nothing to replay' if more else 'No failed deliveries'} in {where}.{more}"
        of = f"{_some(self.deliveries, 'delivery', 'deliveries')} of"
        return f"{of} {_some(self.events, 'event', 'events')} failed in {where}.{more}"

    @rx.var
    def shown(self) -> str:
        """Return the number that the button carries."""
        return f"{self.deliveries:,}"

    @rx.var
    def progress(self) -> str:
        """Return `400 of 1,247`."""
        return f"{self.done:,} of {self.total:,}"

    @rx.var
    def percent(self) -> int:
        """Return how far the replay is, 0 to 100."""
        return min(100, 100 * self.done // self.total) if self.total else 0

    @rx.var
    def percent_width(self) -> str:
        """Return the same as a width."""
        return f"{self.percent}%"

    async def _load(self, session: SessionView) -> None:
        self._counted = await _count(session.account_id, self.since, self.by)
        self.deliveries, self.events = self._counted.deliveries, self._counted.events
        self.held = self._counted.held
        self._tell(run_of(session.account_id))

    def _tell(self, run: Run | None) -> None:
        self.running = run is not None and not run.ended
        self.done, self.total = (run.done, run.total) if run else (0, 0)
        self.said = self.wrong = ""
        if run is not None and run.ended:
            self.said, self.wrong = _end(run)
            run.told = True

    @rx.event
    async def count(self, form: dict[str, Any]) -> Any:
        """Count what failed since then, by that channel."""
        return await self._choose(entered(form, "since"), entered(form, "by"))

    @rx.event
    async def choose_since(self, since: str) -> Any:
        """Choose a range and count."""
        return await self._choose(since, self.by)

    @rx.event
    async def choose_channel(self, name: str) -> Any:
        """Choose a channel, or all, and count."""
        return await self._choose(self.since, name)

    async def _choose(self, since: object, by: object) -> Any:
        session, channel = await self._session(), channel_of(by)
        if session is None:
            return to_sign_in()
        self.since = since if isinstance(since, str) and since in RANGES else self.since
        self.by = channel.value if channel else ""
        forget_run(session.account_id)
        await self._show()
        return None

    @rx.event
    async def replay(self, deliveries: int) -> Any:
        """Send again what was counted, if `deliveries` is the number that was shown."""
        session, counted = await self._session(), self._counted
        if session is None:
            return to_sign_in()
        if counted is None or not counted.deliveries or self.running:
            return None
        if counted.failures.account_id != session.account_id or counted.deliveries != deliveries:
            return toast.info("The number has changed meanwhile. Look again, then replay.")
        begin(current(), counted.failures, counted.deliveries, session.actor)
        await self._show()
        return None


async def _count(account_id: str, since: str, by: str) -> Counted:
    async def load() -> Counted:
        until, channel = now(), channel_of(by)
        channels = frozenset([channel] if channel else Channel)
        failures = Failures(account_id, until - RANGES[since][1], until, channels)
        found = await current().database.read(count_failures, failures)
        return Counted(failures, found.deliveries, found.events, found.held)

    return await shared(account_id, ("failures", since, by), load)


def _some(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _end(run: Run) -> tuple[str, str]:
    """Return the sentence for a replay that ended well, and for one that did not."""
    started = f"{_some(run.done, 'delivery', 'deliveries')} were started again"
    if run.refusal:
        return "", f"It stopped. {started}; count for the rest. {run.refusal}"
    return f"{started}. The feed shows how each ends.", ""


def failures_panel() -> rx.Component:
    """Show the count, the replay and how it goes."""
    state = FailuresState
    return rx.el.section(
        rx.el.header(
            rx.el.h2("Failed deliveries", id="failures-title"),
            rx.el.p(
                rx.cond(
                    may(Right.RESEND),
                    "Send again what failed, once it can work: to channels that are on and "
                    "verified. A replay does not count against your quota.",
                    f"{holders_of(Right.RESEND).capitalize()} of this account can send again what "
                    "failed.",
                ),
                class_name="hint",
            ),
        ),
        _choice(),
        rx.cond(state.running, _progress(), _result()),
        rx.el.div(
            rx.cond(state.said != "", rx.el.p(icon("check", 15), state.said, class_name="good")),
            rx.cond(
                state.wrong != "",
                rx.el.p(icon("triangle-alert", 15), state.wrong, class_name="error"),
            ),
            role="status",
        ),
        class_name="card failures",
        id="failures",
        aria_labelledby="failures-title",
    )


def _choice() -> rx.Component:
    state = FailuresState
    ranges = [rx.el.option(f"In {text}", value=name) for name, (text, _) in RANGES.items()]
    channels = [rx.el.option(one.label, value=one.value) for one in Channel]
    return rx.el.form(
        rx.el.select(
            *ranges,
            name="since",
            value=state.since,
            on_change=state.choose_since,
            aria_label="Failed in",
        ),
        rx.el.select(
            rx.el.option("All channels", value=""),
            *channels,
            name="by",
            value=state.by,
            on_change=state.choose_channel,
            aria_label="Channel",
        ),
        rx.el.button("Count", type="submit", class_name="button"),
        on_submit=state.count,
        class_name="filters",
    )


def _result() -> rx.Component:
    state = FailuresState
    return rx.el.div(
        rx.cond(
            state.deliveries > 0,
            icon("circle-x", 18),
            icon("circle-check", 18),
        ),
        rx.el.p(state.sentence, role="status"),
        rx.cond(
            (state.deliveries > 0) & may(Right.RESEND),
            rx.el.button(
                f"Replay {state.shown}",
                type="button",
                on_click=state.replay(state.deliveries),
                class_name="button primary",
            ),
        ),
        class_name=rx.cond(state.deliveries > 0, "count some", "count"),
    )


def _progress() -> rx.Component:
    state = FailuresState
    return rx.el.div(
        rx.el.p(
            rx.el.strong(f"Replaying: {state.progress}. "),
            "It goes on on the server; you may leave this page.",
        ),
        rx.el.div(
            rx.el.div(style={"width": state.percent_width}),
            role="progressbar",
            aria_label="Replay",
            aria_valuenow=state.percent,
            aria_valuemin=0,
            aria_valuemax=100,
            class_name="bar",
        ),
        class_name="replaying",
    )

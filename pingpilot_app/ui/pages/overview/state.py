"""What happened, and what needs you."""

from dataclasses import dataclass

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.quota import forecast_text
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.bars import Bar
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.in_zone import InZone
from pingpilot_app.ui.pages.overview.concerns import Concern
from pingpilot_app.ui.pages.overview.figures import (
    CategoryCard,
    ChannelCard,
    Span,
    edges_for,
    overview_of,
)

SPANS = {Span.DAY: "24 hours", Span.WEEK: "7 days", Span.MONTH: "30 days"}


@dataclass(frozen=True)
class SpanTab:
    """How far back to look, and where that leads."""

    label: str
    path: str
    here: bool


class OverviewState(InZone, rx.State):
    """The account at a glance."""

    tabs: list[SpanTab] = []
    categories: list[CategoryCard] = []
    bars: list[Bar] = []
    bars_summary: str = ""
    bars_total: int = 0
    channels: list[ChannelCard] = []
    concerns: list[Concern] = []
    forecast_text: str = ""

    _span: Span = Span.DAY

    def _begin(self) -> None:
        asked = self.router.url.query_parameters.get("period", "")
        self._span = Span(asked) if asked in list(Span) else Span.DAY

    async def _load(self, session: SessionView) -> None:
        moment, viewer = now(), self._viewer(session)
        account = await current().cache.configuration(session.account_id, moment)
        edges = edges_for(self._span, moment, viewer)
        found = await overview_of(account, edges, viewer, moment)
        self.tabs = [_tab(span, self._span) for span in Span]
        self.categories, self.channels = found.categories, found.channels
        self.concerns, self.bars = found.concerns, found.bars.bars
        self.bars_summary, self.bars_total = found.bars.summary, found.bars.total
        self.forecast_text = forecast_text(account.used, account.limits.events, moment)


def _tab(span: Span, chosen: Span) -> SpanTab:
    path = "/overview" if span is Span.DAY else f"/overview?period={span.value}"
    return SpanTab(SPANS[span], path, span is chosen)

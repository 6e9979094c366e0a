"""Whether the channels are used all at once, or one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.fallback import order_text
from pingpilot_app.domain.role import Right
from pingpilot_app.storage import looks
from pingpilot_app.storage.fallback import fallback_of, set_fallback
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.components.html import icon
from pingpilot_app.ui.components.rights import may
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.pages.channels.cards import channel_of
from pingpilot_app.ui.session import to_sign_in


@dataclass(frozen=True)
class Place:
    """A channel and its place in the order, from 1."""

    channel: str
    label: str
    number: int


class OrderState(Live, rx.State):
    """The order that the account has chosen; `places` has all channels, chosen or not."""

    access: ClassVar[Needed] = Right.CHANNELS
    access_to: ClassVar[Mapping[str, Needed]] = {"watch": Right.LOOK}

    in_turn: bool = False
    places: list[Place] = []

    async def _load(self, session: SessionView) -> None:
        order = await current().database.read(fallback_of, session.account_id)
        self._put(in_turn=order is not None, places=_places(order or tuple(Channel)))

    @rx.event
    async def choose(self, in_turn: bool) -> Any:
        """Use the channels one after the other, or all at once."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        if in_turn == self.in_turn:
            return None
        return await self._set(session, tuple(Channel) if in_turn else None)

    @rx.event
    async def sooner(self, name: str) -> Any:
        """Try a channel before the one that is tried before it."""
        session, channel = await self._session(), channel_of(name)
        if session is None:
            return to_sign_in()
        order = await current().database.read(fallback_of, session.account_id)
        if channel is None or order is None or order[0] is channel:
            return None
        return await self._set(session, _sooner(order, channel))

    async def _set(self, session: SessionView, order: Sequence[Channel] | None) -> Any:
        what = session.act(Action.CHANNELS_ORDERED)
        look = looks.at_account(session.account_id, "channels")
        await current().writer.change(what, look, set_fallback, session.account_id, order)
        await self._show()
        return toast.success(f"Channels: {order_text(order)}.")


def _sooner(order: Sequence[Channel], channel: Channel) -> tuple[Channel, ...]:
    at = order.index(channel)
    return (*order[: at - 1], channel, order[at - 1], *order[at + 1 :])


def _places(order: Sequence[Channel]) -> list[Place]:
    return [Place(one.value, one.label, number) for number, one in enumerate(order, 1)]


def order_panel() -> rx.Component:
    """Show which channels an event takes."""
    state = OrderState
    return rx.cond(
        state.ready,
        rx.el.section(
            rx.el.h2("Which channels an event takes"),
            rx.cond(may(Right.CHANNELS), _choice(), rx.el.p(rx.cond(state.in_turn, _TURN, _ALL))),
            rx.cond(
                state.in_turn,
                rx.el.ol(rx.foreach(state.places, _place), class_name="order"),
            ),
            class_name="card order-panel",
        ),
    )


_ALL = "It goes by every channel that is on."
_TURN = (
    "It goes by the first channel. Where that fails, is broken, or has not taken it within two "
    "minutes, it goes by the next."
)


def _choice() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend("Which channels an event takes", class_name="sr-only"),
        _way(False, "All at once", _ALL),
        _way(True, "One after the other", _TURN),
        class_name="ways",
    )


def _way(in_turn: bool, label: str, text: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="way",
            checked=OrderState.in_turn == in_turn,
            on_change=lambda _: OrderState.choose(in_turn),
        ),
        rx.el.span(rx.el.strong(label), rx.el.span(text, class_name="hint")),
        class_name="way",
    )


def _place(place: Place) -> rx.Component:
    return rx.el.li(
        rx.el.span(place.label),
        rx.cond(
            may(Right.CHANNELS) & (place.number > 1),
            rx.el.button(
                icon("arrow-up", 15),
                type="button",
                on_click=OrderState.sooner(place.channel),
                class_name="quiet square",
                aria_label=f"Try {place.label} sooner",
                title="Try sooner",
            ),
        ),
        key=place.channel,
    )

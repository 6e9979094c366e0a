"""Where somebody is signed in."""

from dataclasses import dataclass
from typing import Any, ClassVar

import reflex as rx
from sqlalchemy import Connection

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.device import device_of
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.storage.known_devices import forget_devices
from pingpilot_app.storage.sessions import (
    BrowserView,
    SessionView,
    delete_other_sessions,
    delete_session_of,
    list_sessions,
)
from pingpilot_app.ui.access import Access, Needed
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.components.confirm import confirm
from pingpilot_app.ui.components.html import icon, moment
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.session import (
    cookie_in,
    device_name,
    forget_user,
    idle_limit,
    to_sign_in,
    token_in,
)


@dataclass(frozen=True)
class BrowserRow:
    """A browser in the list. Times are ISO 8601."""

    reference: str
    device: str
    address: str
    signed_in: str
    last_seen: str
    is_phone: bool
    is_this: bool


class BrowsersState(Live, rx.State):
    """The sessions of the person who looks at them."""

    access: ClassVar[Needed] = Access.SIGNED_IN

    rows: list[BrowserRow] = []
    asking: bool = False

    def _begin(self) -> None:
        self.asking = False

    async def _load(self, session: SessionView) -> None:
        instance = current()
        idle = idle_limit(instance.settings)
        found = await instance.database.read(list_sessions, session.user_id, now(), idle)
        own = self._own_hash()
        self.rows = sorted((_row(one, own) for one in found), key=lambda row: not row.is_this)

    def _own_hash(self) -> bytes:
        token = token_in(self.router.headers.cookie, current().settings)
        return hash_token(token or "")

    def _own_device(self) -> bytes:
        name = device_name(current().settings)
        return hash_token(cookie_in(self.router.headers.cookie, name) or "")

    @rx.event
    async def end(self, reference: str) -> Any:
        """Sign one of the other browsers out."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        own = BrowserView(self._own_hash(), now(), None, None, None).reference
        if not isinstance(reference, str) or reference == own:
            return None
        entry = session.act(Action.SIGNED_OUT, reference)
        gone = await current().writer.act(entry, delete_session_of, session.user_id, reference)
        return await self._ended(session, "Signed out there." if gone else "It was signed out.")

    @rx.event
    async def ask(self) -> Any:
        """Ask before all others are signed out."""
        if await self._session() is None:
            return to_sign_in()
        self.asking = True
        return None

    @rx.event
    async def keep(self) -> Any:
        """Close the dialog and sign nothing out."""
        if await self._session() is None:
            return to_sign_in()
        self.asking = False
        return None

    @rx.event
    async def end_others(self) -> Any:
        """Sign all other browsers out."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        self.asking = False
        own, device = self._own_hash(), self._own_device()
        entry = session.act(Action.SIGNED_OUT, "all other browsers")
        gone = await current().writer.act(entry, _end_others, session.user_id, own, device)
        return await self._ended(session, f"Signed {gone} out.")

    async def _ended(self, session: SessionView, sentence: str) -> Any:
        forget_user(session.user_id)  # their open pages look again and leave
        await self._show()
        return toast.success(sentence)


def _end_others(connection: Connection, user_id: str, own: bytes, device: bytes) -> int:
    """Sign the others out, and take them for new if they come again; return how many went."""
    forget_devices(connection, user_id, device)
    return delete_other_sessions(connection, user_id, own)


def _row(found: BrowserView, own: bytes) -> BrowserRow:
    device = device_of(found.user_agent)
    return BrowserRow(
        reference=found.reference,
        device=device,
        address=found.remote_address or "",
        signed_in=iso_milliseconds(found.created_at),
        last_seen=iso_milliseconds(found.last_seen_at or found.created_at),
        is_phone=device.endswith(("iPhone", "Android")),
        is_this=found.hash == own,  # nosemgrep  # both are ours
    )


def browsers() -> rx.Component:
    """Show the list, this browser first."""
    state = BrowsersState
    return rx.fragment(
        rx.el.ul(rx.foreach(state.rows, _item), class_name="list"),
        rx.cond(
            state.rows.length() > 1,
            rx.el.button(
                "Sign all others out", type="button", on_click=state.ask, class_name="button"
            ),
        ),
        confirm(
            opened=state.asking,
            title="Sign all other browsers out?",
            text="Whoever uses them has to enter the password again. This browser stays.",
            action="Sign them out",
            on_yes=state.end_others,
            on_no=state.keep,
        ),
    )


def _item(row: BrowserRow) -> rx.Component:
    return rx.el.li(
        rx.cond(row.is_phone, icon("smartphone", 18), icon("monitor", 18)),
        rx.el.div(
            rx.el.div(
                rx.el.strong(row.device),
                rx.cond(row.is_this, rx.el.span("This browser", class_name="tag")),
                class_name="browser-name",
            ),
            rx.el.div(
                rx.cond(
                    row.is_this,
                    rx.el.span("Seen now"),
                    rx.el.span("Seen ", moment(row.last_seen)),
                ),
                rx.el.span("Signed in ", moment(row.signed_in, "date")),
                rx.cond(row.address != "", rx.el.span("from ", row.address)),
                class_name="browser-facts",
            ),
            class_name="browser",
        ),
        rx.cond(
            row.is_this,
            rx.fragment(),
            rx.el.button(
                "Sign out",
                type="button",
                on_click=BrowsersState.end(row.reference),
                class_name="button small",
                aria_label=f"Sign out {row.device}",
            ),
        ),
        key=row.reference,
        class_name="list-item",
    )

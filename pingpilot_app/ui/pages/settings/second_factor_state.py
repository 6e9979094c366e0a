"""How somebody's second factor stands, and what of it is shown once."""

import time
from typing import Any, ClassVar

import reflex as rx
from reflex.state import _override_base_method

from pingpilot_app.delivery.instance import current
from pingpilot_app.delivery.letters import can_send_letters
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.second_factor import SETUP_LIFETIME
from pingpilot_app.storage.second_factor import FactorView, factor_of, give_up
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Access, Needed
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.pages.settings.sentences import ERRORS
from pingpilot_app.ui.qr import qr_of
from pingpilot_app.ui.session import demanded_of, to_sign_in
from pingpilot_app.ui.shown_once import Shown, take

SHOWN = SETUP_LIFETIME.total_seconds()
_ONCE = ("secret", "link", "qr", "codes")


class SecondFactorState(Live, rx.State):
    """The person's own. `secret`, `link`, `qr` and `codes` are sent to this tab once.

    `demanded`: they must have one. `errors` are the set-up's, by field.
    """

    access: ClassVar[Needed] = Access.SETTING_UP

    stands: str = ""  # off, begun or on
    proven: bool = True  # or there is no letter that would need it
    demanded: bool = False
    errors: dict[str, str] = {}
    email: str = ""
    since: str = ""
    left: int = 0
    secret: str = ""  # in groups of four, to be typed
    link: str = ""
    qr: str = ""
    codes: list[str] = []

    _shown_until: float = 0.0

    @_override_base_method  # without it Reflex takes the method for a handler
    def dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return what a page that opens is told: nothing of what was shown before.

        A reload finds it gone; a page that lost its connection for a moment keeps what it has.
        """
        told: dict[str, Any] = super().dict(*args, **kwargs)
        mine = told[self.get_full_name()]
        for var in [var for var in mine if var.startswith(_ONCE) and mine[var]]:
            del mine[var]
        return told

    def _begin(self) -> None:
        asked = self.router.url.query_parameters
        field, sentence = ERRORS.get(asked.get("error", ""), ("", ""))
        mine = field and asked.get("form") == "second-factor"
        self.errors = {field: sentence} if mine else {}
        self.ready = self.ready and not mine  # drawn anew, the page opens at that field

    async def _load(self, session: SessionView) -> None:
        factor = await current().database.read(factor_of, session.user_id, current().clock())
        proven = session.proven or not can_send_letters(current())
        self._put(proven=proven, demanded=demanded_of(session), email=session.email)
        self._put(**_told(factor))
        shown = take(self.router.url.query_parameters.get("once"), session.user_id)
        if shown is not None:
            self._show_once(shown)
        elif time.monotonic() > self._shown_until or (self.secret and self.stands != "begun"):
            self._forget()

    def _show_once(self, shown: Shown) -> None:
        self.secret, self.link = _in_groups(shown.secret), shown.link
        self.qr = qr_of(shown.link) if shown.link else ""
        self.codes = list(shown.codes)
        self._shown_until = time.monotonic() + SHOWN

    def _forget(self) -> None:
        self._put(secret="", link="", qr="", codes=[])

    @rx.event
    async def forget(self) -> Any:
        """Show the secret and the codes no more."""
        if await self._session() is None:
            return to_sign_in()
        self._forget()
        return None

    @rx.event
    async def give_up(self) -> Any:
        """Forget the secret of which no code was entered."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        await current().writer.run(session.account_id, give_up, session.user_id)
        self._forget()
        await self._show()
        return None


def _told(factor: FactorView) -> dict[str, Any]:
    on = factor.on_since is not None
    return {
        "stands": "on" if on else "begun" if factor.begun else "off",
        "since": iso_milliseconds(factor.on_since) if factor.on_since else "",
        "left": factor.codes_left,
    }


def _in_groups(secret: str) -> str:
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))

"""Asks once more for the proof of somebody's address."""

from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.delivery.account_mail import send_verification
from pingpilot_app.delivery.instance import current
from pingpilot_app.delivery.letters import can_send_letters
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Access, Needed
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.session import Guarded, to_sign_in
from pingpilot_app.ui.throttle import Allowance

_allowed = Allowance(3, 900)  # mails to one person in a quarter of an hour


class ProofState(Guarded, rx.State):
    """The button of the banner, and of the page where a second factor is set up."""

    access: ClassVar[Needed] = Access.SETTING_UP

    @rx.event
    async def resend(self) -> Any:
        """Mail the link again."""
        session = await self._session()
        return to_sign_in() if session is None else _resend(session)


def _resend(session: SessionView) -> Any:
    instance = current()
    if session.proven:
        return toast.info("Your address is confirmed already.")
    if not can_send_letters(instance):
        return toast.error("This PingPilot has no mail server. Ask whoever runs it.")
    if not _allowed.take(session.user_id):
        return toast.error("Three mails are on their way. Look for them, or wait 15 minutes.")
    sending = send_verification(instance, session.user_id, session.email)
    instance.background.begin(sending, "proving an address")
    return toast.success(f"A new link is on its way to {session.email}.")

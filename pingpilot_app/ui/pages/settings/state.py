"""You, and this account: what is seen and changed without the password."""

from collections.abc import Mapping
from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.errors import Invalid, PingPilotError, Problem
from pingpilot_app.domain.role import Right
from pingpilot_app.storage import looks
from pingpilot_app.storage.accounts import rename_account, retention_of
from pingpilot_app.storage.memberships import accounts_of
from pingpilot_app.storage.retention import FOREVER, count_overdue, set_retention
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.storage.users import (
    Preferences,
    count_others,
    parse_name,
    preferences,
    set_name,
    set_preferences,
)
from pingpilot_app.ui.access import Access, Needed
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.entered import entered, errors_of, now
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.membership import forget_members
from pingpilot_app.ui.pages.settings.sentences import DONE, ERRORS, FORMS
from pingpilot_app.ui.pages.settings.zones import is_zone
from pingpilot_app.ui.session import forget_user, to_sign_in

_NO_ERRORS: dict[str, dict[str, str]] = {
    form: {} for form in (*FORMS, "name", "own_name", "retention", "time", "invite")
}
_WEEK_STARTS = {"": None, "0": 0, "6": 6}


class SettingsState(Live, rx.State):
    """The account and its owner. `errors` are by form and field."""

    access: ClassVar[Needed] = Right.SETTINGS
    access_to: ClassVar[Mapping[str, Needed]] = {
        "watch": Right.LOOK,
        "spare": Right.LOOK,  # closes the dialog
        "note_zone": Access.SIGNED_IN,  # these two are about the person
        "choose_days": Access.SIGNED_IN,
        "call_me": Access.SIGNED_IN,
    }

    email: str = ""
    proven: bool = True
    own_name: str = ""  # empty: colleagues see the address before its @
    account_name: str = ""
    time_zone: str = ""  # empty: the browser's
    browser_zone: str = ""
    week_start: str = ""
    days: str = ""  # empty: as the instance has it
    instance_days: str = ""
    only_operator: bool = False
    only_person: bool = False
    done: str = ""
    errors: dict[str, dict[str, str]] = _NO_ERRORS
    doomed_days: int = 0  # what the dialog asks about
    doomed_events: int = 0

    def _begin(self) -> None:
        asked = self.router.url.query_parameters
        self.done = DONE.get(asked.get("done", ""), "")
        field, sentence = ERRORS.get(asked.get("error", ""), ("", ""))
        form = asked.get("form", "")
        self.errors = _NO_ERRORS | ({form: {field: sentence}} if form in FORMS and field else {})
        self.ready = self.ready and not field  # drawn anew, the page opens at that field
        self.doomed_days = 0

    async def _load(self, session: SessionView) -> None:
        instance, read = current(), current().database.read
        self.email, self.proven = session.email, session.proven
        self.account_name, self.own_name = session.account_name, session.name or ""
        chosen = await read(preferences, session.user_id)
        self.time_zone = chosen.time_zone or ""
        self.week_start = "" if chosen.week_start is None else str(chosen.week_start)
        self.days = _days_text(await read(retention_of, session.account_id))
        self.instance_days = _days_text(instance.settings.retention_days)
        people, operators = await read(count_others, session.user_id)
        self.only_operator = session.is_operator and operators == 0
        self.only_person = people == 0

    @rx.event
    async def rename(self, form: dict[str, Any]) -> Any:
        """Call the account by another name."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        try:
            await _rename(session, entered(form, "name"))
        except PingPilotError as refusal:
            return self._refused("name", refusal)
        return await self._saved(session, "name", "The account has its new name.")

    @rx.event
    async def call_me(self, form: dict[str, Any]) -> Any:
        """Choose what colleagues see the viewer as."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        try:
            await _call(session, entered(form, "name"))
        except PingPilotError as refusal:
            return self._refused("own_name", refusal)
        return await self._saved(session, "own_name", "Your colleagues see your new name.")

    @rx.event
    async def note_zone(self, zone: str) -> Any:
        """Learn which time zone the browser is in, to show it beside `Automatic`."""
        if await self._session() is None:
            return to_sign_in()
        self.browser_zone = zone if is_zone(zone) else ""
        return None

    @rx.event
    async def choose_days(self, form: dict[str, Any]) -> Any:
        """Keep how days and weeks are counted."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        zone, start = entered(form, "time_zone"), entered(form, "week_start")
        if (zone and not is_zone(zone)) or start not in _WEEK_STARTS:
            return self._refused("time", Invalid("Choose a time zone from the list."))
        chosen = Preferences(zone or None, _WEEK_STARTS[start])
        await _prefer(session, chosen)
        forget_user(session.user_id)
        return await self._saved(session, "time", "Saved.")

    @rx.event
    async def keep_events(self, form: dict[str, Any]) -> Any:
        """Set for how long events are kept; where some would go, ask first."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        try:
            days = _days(entered(form, "days"))
        except Invalid as refusal:
            return self._refused("retention", refusal)
        goes = await _events_that_go(session.account_id, days)
        if goes:
            self.doomed_days, self.doomed_events = _effective(days), goes
            return None
        return await self._keep(session, days)

    @rx.event
    async def spare(self) -> Any:
        """Close the dialog and delete nothing."""
        if await self._session() is None:
            return to_sign_in()
        self.doomed_days = 0
        return None

    @rx.event
    async def let_go(self) -> Any:
        """Set the retention that was asked about."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        days, self.doomed_days = self.doomed_days, 0
        return await self._keep(session, days) if days else None

    async def _keep(self, session: SessionView, days: int | None) -> Any:
        account_id, look = session.account_id, looks.at_account(session.account_id, "kept")
        what = session.act(Action.RETENTION_CHANGED)
        await current().writer.change(what, look, set_retention, account_id, days)
        return await self._saved(session, "retention", "Saved. What is too old goes soon.")

    async def _saved(self, session: SessionView, form: str, sentence: str) -> Any:
        forget_user(session.user_id)  # the session tells the account's name
        self.errors = self.errors | {form: {}}
        await self._show()
        return toast.success(sentence)

    def _refused(self, form: str, refusal: PingPilotError) -> None:
        self.errors = self.errors | {form: errors_of(refusal, form)}


async def _rename(session: SessionView, name: str) -> None:
    account_id, look = session.account_id, looks.at_account(session.account_id, "name")
    what = session.act(Action.ACCOUNT_RENAMED)
    await current().writer.change(what, look, rename_account, account_id, name)
    await forget_members(account_id)


async def _call(session: SessionView, text: str) -> None:
    user_id, name = session.user_id, parse_name(text)
    what = session.act(Action.PROFILE_CHANGED)
    await current().writer.change(what, looks.at_name(user_id), set_name, user_id, name)
    for place in await current().database.read(accounts_of, user_id):
        current().changed(place.account_id)  # their colleagues' pages show it


async def _prefer(session: SessionView, chosen: Preferences) -> None:
    user_id, look = session.user_id, looks.at_preferences(session.user_id)
    what = session.act(Action.PREFERENCES_CHANGED)
    await current().writer.change(what, look, set_preferences, user_id, chosen)


def _days(text: str) -> int | None:
    """Return the days that were entered, None for the instance's setting. Raises Invalid."""
    if text.lower() in ("", "forever"):
        return FOREVER if text else None
    if text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= FOREVER:
        return int(text)
    sentence = f"Enter a whole number from 1 to {FOREVER:,}, or leave it empty."
    raise Invalid(sentence, (Problem("days", sentence),))


def _days_text(days: int | None) -> str:
    return "" if days is None else str(days)


def _effective(days: int | None) -> int:
    return days or current().settings.retention_days or FOREVER


async def _events_that_go(account_id: str, days: int | None) -> int:
    """Return how many events a shorter retention deletes; 0 where it is not shorter."""
    instance = current()
    before = await instance.database.read(retention_of, account_id)
    if _effective(days) >= _effective(before):
        return 0
    return await instance.database.read(count_overdue, account_id, _effective(days), now())

"""Whom to tell while nobody claims an event of a category: the form, and what it does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.domain.escalation import EVERYBODY, STEPS_MAX, Step, parse_step
from pingpilot_app.domain.role import Right
from pingpilot_app.storage import looks
from pingpilot_app.storage.escalations import escalation_of, responders_of, set_escalation
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.components.forms import error_text
from pingpilot_app.ui.entered import entered, errors_of
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.session import to_sign_in


@dataclass(frozen=True)
class StepRow:
    """A step in the form; `minutes` is empty where there is none."""

    number: int
    minutes: str
    user: str


@dataclass(frozen=True)
class MemberRow:
    """Somebody who can be told."""

    id: str
    name: str


class EscalationState(Live, rx.State):
    """The form of one category, open while `category` has its name."""

    access: ClassVar[Needed] = Right.CATEGORIES
    access_to: ClassVar[Mapping[str, Needed]] = {"watch": Right.LOOK}

    category: str = ""
    steps: list[StepRow] = []
    members: list[MemberRow] = []
    errors: dict[str, str] = {}

    def _begin(self) -> None:
        self.category = ""

    async def _load(self, session: SessionView) -> None:
        if session.may(Right.CATEGORIES):
            found = await current().database.read(responders_of, session.account_id)
            self._put(members=[MemberRow(*one) for one in found.items()])

    @rx.event
    async def open(self, name: str) -> Any:
        """Open the form of a category; an empty name closes it."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        if not isinstance(name, str):
            return None
        found = await current().database.read(escalation_of, session.account_id, name)
        self.category, self.errors = name if found is not None else "", {}
        self.steps = _rows(found or ())
        return None

    @rx.event
    async def save(self, form: dict[str, Any]) -> Any:
        """Keep the steps."""
        session, name = await self._session(), self.category
        if session is None:
            return to_sign_in()
        if not name:
            return None
        try:
            await _save(session, name, form)
        except PingPilotError as refusal:
            self.errors = errors_of(refusal, "escalation")
            return None
        self.category, self.errors = "", {}
        return toast.success("Saved. It holds for events from now on.")


def _rows(steps: tuple[Step, ...]) -> list[StepRow]:
    known = [StepRow(number, str(one.minutes), one.user_id) for number, one in enumerate(steps, 1)]
    empty = [StepRow(number, "", EVERYBODY) for number in range(len(known) + 1, STEPS_MAX + 1)]
    return known + empty


async def _save(session: SessionView, name: str, form: dict[str, Any]) -> None:
    account_id, instance = session.account_id, current()
    members = list(await instance.database.read(responders_of, account_id))
    steps = [
        parse_step(entered(form, f"minutes-{number}"), entered(form, f"user-{number}"), members)
        for number in range(1, STEPS_MAX + 1)
        if entered(form, f"minutes-{number}")
    ]
    what, look = session.act(Action.CATEGORY_CHANGED, name), looks.at_category(account_id, name)
    await instance.writer.change(what, look, set_escalation, account_id, name, steps)


def escalation_form() -> rx.Component:
    """Ask whom to tell, one after the other."""
    state = EscalationState
    return rx.el.form(
        rx.el.h2("While nobody claims an event of ", rx.el.bdi(state.category)),
        rx.el.p(
            "Whoever is told gets it at destinations of their own, else by mail. It ends as soon "
            "as somebody claims or resolves the event. Leave the minutes empty for no step.",
            class_name="hint",
        ),
        rx.el.ol(rx.foreach(state.steps, _step), class_name="escalation"),
        error_text(state.errors, "escalation"),
        rx.el.div(
            rx.el.button("Save", type="submit", class_name="button primary"),
            rx.el.button("Cancel", type="button", on_click=state.open(""), class_name="button"),
            class_name="buttons",
        ),
        on_submit=state.save,
        class_name="card form",
    )


def _step(row: StepRow) -> rx.Component:
    return rx.el.li(
        rx.el.label("After", html_for=f"minutes-{row.number}"),
        rx.el.input(
            name=f"minutes-{row.number}",
            id=f"minutes-{row.number}",
            default_value=row.minutes,
            input_mode="numeric",
            max_length=4,
            auto_complete="off",
            class_name="minutes",
        ),
        rx.el.label("minutes more, tell", html_for=f"user-{row.number}"),
        rx.el.select(
            rx.el.option("everybody who may respond", value=EVERYBODY),
            rx.foreach(EscalationState.members, lambda one: rx.el.option(one.name, value=one.id)),
            name=f"user-{row.number}",
            id=f"user-{row.number}",
            default_value=row.user,
        ),
        key=row.number,
    )

"""Joining an account that others have, by a link."""

from datetime import UTC, datetime
from typing import Any, ClassVar

import reflex as rx
from sqlalchemy import Connection

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.password import LENGTH_MIN
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.storage.joining import Invite, find_invite
from pingpilot_app.storage.memberships import role_in
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.storage.users import user_with
from pingpilot_app.ui.access import Access, Needed
from pingpilot_app.ui.components.forms import field
from pingpilot_app.ui.components.html import link, plain_form
from pingpilot_app.ui.pages.entrance.frame import (
    HINT,
    also,
    frame,
    given_email,
    hidden,
    notice,
    waiting,
)
from pingpilot_app.ui.pages.entrance.state import EntranceState, OfLink
from pingpilot_app.ui.policy import PolicyState
from pingpilot_app.ui.session import Guarded, cookie_in
from pingpilot_app.ui.sign_in.team import join_cookie

_Known = tuple[Invite | None, bool, bool]


class JoinState(OfLink, Guarded, rx.State):
    """What a link invites to. Whoever has it may know that; without a good one nothing is told."""

    access: ClassVar[Needed] = Access.ANYBODY

    account: str = ""  # empty: the link is not good
    role: str = ""
    by: str = ""
    me: str = ""  # the address of who is signed in here
    has_login: bool = False  # whom the link is for
    belongs: bool = False  # who is signed in, to the account
    way: str = ""  # which form was refused

    async def _look_up(self) -> None:
        session, asked = await self._session(), self.router.url.query_parameters
        self.token = self.token or self._kept()
        found, has_login, belongs = await current().database.read(_known, self.token, session)
        self.account, self.address = (found.account, found.address) if found else ("", "")
        self.role, self.by = (found.role.value, found.by) if found else ("", "")
        self.me = session.email if session else ""
        self.has_login, self.belongs = has_login, belongs
        self.way = asked["way"] if asked.get("way") in ("known", "new") else self.way or "new"

    def _kept(self) -> str:
        """Return the link that the browser kept while it was asked for the second factor."""
        return cookie_in(self.router.headers.cookie, join_cookie(current())) or ""


def _known(connection: Connection, token: str, session: SessionView | None) -> _Known:
    found = find_invite(connection, hash_token(token), datetime.now(UTC)) if token else None
    if found is None:
        return None, False, False
    has_login = bool(found.address) and user_with(connection, found.address) is not None
    me = session.user_id if session else ""
    return found, has_login, role_in(connection, found.account_id, me) is not None


def join_page() -> rx.Component:
    """Lay out who invites to what, and the one form that fits who reads it."""
    state = JoinState
    return frame(
        "Join a team",
        "A team watches one feed together.",
        rx.cond(
            ~state.checked,
            waiting(),
            rx.cond(state.account == "", _too_late(), rx.fragment(_invited(), _forms())),
        ),
    )


def _invited() -> rx.Component:
    state = JoinState
    return rx.fragment(
        rx.el.p(
            rx.el.strong(state.by, dir="auto"),
            " invites you to ",
            rx.el.strong(state.account, dir="auto"),
            ", as ",
            rx.el.strong(state.role),
            ".",
        ),
        rx.cond(
            EntranceState.problem != "",
            rx.el.p(EntranceState.problem, class_name="error boxed", role="alert"),
        ),
    )


def _forms() -> rx.Component:
    state = JoinState
    here = rx.cond((state.address != "") & (state.address != state.me), _for_another(), _at_once())
    away = rx.cond(
        state.address != "",
        rx.cond(state.has_login, _sign_in(), _open()),
        rx.cond(EntranceState.sent, _sent(), _either()),
    )
    return rx.cond(state.me != "", here, away)


def _at_once() -> rx.Component:
    state = JoinState
    return rx.fragment(
        _form(
            "/auth/join",
            rx.el.p("You are signed in as ", rx.el.strong(state.me), ".", class_name="hint"),
            button=rx.cond(
                state.belongs, f"Open {state.account}", f"Join {state.account} as {state.role}"
            ),
        ),
        _sign_out("Sign out, to join as somebody else"),
    )


def _for_another() -> rx.Component:
    state = JoinState
    return rx.fragment(
        rx.el.p(
            "The invite is for ",
            rx.el.strong(state.address),
            ", and you are signed in as ",
            rx.el.strong(state.me),
            ". Sign out, then open the link of the mail again.",
        ),
        _sign_out("Sign out"),
    )


def _sign_out(text: str) -> rx.Component:
    return plain_form(
        rx.el.button(text, type="submit", class_name="quiet"),
        action="/auth/logout",
        method="post",
    )


def _sign_in() -> rx.Component:
    return rx.fragment(
        _form(
            "/auth/join/sign-in",
            rx.cond(
                JoinState.address != "",
                given_email(JoinState.address),
                _email("join-known-email", auto_complete="username"),
            ),
            field(
                "Password",
                "password",
                id="join-password",
                errors=_errors("known"),
                type="password",
                auto_complete="current-password",
                required=True,
            ),
            button="Sign in and join",
        ),
        also(link("Forgot your password?", to="/forgot")),
    )


def _open(*first: rx.Component) -> rx.Component:
    return _form(
        "/auth/join/open",
        *(first or (given_email(JoinState.address),)),
        field(
            "Your name",
            "name",
            errors=_errors("new"),
            auto_complete="name",
            max_length=60,
            hint="What your colleagues see. You may leave it empty, and change it later.",
        ),
        field(
            "Password",
            "password",
            id="join-new-password",
            errors=_errors("new"),
            type="password",
            auto_complete="new-password",
            min_length=LENGTH_MIN,
            required=True,
            hint=HINT,
        ),
        button=f"Join {JoinState.account}",
    )


def _either() -> rx.Component:
    """For a link that anybody may join by: who is new gets one of their own by mail."""
    new = rx.cond(
        PolicyState.mail == "none",
        _open(_email("join-new-email", _errors("new"), auto_complete="username")),
        _form(
            "/auth/join/ask",
            _email(
                "join-new-email",
                _errors("new"),
                auto_complete="email",
                hint="A link of your own goes there. It leads on, and shows that the address is "
                "yours.",
            ),
            button="Send me my link",
        ),
    )
    return rx.fragment(
        rx.el.details(
            rx.el.summary("I am new here"), new, open=JoinState.way == "new", class_name="how"
        ),
        rx.el.details(
            rx.el.summary("I have a login here"),
            _sign_in(),
            open=JoinState.way == "known",
            class_name="how",
        ),
    )


def _sent() -> rx.Component:
    return rx.fragment(
        notice("Look into your mail: your link is on its way."),
        rx.el.p(
            "It works once, for seven days. If nothing arrives within some minutes, look among "
            "what was taken for spam, then try again."
        ),
    )


def _too_late() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            "This invite was used already, withdrawn, or is more than seven days old. Ask whoever "
            "sent it for another one.",
            class_name="error boxed",
            role="alert",
        ),
        link("Open the dashboard", to="/feed", class_name="button primary large"),
    )


def _form(action: str, *fields: Any, button: Any) -> rx.Component:
    return plain_form(
        hidden("token", JoinState.token),
        *fields,
        rx.el.button(button, type="submit", class_name="button primary large"),
        action=action,
        method="post",
        class_name="form",
    )


def _email(id_: str, errors: Any = None, **props: Any) -> rx.Component:
    return field(
        "Email",
        "email",
        id=id_,
        errors=errors,
        type="email",
        max_length=254,
        required=True,
        **props,
    )


def _errors(way: str) -> Any:
    """Return what is wrong with the fields of one of the two forms."""
    return rx.cond(JoinState.way == way, EntranceState.errors, rx.Var.create({}))

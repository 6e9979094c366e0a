"""How it looks: a section for each thing that can be set."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.role import Right, holders_of
from pingpilot_app.storage.retention import FOREVER
from pingpilot_app.storage.users import NAME_MAX
from pingpilot_app.ui.components.confirm import confirm
from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.components.forms import error_text, field
from pingpilot_app.ui.components.html import icon
from pingpilot_app.ui.components.rights import for_those_who_may, may
from pingpilot_app.ui.components.theme_toggle import theme_toggle
from pingpilot_app.ui.pages.settings.browsers import browsers
from pingpilot_app.ui.pages.settings.guarded_forms import delete_form, email_form, password_form
from pingpilot_app.ui.pages.settings.invites import InvitesState, invites
from pingpilot_app.ui.pages.settings.second_factor import recovery_codes_dialog, second_factor
from pingpilot_app.ui.pages.settings.state import SettingsState
from pingpilot_app.ui.pages.settings.zones import zones
from pingpilot_app.ui.shell import ShellState
from pingpilot_app.ui.template import inside

_BROWSERS_ZONE = rx.Var("Intl.DateTimeFormat().resolvedOptions().timeZone").to(str)


def settings_page() -> rx.Component:
    """Lay out the sections, or the form's place while they load."""
    return inside(
        "/settings",
        "Settings",
        "You, and this account.",
        rx.cond(SettingsState.ready & ShellState.ready, _sections(), skeleton_rows(5)),
        _shorter(),
        recovery_codes_dialog(),
    )


def _sections() -> rx.Component:
    done = rx.el.p(icon("circle-check", 16), SettingsState.done, class_name="notice", role="status")
    return rx.el.div(
        rx.cond(SettingsState.done != "", done),
        _section("Account", "What it is called, for you and your team.", _name()),
        _section("Your name", "What your colleagues see you as.", _own_name_form()),
        _section("Email", "What you sign in with.", _email(), email_form()),
        _section("Password", "A new one signs all your other browsers out.", password_form()),
        _section("Second factor", "A code from your phone, besides the password.", second_factor()),
        _section("Browsers", "Where you are signed in now.", browsers()),
        _section("Days and weeks", "How today, this week and this month are counted.", _days()),
        _section("Theme", "For this browser.", theme_toggle()),
        _section("Events", "How long they are kept.", _kept()),
        rx.cond(
            InvitesState.allowed,
            _section("Invites", "People who may open an account here: one link each.", invites()),
        ),
        for_those_who_may(
            Right.ACCOUNT, _section("Delete this account", "For good.", delete_form())
        ),
        on_mount=SettingsState.note_zone(_BROWSERS_ZONE),
        class_name="settings",
    )


def _section(title: str, lead: str, *content: Any) -> rx.Component:
    return rx.el.section(
        rx.el.div(rx.el.h2(title), rx.el.p(lead, class_name="hint"), class_name="setting-head"),
        rx.el.div(*content, class_name="setting"),
        class_name="card setting-card",
    )


def _name() -> rx.Component:
    return rx.cond(
        may(Right.SETTINGS),
        _name_form(),
        rx.fragment(
            rx.el.p(rx.el.strong(SettingsState.account_name, dir="auto")),
            rx.el.p(f"You are a {ShellState.role} of this account.", class_name="hint"),
        ),
    )


def _name_form() -> rx.Component:
    return rx.el.form(
        field(
            "Name",
            "name",
            id="account-name",
            errors=SettingsState.errors["name"],
            default_value=SettingsState.account_name,
            max_length=80,
            required=True,
            auto_complete="organization",
        ),
        rx.el.button("Save name", type="submit", class_name="button"),
        on_submit=SettingsState.rename,
        class_name="form",
    )


def _own_name_form() -> rx.Component:
    return rx.el.form(
        field(
            "Name",
            "name",
            id="own-name",
            errors=SettingsState.errors["own_name"],
            default_value=SettingsState.own_name,
            max_length=NAME_MAX,
            auto_complete="name",
            hint="Empty: your address before its @.",
        ),
        rx.el.button("Save", type="submit", class_name="button"),
        on_submit=SettingsState.call_me,
        class_name="form",
    )


def _email() -> rx.Component:
    return rx.el.p(
        rx.el.strong(SettingsState.email),
        rx.cond(
            SettingsState.proven,
            rx.el.span(icon("circle-check", 14), "Confirmed", class_name="good"),
            rx.el.span(icon("clock", 14), "Not confirmed yet", class_name="not-yet"),
        ),
        class_name="own-email",
    )


def _days() -> rx.Component:
    automatic = rx.cond(
        SettingsState.browser_zone != "",
        f"Automatic ({SettingsState.browser_zone})",
        "Automatic (as this browser has it)",
    )
    return rx.el.form(
        _select(
            *("Time zone", "time_zone", SettingsState.time_zone),
            rx.el.option(automatic, value=""),
            *[
                rx.el.optgroup(*[rx.el.option(zone, value=zone) for zone in names], label=area)
                for area, names in zones().items()
            ],
        ),
        _select(
            *("The week begins on", "week_start", SettingsState.week_start),
            rx.el.option("Automatic (as this browser has it)", value=""),
            rx.el.option("Monday", value="0"),
            rx.el.option("Sunday", value="6"),
        ),
        rx.el.p(
            "Times and figures are shown so wherever you sign in.",
            class_name="hint",
        ),
        error_text(SettingsState.errors["time"], "time"),
        rx.el.button("Save", type="submit", class_name="button"),
        on_submit=SettingsState.choose_days,
        class_name="form",
    )


def _select(label: str, name: str, value: Any, *options: Any) -> rx.Component:
    id_ = f"days-{name}"
    return rx.el.div(
        rx.el.label(label, html_for=id_),
        rx.el.select(*options, name=name, id=id_, default_value=value),
        class_name="field",
    )


def _kept() -> rx.Component:
    days, instance = SettingsState.days, SettingsState.instance_days
    shown = rx.cond(days != "", days, instance)
    ever = (shown == "") | (shown == str(FOREVER))
    return rx.cond(
        may(Right.SETTINGS),
        _retention(),
        rx.fragment(
            rx.el.p(rx.el.strong(rx.cond(ever, "For ever", f"{shown} days"))),
            rx.el.p(
                f"{holders_of(Right.SETTINGS).capitalize()} of this account change this.",
                class_name="hint",
            ),
        ),
    )


def _retention() -> rx.Component:
    default = rx.cond(
        SettingsState.instance_days != "",
        f"this PingPilot's own setting, {SettingsState.instance_days} days, holds.",
        "they are kept for ever, which is this PingPilot's own setting.",
    )
    return rx.el.form(
        field(
            "Days to keep them",
            "days",
            id="retention-days",
            errors=SettingsState.errors["retention"],
            default_value=SettingsState.days,
            input_mode="numeric",
            max_length=7,
            auto_complete="off",
            hint=rx.fragment("Empty: ", default, " What is older is deleted for good."),
        ),
        rx.el.button("Save", type="submit", class_name="button"),
        on_submit=SettingsState.keep_events,
        class_name="form",
    )


def _shorter() -> rx.Component:
    state = SettingsState
    return confirm(
        opened=state.doomed_days > 0,
        title=f"Delete {state.doomed_events} events?",
        text=f"They are older than {state.doomed_days} days. With their deliveries and attempts "
        "they go within ten minutes, and do not come back.",
        action="Delete them",
        on_yes=state.let_go,
        on_no=state.spare,
    )

"""Every page, with its route, its title and what it loads."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from pingpilot_app.ui.onboarding import OnboardingState
from pingpilot_app.ui.pages.activity import ActivityState, activity_page
from pingpilot_app.ui.pages.categories import CategoriesState, EscalationState, categories_page
from pingpilot_app.ui.pages.category import CategoryState, category_page
from pingpilot_app.ui.pages.channels import (
    ChannelsState,
    OrderState,
    OwnChannelsState,
    channels_page,
    own_channels_page,
)
from pingpilot_app.ui.pages.entrance import (
    ConfirmState,
    EntranceState,
    JoinState,
    LinkState,
    confirm_page,
    forgot_page,
    join_page,
    login_page,
    reset_page,
    second_step_page,
    setup_page,
    signup_page,
    verify_page,
)
from pingpilot_app.ui.pages.event import EventState, event_page
from pingpilot_app.ui.pages.feed import FeedState, feed_page
from pingpilot_app.ui.pages.keys import KeysState, keys_page
from pingpilot_app.ui.pages.landing import landing_page
from pingpilot_app.ui.pages.not_found import not_found_page
from pingpilot_app.ui.pages.operator import AccountsState, ActsState, OperatorState, operator_page
from pingpilot_app.ui.pages.overview import OverviewState, overview_page
from pingpilot_app.ui.pages.quota import QuotaState, quota_page
from pingpilot_app.ui.pages.sandbox import SandboxState, sandbox_page
from pingpilot_app.ui.pages.settings import (
    BrowsersState,
    InvitesState,
    SecondFactorState,
    SettingsState,
    secure_page,
    settings_page,
)
from pingpilot_app.ui.pages.team import TeamInvitesState, TeamState, WallsState, team_page
from pingpilot_app.ui.pages.wall import WallState, wall_page
from pingpilot_app.ui.shell import ShellState

# Route, component, title, and what is loaded when it opens.
_Page = tuple[str, Callable[[], rx.Component], str, list[Any]]

DESCRIPTION = "Self-hosted event notifications for Discord, Telegram and email"

_LINK = [EntranceState.read_address, LinkState.read_address]

_PUBLIC: tuple[_Page, ...] = (
    ("/", landing_page, "PingPilot", []),
    ("/login", login_page, "Sign in", [EntranceState.read_address]),
    ("/setup", setup_page, "Set up", [EntranceState.read_address]),
    ("/signup", signup_page, "Create an account", _LINK),
    ("/forgot", forgot_page, "Forgot your password?", [EntranceState.read_address]),
    ("/reset", reset_page, "Choose a new password", _LINK),
    ("/verify", verify_page, "Confirm your address", _LINK),
    ("/join", join_page, "Join a team", [EntranceState.read_address, JoinState.read_address]),
    ("/second-factor", second_step_page, "One more step", [EntranceState.read_address]),
    (
        "/confirm",
        confirm_page,
        "Receive events here?",
        [EntranceState.read_address, ConfirmState.read_address],
    ),
    ("/wall/[token]", wall_page, "Wall", [WallState.show_wall]),
    ("/404", not_found_page, "Not found", []),
)

# For who is signed in, and gets to nothing else yet.
_SET_UP: tuple[_Page, ...] = (
    ("/secure", secure_page, "Set up your second factor", [SecondFactorState.watch]),
)

_INSIDE: tuple[_Page, ...] = (
    (
        "/overview",
        overview_page,
        "Overview",
        [OverviewState.ask_viewer, OverviewState.watch, OnboardingState.watch],
    ),
    ("/feed", feed_page, "Feed", [FeedState.watch, EventState.watch, OnboardingState.watch]),
    ("/events/[event_id]", event_page, "Event", [EventState.watch]),
    ("/categories", categories_page, "Categories", [CategoriesState.watch, EscalationState.watch]),
    (
        "/categories/[name]",
        category_page,
        "Category",
        [CategoryState.ask_viewer, CategoryState.watch],
    ),
    ("/keys", keys_page, "Keys", [KeysState.watch]),
    ("/channels", channels_page, "Channels", [ChannelsState.watch, OrderState.watch]),
    ("/channels/own", own_channels_page, "Your own channels", [OwnChannelsState.watch]),
    ("/quota", quota_page, "Quota", [QuotaState.watch]),
    ("/team", team_page, "Team", [TeamState.watch, TeamInvitesState.watch, WallsState.watch]),
    ("/activity", activity_page, "Activity", [ActivityState.ask_viewer, ActivityState.watch]),
    (
        "/settings",
        settings_page,
        "Settings",
        [
            SettingsState.watch,
            SecondFactorState.watch,
            BrowsersState.watch,
            InvitesState.watch,
        ],
    ),
    (
        "/operator",
        operator_page,
        "Operator",
        [OperatorState.watch, AccountsState.watch, ActsState.watch],
    ),
    ("/sandbox", sandbox_page, "Sandbox", [SandboxState.watch]),
)


def add_pages(app: rx.App) -> None:
    """Add all pages to the app."""
    for route, page, title, on_load in (*_PUBLIC, *_SET_UP):
        _add(app, route, page, title, on_load)
    for route, page, title, on_load in _INSIDE:
        _add(app, route, page, title, [*on_load, ShellState.watch])


def _add(
    app: rx.App, route: str, page: Callable[[], rx.Component], title: str, on_load: list[Any]
) -> None:
    whole = title if title == "PingPilot" else f"{title} · PingPilot"
    app.add_page(
        page,
        route=route,
        title=whole,
        description=DESCRIPTION,
        image="/favicon.svg",
        on_load=on_load,
    )

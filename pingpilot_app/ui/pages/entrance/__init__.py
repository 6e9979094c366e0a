"""The pages before one is signed in."""

from pingpilot_app.ui.pages.entrance.confirm import ConfirmState, confirm_page
from pingpilot_app.ui.pages.entrance.doors import login_page, setup_page
from pingpilot_app.ui.pages.entrance.join import JoinState, join_page
from pingpilot_app.ui.pages.entrance.reset import forgot_page, reset_page
from pingpilot_app.ui.pages.entrance.second_step import second_step_page
from pingpilot_app.ui.pages.entrance.signup import signup_page
from pingpilot_app.ui.pages.entrance.state import EntranceState, LinkState
from pingpilot_app.ui.pages.entrance.verify import verify_page

__all__ = [
    "ConfirmState",
    "EntranceState",
    "JoinState",
    "LinkState",
    "confirm_page",
    "forgot_page",
    "join_page",
    "login_page",
    "reset_page",
    "second_step_page",
    "setup_page",
    "signup_page",
    "verify_page",
]

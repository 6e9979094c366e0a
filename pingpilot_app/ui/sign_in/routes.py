"""The routes under `/auth/`."""

import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.routing import Route

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.ui.sign_in.checks import Checks
from pingpilot_app.ui.sign_in.consent import Consent
from pingpilot_app.ui.sign_in.entrance import Entrance
from pingpilot_app.ui.sign_in.form import Answer, form_route
from pingpilot_app.ui.sign_in.hashing import Hashing
from pingpilot_app.ui.sign_in.own_account import OwnAccount
from pingpilot_app.ui.sign_in.owner import Owners
from pingpilot_app.ui.sign_in.password import Passwords
from pingpilot_app.ui.sign_in.second_factor import SecondFactors
from pingpilot_app.ui.sign_in.second_step import SecondSteps
from pingpilot_app.ui.sign_in.sign_up import SignUp
from pingpilot_app.ui.sign_in.team import Teams
from pingpilot_app.ui.throttle import Guesses, Throttle

PREFIX = "/auth/"


def is_sign_in_path(path: str) -> bool:
    """Tell whether these routes answer `path`, rather than the dashboard."""
    return path.startswith(PREFIX)


def sign_in_app(
    instance: Instance,
    hashing: Hashing | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Starlette:
    """Return the routes under `/auth/`. `hashing` does their hash work.

    Waits are measured by `clock`, in seconds; it never steps back.
    """
    hashing = hashing or Hashing()
    checks = Checks(instance, hashing, Guesses(clock))
    owners = Owners(instance, checks)
    entrance, sign_up = Entrance(instance, checks), SignUp(instance, checks)
    passwords, own = Passwords(instance, owners, hashing), OwnAccount(instance, owners)
    codes, teams = Throttle(clock), Teams(instance, checks)
    factors, steps = SecondFactors(instance, owners, codes), SecondSteps(instance, codes)
    forms: dict[str, Answer] = {
        "setup": entrance.set_up,
        "login": entrance.sign_in,
        "logout": entrance.sign_out,
        "signup": sign_up.sign_up,
        "verify": sign_up.verify,
        "forgot": passwords.forgot,
        "reset": passwords.reset,
        "password": passwords.change,
        "email": own.change_email,
        "delete": own.delete,
        "second-factor": steps.answer,
        "second-factor/begin": factors.begin,
        "second-factor/on": factors.switch_on,
        "second-factor/off": factors.switch_off,
        "second-factor/move": factors.move,
        "second-factor/codes": factors.renew_codes,
        "switch": teams.switch,
        "join": teams.join,
        "join/sign-in": teams.sign_in,
        "join/open": teams.open,
        "join/ask": teams.ask,
        "channel": Consent(instance).confirm,
    }
    posts = [
        Route(f"{PREFIX}{name}", form_route(instance, answer), methods=["POST"])
        for name, answer in forms.items()
    ]
    return Starlette(routes=[*posts, Route(f"{PREFIX}export", own.export, methods=["GET"])])

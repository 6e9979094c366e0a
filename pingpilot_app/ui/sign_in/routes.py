"""The routes under `/auth/`."""

from starlette.applications import Starlette
from starlette.routing import Route

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.ui.sign_in.consent import Consent
from pingpilot_app.ui.sign_in.entrance import Entrance
from pingpilot_app.ui.sign_in.form import Answer, form_route
from pingpilot_app.ui.sign_in.own_account import OwnAccount
from pingpilot_app.ui.sign_in.owner import Owners
from pingpilot_app.ui.sign_in.password import Passwords
from pingpilot_app.ui.sign_in.sign_up import SignUp
from pingpilot_app.ui.throttle import Throttle

PREFIX = "/auth/"


def is_sign_in_path(path: str) -> bool:
    """Tell whether these routes answer `path`, rather than the dashboard."""
    return path.startswith(PREFIX)


def sign_in_app(instance: Instance) -> Starlette:
    """Return the routes under `/auth/`."""
    throttle = Throttle()
    owners = Owners(instance, throttle)
    entrance, sign_up = Entrance(instance, throttle), SignUp(instance, throttle)
    passwords, own = Passwords(instance, owners), OwnAccount(instance, owners)
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
        "channel": Consent(instance).confirm,
    }
    posts = [
        Route(f"{PREFIX}{name}", form_route(instance, answer), methods=["POST"])
        for name, answer in forms.items()
    ]
    return Starlette(routes=[*posts, Route(f"{PREFIX}export", own.export, methods=["GET"])])

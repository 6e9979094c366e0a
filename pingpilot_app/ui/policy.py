"""What strangers may know of this instance: who may open an account, and where mails go."""

import reflex as rx

from pingpilot_app import settings
from pingpilot_app.delivery.instance import current
from pingpilot_app.settings import Settings, Signup, providers


def _settings() -> Settings:
    """Return the settings; while the pages are built, nothing runs yet."""
    try:
        return current().settings
    except RuntimeError:
        return settings.load()


class PolicyState(rx.State):
    """Vars that come with the page and change where the settings have changed since."""

    @rx.var
    def sign_up(self) -> str:
        """Return `first`, `invite` or `open`."""
        return _settings().signup.value

    @rx.var
    def anybody_may_join(self) -> bool:
        """Tell whether anybody may open an account."""
        return _settings().signup is Signup.OPEN

    @rx.var
    def mail(self) -> str:
        """Return `sent`, `none`, or `sandbox` where mails stay on this machine."""
        smtp = providers(_settings()).smtp
        if smtp is None:
            return "none"
        return "sandbox" if smtp.sandboxed else "sent"

"""Who is signed in and shows the password once more, before something that matters."""

from starlette.datastructures import FormData
from starlette.requests import Request

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.storage.users import UserView, get_user
from pingpilot_app.ui.session import session_of
from pingpilot_app.ui.sign_in.checks import Checks
from pingpilot_app.ui.sign_in.form import text_of


class Owners:
    """Checks the field `current` of forms."""

    def __init__(self, instance: Instance, checks: Checks) -> None:
        self._instance = instance
        self._checks = checks

    async def with_password(
        self, request: Request, form: FormData, *, even_owing: bool = False
    ) -> UserView | str:
        """Return the user, or the code of why not. Raises Unavailable.

        `even_owing`: also who owes the second factor that is demanded.
        """
        session = await session_of(request.headers.get("cookie"), even_owing=even_owing)
        user = await self._instance.database.read(get_user, session.user_id) if session else None
        if user is None:
            return "session"
        refusal = await self._checks.refusal(
            request, user, text_of(form, "current"), account=f"settings of {user.id}"
        )
        return "current" if refusal == "wrong" else refusal or user

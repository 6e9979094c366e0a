"""Who is signed in and shows the password once more, before something that matters."""

from starlette.datastructures import FormData
from starlette.requests import Request

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.storage.users import UserView, get_user
from pingpilot_app.ui.session import session_of
from pingpilot_app.ui.sign_in.form import is_password, text_of
from pingpilot_app.ui.throttle import Throttle


class Owners:
    """Checks the field `current` of forms. `throttle` counts wrong passwords."""

    def __init__(self, instance: Instance, throttle: Throttle) -> None:
        self._instance = instance
        self._throttle = throttle

    async def with_password(self, request: Request, form: FormData) -> UserView | str:
        """Return the user, or the code of why not."""
        session = await session_of(request.headers.get("cookie"))
        user = await self._instance.database.read(get_user, session.user_id) if session else None
        if user is None:
            return "session"
        key = ("settings", user.id)
        if self._throttle.wait(key) > 0:
            return "wait"
        if not await is_password(user.password_hash, text_of(form, "current")):
            self._throttle.failed(key)
            return "current"
        self._throttle.succeeded(key)
        return user

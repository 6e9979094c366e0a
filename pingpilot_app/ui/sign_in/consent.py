"""The reader of a mailbox lets events come there, by the link that was mailed."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pingpilot_app.delivery.codes import confirm_mail_link
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.ui.sign_in.form import back, client_of, text_of


class Consent:
    """The form of one instance. Nobody has to be signed in: the link is the proof."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    async def confirm(self, request: Request, form: FormData) -> Response:
        """Note the address as verified and say so; a link that is void says why on its page."""
        token = text_of(form, "token")
        try:
            await confirm_mail_link(self._instance, token, client_of(request))
        except PingPilotError:
            return back("/confirm", token=token[:200])
        return back("/confirm", done="confirmed")

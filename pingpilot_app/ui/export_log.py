"""Writes down that somebody took data away."""

from dataclasses import replace

from starlette.requests import Request

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.sign_in.form import client_of


async def note_export(
    instance: Instance, session: SessionView, category: str, request: Request
) -> None:
    """Write down an export of a category's events: what was looked for, and of when."""
    asked = request.query_params
    kind = str(request.path_params["kind"])
    detail = {name: asked[name][:200] for name in ("since", "until", "q") if asked.get(name)}
    seen = replace(session, client=client_of(request))
    what = seen.act(Action.EVENTS_EXPORTED, category, file=kind, **detail)
    await instance.writer.run(None, add_entry, what, now())  # nobody's pages change

"""The categories to begin with, added from two pages."""

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.audit import Action
from pingpilot_app.storage import looks
from pingpilot_app.storage.categories import add_quick_start
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.entered import now


async def quick_start(session: SessionView) -> None:
    """Add bug, sale and question where they are missing. Raises LimitReached."""
    account_id = session.account_id
    what = session.act(Action.CATEGORY_CREATED, "the quick start")
    look = looks.at_categories(account_id)
    await current().writer.change(what, look, add_quick_start, account_id, now())

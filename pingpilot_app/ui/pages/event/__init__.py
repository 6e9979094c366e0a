"""One event: its fields, every try to deliver it, and how it looks where it arrives."""

from pingpilot_app.ui.pages.event.page import event_page
from pingpilot_app.ui.pages.event.state import EventState

__all__ = ["EventState", "event_page"]

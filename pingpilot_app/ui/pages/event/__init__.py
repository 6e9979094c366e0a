"""One event: its fields, what is said of it, its deliveries, and how it looks where it arrives."""

from pingpilot_app.ui.pages.event.page import event_page
from pingpilot_app.ui.pages.event.responding import ConversationState
from pingpilot_app.ui.pages.event.state import EventState

__all__ = ["ConversationState", "EventState", "event_page"]

"""All events, live."""

from pingpilot_app.ui.pages.feed.page import feed_page
from pingpilot_app.ui.pages.feed.state import FeedState

__all__ = ["FeedState", "feed_page"]

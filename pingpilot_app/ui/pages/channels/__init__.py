"""Where events go: the three channels, each set up, proved and tried."""

from pingpilot_app.ui.pages.channels.order import OrderState
from pingpilot_app.ui.pages.channels.own_page import own_channels_page
from pingpilot_app.ui.pages.channels.own_state import OwnChannelsState
from pingpilot_app.ui.pages.channels.page import channels_page
from pingpilot_app.ui.pages.channels.state import ChannelsState

__all__ = ["ChannelsState", "OrderState", "OwnChannelsState", "channels_page", "own_channels_page"]

"""The health of this PingPilot."""

from pingpilot_app.ui.pages.operator.page import operator_page
from pingpilot_app.ui.pages.operator.state import OperatorState

__all__ = ["OperatorState", "operator_page"]

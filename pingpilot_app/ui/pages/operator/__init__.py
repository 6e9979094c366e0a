"""The health of this PingPilot, its accounts, and where its channels go. For operators."""

from pingpilot_app.ui.pages.operator.accounts import AccountsState
from pingpilot_app.ui.pages.operator.acts import ActsState
from pingpilot_app.ui.pages.operator.page import operator_page
from pingpilot_app.ui.pages.operator.state import OperatorState

__all__ = ["AccountsState", "ActsState", "OperatorState", "operator_page"]

"""The plan and what of it is used."""

from pingpilot_app.ui.pages.quota.page import quota_page
from pingpilot_app.ui.pages.quota.state import QuotaState

__all__ = ["QuotaState", "quota_page"]

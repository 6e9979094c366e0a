"""From a fresh account to its first event: four steps that tick themselves.

A page that shows them runs `OnboardingState.watch` when it opens.
"""

from pingpilot_app.ui.onboarding.checklist import checklist
from pingpilot_app.ui.onboarding.start import start
from pingpilot_app.ui.onboarding.state import OnboardingState
from pingpilot_app.ui.onboarding.steps import Step, blocked, steps_of

__all__ = ["OnboardingState", "Step", "blocked", "checklist", "start", "steps_of"]

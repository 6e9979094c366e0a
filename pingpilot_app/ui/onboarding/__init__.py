"""From a fresh account to its first event: four steps that tick themselves."""

from pingpilot_app.ui.onboarding.start import start
from pingpilot_app.ui.onboarding.state import OnboardingState, Step, blocked, steps_of

__all__ = ["OnboardingState", "Step", "blocked", "start", "steps_of"]

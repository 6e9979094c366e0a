"""`doctor`: what works, what does not, and what to do next. It changes nothing."""

from pingpilot_app.commands.doctor.command import doctor

__all__ = ["doctor"]

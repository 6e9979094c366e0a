"""A local stand-in for Discord, Telegram and a mail server, for trying PingPilot and testing it."""

from pingpilot_app.sandbox.sandbox import Sandbox

__all__ = ["Sandbox"]

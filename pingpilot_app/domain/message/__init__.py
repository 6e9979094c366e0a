"""What is sent: one message, and how each channel lays it out.

Senders, previews and the sandbox all use these functions, so they cannot disagree.
"""

from pingpilot_app.domain.message.message import Message

__all__ = ["Message"]

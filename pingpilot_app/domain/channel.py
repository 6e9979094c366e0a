"""The three ways a message can go out."""

from enum import StrEnum


class Channel(StrEnum):
    """A way to reach people. The value is the channel's name everywhere."""

    DISCORD = "discord"
    TELEGRAM = "telegram"
    EMAIL = "email"

    @property
    def label(self) -> str:
        """The name as people write it."""
        return self.value.capitalize()

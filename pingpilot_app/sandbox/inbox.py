"""What the sandbox received."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from functools import cached_property
from typing import Any

from pingpilot_app.domain.channel import Channel

KEPT = 500  # messages of each channel


@dataclass(frozen=True)
class Received:
    """One message that the sandbox took.

    `at` is UTC; `to` the Discord user, the Telegram chat or the email address; `raw` the JSON
    as it came, or the mail's bytes; `reference` the id that the sender was told; `edited_at`
    when it was changed last.
    """

    channel: Channel
    at: datetime
    to: str
    raw: dict[str, Any] | bytes
    reference: str
    edited_at: datetime | None = None

    @cached_property
    def payload(self) -> dict[str, Any]:
        """Return the JSON, or of a mail `subject`, `headers`, `text` and `html`."""
        # Mails are parsed when looked at: at hundreds a second nobody does.
        return _mail(self.raw) if isinstance(self.raw, bytes) else self.raw


class Inbox:
    """The last 500 messages of each channel, and how many there ever were."""

    def __init__(self, on_change: Callable[[], None] | None = None) -> None:
        self._on_change = on_change
        self._received = {channel: deque[Received](maxlen=KEPT) for channel in Channel}
        self._counts = dict.fromkeys(Channel, 0)

    def add(self, channel: Channel, to: str, raw: dict[str, Any] | bytes, reference: str) -> None:
        """Keep a message."""
        self._received[channel].append(Received(channel, datetime.now(UTC), to, raw, reference))
        self._counts[channel] += 1
        self._changed()

    def received(self, channel: Channel | None = None) -> list[Received]:
        """Return what is kept, oldest first, of one channel or of all."""
        if channel:
            return list(self._received[channel])
        everything = (one for kept in self._received.values() for one in kept)
        return sorted(everything, key=lambda one: one.at)

    def find(self, channel: Channel, reference: str) -> Received:
        """Return the message with this id. Raises KeyError."""
        for one in self._received[channel]:
            if one.reference == reference:
                return one
        raise KeyError(reference)

    def edit(self, channel: Channel, reference: str, changes: dict[str, Any]) -> None:
        """Change parts of a JSON message in its place. Raises KeyError."""
        before = self.find(channel, reference)
        changed = replace(before, raw=before.payload | changes, edited_at=datetime.now(UTC))
        kept = self._received[channel]
        kept[kept.index(before)] = changed
        self._changed()

    def counts(self) -> dict[str, int]:
        """Return how many messages of each channel ever came, since the last `clear`."""
        return {channel.value: count for channel, count in self._counts.items()}

    def clear(self) -> None:
        """Forget everything, the counts too."""
        for kept in self._received.values():
            kept.clear()
        self._counts = dict.fromkeys(Channel, 0)
        self._changed()

    def _changed(self) -> None:
        if self._on_change:
            self._on_change()


def _mail(raw: bytes) -> dict[str, Any]:
    mail = message_from_bytes(raw, policy=policy.default)
    return {
        "subject": str(mail["Subject"]),
        "headers": [[name, str(value)] for name, value in mail.items()],
        "text": _part(mail.get_body(("plain",))),
        "html": _part(mail.get_body(("html",))),
    }


def _part(part: Any) -> str | None:
    return str(part.get_content()) if part is not None else None

"""A message as Telegram text (no markup, so nothing has to be escaped).

Limit: 4,096 UTF-16 units, https://core.telegram.org/bots/api#sendmessage
"""

from typing import Any

from pingpilot_app.domain.message.message import BUTTON, Message, cut, more_fields, value_text

TEXT_MAX = 4_096

_CUT_DESCRIPTION = 1_000  # characters, where the whole does not fit; at most 2,000 units
_CUT_LINE = 400  # the same for one field
_TAIL_ROOM = 32  # units for "… +100 more fields"


def render(message: Message) -> str:
    """Return the text for `message`, cut to what Telegram takes."""
    standing = f"\n\n{message.standing.line}" if message.standing else ""
    room = TEXT_MAX - utf16_length(standing)
    whole = _text(message, message.description, _lines(message))
    if utf16_length(whole) > room:
        whole = _fitted(message, room)
    return whole + standing


def keyboard(message: Message) -> dict[str, Any]:
    """Return the inline keyboard: the button that claims the event, or none.

    https://core.telegram.org/bots/api#inlinekeyboardmarkup
    """
    if not message.button:
        return {"inline_keyboard": []}
    return {"inline_keyboard": [[{"text": BUTTON, "callback_data": message.button}]]}


def utf16_length(text: str) -> int:
    """Return the length that Telegram counts: UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def _fitted(message: Message, room: int) -> str:
    # Without fields the description has the whole message to itself.
    alone = 1_900 - (TEXT_MAX - room + 1) // 2
    description = cut(message.description, _CUT_DESCRIPTION if message.fields else alone)
    lines = [cut(line, _CUT_LINE) for line in _lines(message)]
    room -= _TAIL_ROOM + utf16_length(_text(message, description, [""]))
    shown: list[str] = []
    for line in lines:
        room -= utf16_length(line) + 1
        if room < 0:
            shown.append(more_fields(len(lines) - len(shown)))
            break
        shown.append(line)
    return _text(message, description, shown)


def _lines(message: Message) -> list[str]:
    return [f"🔹 {name}: {value_text(value)}" for name, value in message.fields.items()]


def _text(message: Message, description: str, lines: list[str]) -> str:
    head = (
        "🎉 Event Notification 🎉\n\n"
        f"📌 Category: {message.title}\n"
        f"📝 Description: {description}\n"
        f"🎨 Color Code: {message.color}\n"
        f"🕒 Timestamp: {message.timestamp}"
    )
    return "\n".join([head, "", "📌 Details:", *lines]) if lines else head

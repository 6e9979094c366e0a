"""What Telegram's Bot API refuses of a text and its buttons.

They stand here a second time on purpose: the sandbox has to find the renderer's mistakes.
"""

from typing import Any

TEXT_MAX = 4_096  # UTF-16 units
DATA_MAX = 64  # bytes, https://core.telegram.org/bots/api#inlinekeyboardbutton
ANSWER_MAX = 200  # characters, https://core.telegram.org/bots/api#answercallbackquery
UNCHANGED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)


def wrong_with(parameters: dict[str, Any]) -> str:
    """Return what is wrong with text and keyboard of a message, empty for nothing."""
    text = parameters.get("text")
    if not isinstance(text, str) or not text.strip():
        return "Bad Request: message text is empty"
    try:
        units = len(text.strip().encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        return "Bad Request: strings must be encoded in UTF-8"
    if units > TEXT_MAX:
        return "Bad Request: message is too long"
    if not all(map(_is_button, _buttons(parameters))):
        return "Bad Request: BUTTON_DATA_INVALID"
    return ""


def button_in(parameters: dict[str, Any]) -> str:
    """Return what the first button of a message sends, empty where there is none."""
    return next((str(one.get("callback_data", "")) for one in _buttons(parameters)), "")


def _buttons(parameters: dict[str, Any]) -> list[dict[str, Any]]:
    rows = (parameters.get("reply_markup") or {}).get("inline_keyboard") or []
    return [button for row in rows for button in row]


def _is_button(button: dict[str, Any]) -> bool:
    data = button.get("callback_data")
    return (
        bool(button.get("text")) and isinstance(data, str) and 1 <= len(data.encode()) <= DATA_MAX
    )

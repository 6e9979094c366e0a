"""A message as a Discord embed.

Limits: https://discord.com/developers/docs/resources/message#embed-object-embed-limits
(counted after trimming; one embed may hold 6,000 characters in all).
"""

import re
from typing import Any

from pingpilot_app.domain.event import FieldValue
from pingpilot_app.domain.message.message import BUTTON, Message, cut, more_fields, value_text

TITLE_MAX = 256
DESCRIPTION_MAX = 4_096
FIELDS_MAX = 25
NAME_MAX = 256
VALUE_MAX = 1_024
TOTAL_MAX = 6_000
CONTENT_MAX = 2_000

_FOOTER_ROOM = 32  # for "… +100 more fields"
_BLANK = "\u200b"  # Discord refuses an empty name or value; this is the smallest that shows nothing

# What Discord would format or turn into a mention. An underscore inside a word is left alone:
# Discord does not format it, and `error_code` stays readable where it is copied from.
# Only ASCII counts as inside a word, as in Discord's own rule: `日_本_語` would be slanted.
_FORMATTING = re.compile(
    r"[\\*~`|]"
    r"|(?<![^\W_])_|_(?![^\W_])"
    r"|<(?=[@#/:!]|a:|t:|id:)"
    r"|@(?=everyone|here)"
    r"|\[(?=[^\]]*\]\()"
    r"|^[^\S\n]*(?=>|#{1,3}\s|-#?\s)"
    r"|(?<=[0-9])\.(?=\s)",  # a numbered list; a backslash does not escape a digit
    re.MULTILINE | re.ASCII,
)


def render(message: Message) -> dict[str, Any]:
    """Return the embed for `message`, cut to what Discord takes."""
    title = cut(message.title, TITLE_MAX)
    description = _text(message.description, DESCRIPTION_MAX)
    fields, left_out = _fields(message, TOTAL_MAX - _FOOTER_ROOM - len(title) - len(description))
    embed: dict[str, Any] = {
        "title": title,
        "description": description,
        "color": message.color,
        "timestamp": message.timestamp,
        "fields": fields,
    }
    if left_out:
        embed["footer"] = {"text": more_fields(left_out)}
    return embed


def render_plain(message: Message) -> str:
    """Return the message as plain text, for when Discord refuses the embed."""
    lines = [message.title, message.description]
    lines += [f"{name}: {value_text(value)}" for name, value in message.fields.items()]
    if message.standing:
        lines.insert(0, message.standing.line)
    return _text("\n".join(lines), CONTENT_MAX)


def render_edit(
    message: Message, *, has_buttons: bool = True, plain: bool = False
) -> dict[str, Any]:
    """Return all of a message that is edited: who has the event stands above the embed.

    `plain`: for where Discord refuses the embed.
    """
    standing = _text(message.standing.line, CONTENT_MAX) if message.standing else ""
    return {
        "content": render_plain(message) if plain else standing,
        "embeds": [] if plain else [render(message)],
        "components": buttons(message) if has_buttons else [],
        "allowed_mentions": {"parse": []},
    }


def buttons(message: Message) -> list[dict[str, Any]]:
    """Return the message's components: a row with the button that claims the event, or none.

    Types and styles: https://docs.discord.com/developers/components/reference
    """
    if not message.button:
        return []
    button = {"type": 2, "style": 1, "label": BUTTON, "custom_id": message.button}
    return [{"type": 1, "components": [button]}]


def neutral(text: str) -> str:
    """Return `text` so that Discord shows it as it is, without formatting or mentions."""
    return _FORMATTING.sub(lambda found: _escaped(found.group()), text)


def _escaped(found: str) -> str:
    # A zero-width space keeps a mention apart even where backslashes are not read.
    if found == "@":
        return f"@{_BLANK}"
    return f"\\{found}" if found.strip() else f"{found}\\"  # after indentation


def _text(text: str, limit: int) -> str:
    shown = neutral(text.strip())
    if len(shown) > limit:
        # An odd run of backslashes at the cut would escape the ellipsis.
        shown = re.sub(r"(?<!\\)((?:\\\\)*)\\$", r"\1", shown[: limit - 1]) + "…"
    return shown or _BLANK


def _fields(message: Message, room: int) -> tuple[list[dict[str, Any]], int]:
    fields: list[dict[str, Any]] = []
    for name, value in message.fields.items():
        field = _field(name, value)
        room -= len(field["name"]) + len(field["value"])
        if room < 0 or len(fields) == FIELDS_MAX:
            break
        fields.append(field)
    return fields, len(message.fields) - len(fields)


def _field(name: str, value: FieldValue) -> dict[str, Any]:
    return {
        "name": _text(name, NAME_MAX),
        "value": _text(value_text(value), VALUE_MAX),
        "inline": True,
    }

"""Categories: names, colours, emoji."""

import re
from dataclasses import dataclass

from pingpilot_app.domain.errors import Invalid, Problem

DEFAULT_EMOJI = "🔔"
NAME_PATTERN = r"^[A-Za-z0-9-]+$"
NAME_MAX = 64
COLOR_PATTERN = r"^#[0-9A-Fa-f]{6}$"
EMOJI_MAX = 32  # code points; the longest sequence recommended by Unicode has ten

_NAME = re.compile(rf"[A-Za-z0-9-]{{1,{NAME_MAX}}}", re.ASCII)
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class QuickStart:
    """A category that the quick start creates."""

    name: str
    emoji: str
    color: str


QUICK_START = (
    QuickStart("bug", "🐛", "#ff6b6b"),
    QuickStart("sale", "💰", "#ffeb3b"),
    QuickStart("question", "🤔", "#6c5ce7"),
)


def parse_name(name: object) -> str:
    """Return the name in lower case. Raises Invalid."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _invalid("name", "name must be 1 to 64 letters, digits or hyphens (A-Z a-z 0-9 -)")
    return name.lower()


def parse_color(color: object) -> int:
    """Return `#RRGGBB` as an integer from 0 to 16777215. Raises Invalid."""
    if not isinstance(color, str) or not _COLOR.fullmatch(color):
        raise _invalid("color", "color must look like #ff6b6b: a hash and six hexadecimal digits")
    return int(color[1:], 16)


def parse_emoji(emoji: object) -> str | None:
    """Return one emoji, or None where none was given. Raises Invalid."""
    if emoji is None or emoji == "":
        return None
    if not isinstance(emoji, str) or len(emoji) > EMOJI_MAX or not _EMOJI.fullmatch(emoji):
        raise _invalid("emoji", "emoji must be a single emoji such as 🐛, or nothing")
    return emoji


def color_hex(color: int) -> str:
    """Return the colour as `#rrggbb`."""
    return f"#{color:06x}"


def _invalid(path: str, message: str) -> Invalid:
    return Invalid(message, (Problem(path, message),))


# One emoji in the sense of UTS #51, section 1.4.9 ("possible emoji"), with the blocks that
# hold Emoji characters written out because `re` knows no Unicode properties.
_BASE = "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf"
_BASE += "\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5"
_BASE += "\U0001f200-\U0001faff]"
_MODIFIER = "(?:[\U0001f3fb-\U0001f3ff]|\ufe0f)?"
_TAGS = "(?:[\U000e0020-\U000e007e]+\U000e007f)?"
_ONE = f"{_BASE}{_MODIFIER}{_TAGS}"
_EMOJI = re.compile(
    f"(?:{_ONE}(?:\u200d{_ONE})*"  # people, families, flags of regions
    "|[\U0001f1e6-\U0001f1ff]{2}"  # flags of countries
    "|[0-9#*]\ufe0f?\u20e3)"  # keycaps
)

"""What a message's button sends back: which event is claimed.

Telegram takes 64 bytes (https://core.telegram.org/bots/api#inlinekeyboardbutton), Discord 100
characters (https://docs.discord.com/developers/components/reference#button).
"""

import re

NAME_MAX = 80  # characters of what a provider calls somebody

_ID = r"[0-9a-hjkmnp-tv-z]{26}"  # domain/ids.py
_PRESSED = re.compile(rf"claim:(evt_{_ID})\.({_ID})", re.ASCII)


def button_of(account_id: str, event_id: str) -> str:
    """Return what the button of an event sends: 63 characters."""
    return f"claim:{event_id}.{account_id.removeprefix('acc_')}"


def pressed(sent: object) -> tuple[str, str] | None:
    """Return the account and the event that a button stands for, None where it is none of ours."""
    found = _PRESSED.fullmatch(sent) if isinstance(sent, str) else None
    return (f"acc_{found[2]}", found[1]) if found else None


def handle_of(username: object, name: object) -> str:
    """Return what a person of a provider is called here: `@username`, or the name they chose."""
    handle = _clean(username)
    return f"@{handle}" if handle else _clean(name) or "somebody"


def _clean(name: object) -> str:
    text = name if isinstance(name, str) else ""
    return "".join(one if one.isprintable() else " " for one in text).strip()[:NAME_MAX]

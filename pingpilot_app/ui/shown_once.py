"""What a form made and the next page shows, once: an app's secret, recovery codes.

It waits in memory for the page that the form leads to: an address may hold no secret, and a
database would keep it.
"""

import time
from dataclasses import dataclass

from pingpilot_app.domain.secret import new_token

KEPT = 60.0  # seconds
_KEPT_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A secret with its link for apps, or recovery codes."""

    secret: str = ""
    link: str = ""
    codes: tuple[str, ...] = ()


_kept: dict[str, tuple[float, str, Shown]] = {}


def leave(user_id: str, shown: Shown) -> str:
    """Keep it for a page of the user and return the name that the page's address carries."""
    _sweep()
    name = new_token()
    _kept[name] = (time.monotonic() + KEPT, user_id, shown)
    return name


def take(name: object, user_id: str) -> Shown | None:
    """Return what was left for the user by this name: who comes second gets None."""
    _sweep()
    if not isinstance(name, str) or name not in _kept or _kept[name][1] != user_id:
        return None
    return _kept.pop(name)[2]


def _sweep() -> None:
    now = time.monotonic()
    gone = [name for name, (until, _, _) in _kept.items() if until < now]
    for name in [*gone, *list(_kept)[: max(0, len(_kept) - _KEPT_MAX)]]:
        _kept.pop(name, None)

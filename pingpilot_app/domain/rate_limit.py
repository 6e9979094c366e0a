"""What limits leave to a caller, as the RateLimit headers tell it.

https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple


class RateLimit(NamedTuple):
    """`left` of `quota` requests by the limit called `policy`; `seconds` until there are more.

    `window` is in how many seconds the quota comes back; None for the month.
    """

    policy: str
    quota: int
    window: int | None
    left: int
    seconds: int


def rate_limit_headers(limits: Sequence[RateLimit]) -> dict[str, str]:
    """Return both headers, none where nothing is limited."""
    if not limits:
        return {}
    return {
        "RateLimit-Policy": _policies(tuple([one[:3] for one in limits])),
        "RateLimit": ", ".join([f'"{name}";r={r};t={t}' for name, _, _, r, t in limits]),
    }


@lru_cache(maxsize=100)  # the plans' are ever the same; this is on the way of every event
def _policies(policies: tuple[tuple[str, int, int | None], ...]) -> str:
    return ", ".join(
        f'"{name}";q={quota}' + ("" if window is None else f";w={window}")
        for name, quota, window in policies
    )

"""What limits leave to a caller, as the RateLimit headers tell it.

https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """`left` of `quota` requests by the limit called `policy`; `seconds` until there are more.

    `window` is in how many seconds the quota comes back; None for the month.
    """

    policy: str
    quota: int
    window: int | None
    left: int
    seconds: int


def rate_limit_headers(allowances: Sequence[Allowance]) -> dict[str, str]:
    """Return both headers, none where nothing is limited."""
    if not allowances:
        return {}
    return {
        "RateLimit-Policy": ", ".join([_policy(one) for one in allowances]),
        "RateLimit": ", ".join([f'"{a.policy}";r={a.left};t={a.seconds}' for a in allowances]),
    }


def _policy(one: Allowance) -> str:
    window = "" if one.window is None else f";w={one.window}"
    return f'"{one.policy}";q={one.quota}{window}'

"""Plans and what each allows."""

from dataclasses import dataclass
from enum import StrEnum


class Plan(StrEnum):
    """The plan of an account."""

    FREE = "FREE"
    PRO = "PRO"
    ENTERPRISE = "ENTERPRISE"
    UNLIMITED = "UNLIMITED"  # for people who host PingPilot themselves


@dataclass(frozen=True, slots=True)
class Limits:
    """What a plan allows; None is no limit.

    `burst` requests at once for one key, refilled at `rate` requests a second.
    """

    events: int | None
    categories: int | None
    burst: int | None
    rate: float


LIMITS = {
    Plan.FREE: Limits(events=100, categories=3, burst=300, rate=10),
    Plan.PRO: Limits(events=1_000, categories=10, burst=1_000, rate=50),
    Plan.ENTERPRISE: Limits(events=10_000, categories=100, burst=5_000, rate=200),
    Plan.UNLIMITED: Limits(events=None, categories=None, burst=None, rate=0),
}

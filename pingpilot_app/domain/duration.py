"""Spans of time as people write them: `90s`, `30m`, `2h`, `7d`."""

import re

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)([smhd])")


def parse_duration(text: str) -> float:
    """Return the seconds. Raises ValueError with a sentence."""
    found = _DURATION.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"{text!r} is no span of time; write one such as 30s, 10m, 2h or 1d")
    return float(found[1]) * _UNITS[found[2]]

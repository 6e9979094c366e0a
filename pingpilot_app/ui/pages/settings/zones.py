"""The time zones that people choose from."""

from functools import cache
from itertools import groupby
from zoneinfo import available_timezones

_AREAS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia"),
    *("Europe", "Indian", "Pacific"),
)


@cache
def zones() -> dict[str, list[str]]:
    """Return the IANA names by their area, `UTC` last."""
    named = sorted(name for name in available_timezones() if name.partition("/")[0] in _AREAS)
    areas = {area: list(names) for area, names in groupby(named, lambda one: one.split("/")[0])}
    return areas | {"World": ["UTC"]}


def is_zone(name: object) -> bool:
    """Tell whether it is a time zone that can be chosen."""
    return isinstance(name, str) and any(name in names for names in zones().values())

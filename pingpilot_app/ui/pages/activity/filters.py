"""Which acts are shown: what the address says, and the addresses of the page and its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from pingpilot_app.domain.audit_kinds import KINDS
from pingpilot_app.domain.period import Viewer
from pingpilot_app.storage.audit import ActFilter

WHO_MAX = 300  # characters: an address, or the name of a key
TEXT_MAX = 200
FIRST, LAST = date(1970, 1, 2), date(2100, 1, 1)  # of the days that can be asked for


@dataclass(frozen=True)
class Asked:
    """What is asked for; empty means all. `since` and `until` are days of the viewer's, both in."""

    who: str = ""
    kind: str = ""
    text: str = ""
    since: str = ""
    until: str = ""

    @property
    def address(self) -> str:
        """Return the page's address with these filters."""
        return _with("/activity", self._query() | {"since": self.since, "until": self.until})

    def file(self, kind: str, viewer: Viewer) -> str:
        """Return the address of the same as a file; a file knows no viewer, so it has times."""
        since, until = self.times(viewer)
        times = {"since": since.isoformat() if since else "", "until": _ends(until)}
        return _with(f"/export/activity.{kind}", self._query() | times)

    def wanted(self, viewer: Viewer) -> ActFilter:
        """Return what to ask the storage."""
        since, until = self.times(viewer)
        return act_filter(self._query(), since, until)

    def times(self, viewer: Viewer) -> tuple[datetime | None, datetime | None]:
        """Return the midnights that the days begin and end at."""
        since, until = day_of(self.since), day_of(self.until)
        after = until + timedelta(days=1) if until else None
        return _midnight(since, viewer), _midnight(after, viewer)

    def _query(self) -> dict[str, str]:
        return {"who": self.who, "kind": self.kind, "q": self.text}


def asked_for(query: Mapping[str, object]) -> Asked:
    """Return what an address asks for; what cannot be is left out."""
    kind = as_text(query.get("kind"), TEXT_MAX)
    return Asked(
        who=as_text(query.get("who"), WHO_MAX),
        kind=kind if kind in KINDS else "",
        text=as_text(query.get("q"), TEXT_MAX),
        since=_day(query.get("since")),
        until=_day(query.get("until")),
    )


def act_filter(
    query: Mapping[str, object], since: datetime | None, until: datetime | None
) -> ActFilter:
    """Return what an address asks the storage, within these times."""
    kind = KINDS.get(as_text(query.get("kind"), TEXT_MAX))
    return ActFilter(
        actor=as_text(query.get("who"), WHO_MAX) or None,
        actions=kind.actions if kind else None,
        text=as_text(query.get("q"), TEXT_MAX) or None,
        since=since,
        until=until,
    )


def as_text(value: object, most: int) -> str:
    """Return what is looked for: without what no entry can hold, and not without end."""
    return value.replace("\x00", "").strip()[:most] if isinstance(value, str) else ""


def day_of(text: str) -> date | None:
    """Return the day of `2026-03-06`, None where it is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST <= day < LAST else None


def _day(value: object) -> str:
    day = day_of(value) if isinstance(value, str) else None
    return day.isoformat() if day else ""


def _midnight(day: date | None, viewer: Viewer) -> datetime | None:
    return datetime.combine(day, time(), viewer.zone) if day else None


def _ends(until: datetime | None) -> str:
    return until.isoformat() if until else ""


def _with(path: str, query: Mapping[str, str]) -> str:
    given = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{given}" if given else path

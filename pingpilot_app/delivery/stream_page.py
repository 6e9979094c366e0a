"""A piece of the log of changes, as it is sent."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from pingpilot_app.storage.changes import ChangeView, list_changes
from pingpilot_app.storage.events import EventView, events_by_id

Render = Callable[[EventView], bytes]  # an event as JSON in one line

CREATED, UPDATED = b"event.created", b"event.updated"

_CHANGES = 100  # that are read at once
_BYTES = 64 * 1024  # of a page; a single event may be longer


@dataclass(frozen=True, slots=True)
class Page:
    """All that happened after some number up to `last`; `more`: the log goes on behind it.

    `whole` is what to send, `numbers` those of its messages and `starts` where they begin in it.
    """

    whole: bytes
    last: int
    more: bool
    numbers: Sequence[int] = ()
    starts: Sequence[int] = ()

    def after(self, number: int) -> bytes:
        """Return what to send to who has got everything up to `number`."""
        first = bisect_right(self.numbers, number)
        if first == 0:
            return self.whole
        return self.whole[self.starts[first] :] if first < len(self.starts) else b""


def read_page(
    connection: Connection, account_id: str, render: Render, after: int, upto: int | None = None
) -> Page:
    """Read on in the account's log, at most to a number; events that are gone are left out."""
    found = list_changes(connection, account_id, after, _CHANGES, upto)
    if not found:
        return Page(b"", after if upto is None else upto, more=False)
    views = events_by_id(connection, account_id, list({one.event_id: None for one in found}))
    events = {view.id: view for view in views}
    told = [one for one in _told(found) if one.event_id in events]
    more = len(found) == _CHANGES
    page = _rendered(told, events, render)
    if page.more:  # cut where it was long enough
        return page
    end = found[-1].number if more or upto is None else upto
    return Page(page.whole, end, more, page.numbers, page.starts)


def _told(found: Sequence[ChangeView]) -> list[ChangeView]:
    """Return the changes to tell: of several of one event that are no news to each other, the last.

    What is sent is the event as it is now. That it is new is told in any case.
    """
    last = {one.event_id: one.number for one in found if not one.created}
    return [one for one in found if one.created or last[one.event_id] == one.number]


def _rendered(told: Sequence[ChangeView], events: dict[str, EventView], render: Render) -> Page:
    parts: list[bytes] = []
    starts: list[int] = []
    made: dict[str, bytes] = {}
    size = 0
    for one in told:
        if size >= _BYTES:
            break
        if one.event_id not in made:
            made[one.event_id] = render(events[one.event_id])
        kind = CREATED if one.created else UPDATED
        part = b"id: %d\nevent: %b\ndata: %b\n\n" % (one.number, kind, made[one.event_id])
        parts.append(part)
        starts.append(size)
        size += len(part)
    numbers = [one.number for one in told[: len(parts)]]
    last = numbers[-1] if numbers else 0
    return Page(b"".join(parts), last, len(parts) < len(told), numbers, starts)

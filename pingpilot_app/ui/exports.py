"""The events of a category as a file: exactly those that its page shows, in the same order.

CSV is RFC 4180 (lines end by CRLF) in UTF-8. It begins with a byte order mark: without one, Excel
takes it for an old code page and breaks every umlaut and emoji; whatever else reads CSV either
skips the mark or has an encoding for it (Python's `utf-8-sig`). JSON is an array of events as
`GET /api/v1/events` has them, without a mark.

Both go out in parts as they are read, so that a million events fill no memory. They are no
snapshot: what is deleted while a file is under way is missing in it.
"""

import csv
import io
import json
import re
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO
from urllib.parse import quote

from sqlalchemy import Connection
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.errors import NotFound
from pingpilot_app.domain.event import FieldValue
from pingpilot_app.domain.failure import explain
from pingpilot_app.domain.message.message import iso_milliseconds, value_text
from pingpilot_app.domain.role import Right, refusal_of
from pingpilot_app.storage.categories import find_category
from pingpilot_app.storage.events import DeliveryView, EventView, events_by_id
from pingpilot_app.storage.statistics import field_names
from pingpilot_app.storage.table import TIME, TableRow, Wanted, all_ids, page_of_ids, read_rows
from pingpilot_app.ui.export_log import note_export
from pingpilot_app.ui.pages.category.view import order_of, text_of
from pingpilot_app.ui.session import session_of
from pingpilot_app.ui.turn import read_in_turn

PREFIX = "/export/"
PAGE = 500  # events that are read at once
BOM = "\ufeff"
FIXED = ("id", "time", "status", "description")  # the columns before the fields

_ID = 30  # bytes of an event's id
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(2100, 1, 1, tzinfo=UTC)
_QUARTER = timedelta(minutes=15)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
# What spreadsheets begin to compute at, the wide forms too, perhaps behind what nobody sees. Tabs
# and ends of lines begin a cell by themselves for some.
_UNSEEN = r"[\s\x00-\x1f\x7f-\x9f\xad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
_FORMULA = re.compile(rf"{_UNSEEN}*[=+\-@|%＝＋－＠﹦﹢﹣﹫]|[\t\r\n\ufeff]")


def is_export_path(path: str) -> bool:
    """Tell whether these routes answer `path`, rather than the dashboard."""
    return path.startswith(PREFIX)


def export_app(instance: Instance, *others: Route) -> Starlette:
    """Return the routes under `/export/`: those of events, and `others`."""
    route = ExportRoute(instance)
    return Starlette(routes=[Route("/export/categories/{name}.{kind}", route.export), *others])


class ExportRoute:
    """The files of one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    async def export(self, request: Request) -> Response:
        """Answer with the events that the address asks for, of the signed-in account."""
        name, kind = request.path_params["name"], request.path_params["kind"]
        session = await session_of(request.headers.get("cookie"))
        if session is None:
            page = quote(f"/categories/{name}", safe="")
            return RedirectResponse(f"/login?next={page}", 303, {"cache-control": "no-store"})
        if not session.may(Right.EXPORT):
            return PlainTextResponse(refusal_of(Right.EXPORT), 403)
        if kind not in _KINDS:
            return PlainTextResponse("Events can be had as .csv or .json.", 404)
        try:
            wanted, fields = await self._wanted(session.account_id, name, request)
        except NotFound:
            return PlainTextResponse("There is no such category in this account.", 404)
        except ValueError:
            sentence = "since and until must be times such as 2026-03-06T10:30:00Z."
            return PlainTextResponse(sentence, 422)
        await note_export(self._instance, session, name.lower(), request)
        return self._file(wanted, fields, _file_name(name.lower(), kind, request))

    async def _wanted(
        self, account_id: str, name: str, request: Request
    ) -> tuple[Wanted, list[str]]:
        """Return which events, and the names of their fields. Raises NotFound, ValueError."""
        query, read = request.query_params, self._instance.database.read
        since, until = time_of(query.get("since")), time_of(query.get("until"))
        category = await read(find_category, account_id, name)
        wanted = Wanted(account_id, category.id, since, until)
        place = ((since or _FIRST + _QUARTER) - _QUARTER, until or _LAST)
        fields = await read(field_names, account_id, category.id, *place)
        order = order_of(query.get("sort"), query.get("dir"))
        return replace(wanted, text=text_of(query.get("q")), order=order), fields

    def _file(self, wanted: Wanted, fields: list[str], name: str) -> Response:
        kind = _KINDS[name.rpartition(".")[2]](fields)
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        }
        return StreamingResponse(self._parts(wanted, kind), 200, headers, kind.media_type)

    async def _parts(self, wanted: Wanted, kind: "_Kind") -> AsyncIterator[bytes]:
        yield kind.head
        between = b""
        async for ids in self._ids(wanted):
            part = await self._instance.database.read(kind.read, wanted.account_id, ids)
            if part:
                yield between + part
                between = kind.between
        yield kind.foot

    async def _ids(self, wanted: Wanted) -> AsyncIterator[list[str]]:
        """Yield all ids by pages."""
        read = self._instance.database.read
        if wanted.order.by == TIME:
            after: str | None = None
            while ids := await read(page_of_ids, wanted, after, PAGE):
                yield ids
                after = ids[-1]
            return
        with tempfile.TemporaryFile() as file:  # sorted once; a slow reader holds no transaction
            await read_in_turn(self._instance.database, _write_ids, wanted, file)
            file.seek(0)
            while found := file.read(_ID * PAGE):
                yield [found[at : at + _ID].decode() for at in range(0, len(found), _ID)]


def _write_ids(connection: Connection, wanted: Wanted, file: BinaryIO) -> None:
    for part in all_ids(connection, wanted):
        file.write("".join(part).encode())


def time_of(text: str | None) -> datetime | None:
    """Return the aware time in a query, None where there is none. Raises ValueError."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not _FIRST <= moment <= _LAST:
        raise ValueError(text)
    return moment


def _file_name(category: str, kind: str, request: Request) -> str:
    """Return `bug-2026-03-01-to-2026-03-31.csv`: first and last day by the viewer's clock."""
    since, until = (time_of(request.query_params.get(name)) for name in ("since", "until"))
    days = [f"{since:%Y-%m-%d}"] if since else []
    last = f"{until - timedelta(microseconds=1):%Y-%m-%d}" if until else ""
    if last and last not in days:
        days.append(f"to-{last}")
    return "-".join([category, *days]) + f".{kind}"


@dataclass(frozen=True)
class _Kind:
    """How a file is written: what is around its parts, and a part."""

    media_type: str
    head: bytes
    between: bytes
    foot: bytes
    read: Callable[[Connection, str, list[str]], bytes]


def _csv(fields: list[str]) -> _Kind:
    def read(connection: Connection, account_id: str, ids: list[str]) -> bytes:
        rows = read_rows(connection, account_id, ids)
        return csv_text([csv_row(row, fields) for row in rows]).encode()

    head = BOM + csv_text([[*FIXED, *map(safe_text, fields)]])
    return _Kind("text/csv; charset=utf-8", head.encode(), b"", b"", read)


def _json(_fields: list[str]) -> _Kind:
    def read(connection: Connection, account_id: str, ids: list[str]) -> bytes:
        events = events_by_id(connection, account_id, ids)
        return ",\n".join(
            json.dumps(event_json(one), ensure_ascii=False) for one in events
        ).encode()

    return _Kind("application/json", b"[\n", b",\n", b"\n]\n", read)


_KINDS: dict[str, Callable[[list[str]], _Kind]] = {"csv": _csv, "json": _json}


def csv_text(rows: list[list[str]]) -> str:
    """Return rows as RFC 4180 has them."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def csv_row(row: TableRow, fields: list[str]) -> list[str]:
    """Return the cells of an event, empty where it lacks the field."""
    cells = [_cell(row.fields[name]) if name in row.fields else "" for name in fields]
    fixed = [row.id, iso_milliseconds(row.at), row.status.value, safe_text(row.description)]
    return fixed + cells


def _cell(value: FieldValue) -> str:
    text = value_text(value)
    return safe_text(text) if isinstance(value, str) else text


def safe_text(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; numbers stay as they are.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def event_json(event: EventView) -> dict[str, Any]:
    """Return an event as the API lists it; tests/ui/test_exports.py compares the two."""
    return {
        "id": event.id,
        "category": event.category,
        "description": event.description,
        "fields": dict(event.fields),
        "status": event.status.value,
        "createdAt": iso_milliseconds(event.created_at),
        "deliveries": [_delivery(one) for one in event.deliveries],
    }


def _delivery(delivery: DeliveryView) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "channel": delivery.channel.value,
        "status": delivery.status.value,
        "attempts": delivery.attempts,
        "nextAttemptAt": _moment(delivery.next_attempt_at),
        "deliveredAt": _moment(delivery.delivered_at),
        "error": _error(delivery),
    }


def _error(delivery: DeliveryView) -> dict[str, Any] | None:
    outage = delivery.outage
    if delivery.error is not None:
        failure, message, code = delivery.failure, delivery.error, delivery.error_code
    elif outage is not None:
        failure, message, code = outage.failure, outage.reason, None
    else:
        return None
    hint = explain(failure, delivery.channel, delivery.status)
    return {"message": message, "hint": hint, "providerCode": code}


def _moment(at: datetime | None) -> str | None:
    return iso_milliseconds(at) if at is not None else None

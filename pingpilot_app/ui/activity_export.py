"""The audit log as a file: what its page shows, all pages of it, the newest first.

CSV and JSON are written as exports.py writes events. It is no snapshot, yet nothing is missing in
it but what is older than entries are kept.
"""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.audit_words import act_sentence, detail_text
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.role import Right, refusal_of
from pingpilot_app.storage.audit import ActFilter, EntryView, add_entry, list_entries
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.exports import BOM, csv_text, safe_text, time_of
from pingpilot_app.ui.pages.activity.filters import act_filter
from pingpilot_app.ui.session import session_of
from pingpilot_app.ui.sign_in.form import client_of

PAGE = 500  # entries that are read at once
COLUMNS = ["id", "time", "who", "what", "action", "subject", "detail", "from"]
_ASKED = ("who", "kind", "q", "since", "until")


def activity_routes(instance: Instance) -> list[Route]:
    """Return the route of both files."""
    return [Route("/export/activity.{kind}", ActivityExport(instance).export)]


class ActivityExport:
    """The files of one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    async def export(self, request: Request) -> Response:
        """Answer with the acts that the address asks for, of the signed-in account."""
        session, kind = await session_of(request.headers.get("cookie")), request.path_params["kind"]
        if session is None:
            away = {"cache-control": "no-store"}
            return RedirectResponse("/login?next=%2Factivity", 303, away)
        if not session.may(Right.ACTIVITY):
            return PlainTextResponse(refusal_of(Right.ACTIVITY), 403)
        if kind not in _KINDS:
            return PlainTextResponse("The activity can be had as .csv or .json.", 404)
        try:
            wanted = _wanted(request)
        except ValueError:
            sentence = "since and until must be times such as 2026-03-06T10:30:00Z."
            return PlainTextResponse(sentence, 422)
        await self._note(session, request)
        return self._file(session.account_id, wanted, kind)

    async def _note(self, session: SessionView, request: Request) -> None:
        asked, kind = request.query_params, str(request.path_params["kind"])
        detail = {name: asked[name][:200] for name in _ASKED if asked.get(name)}
        seen = replace(session, client=client_of(request))
        entry = seen.act(Action.ACTIVITY_EXPORTED, file=kind, **detail)
        await self._instance.writer.run(session.account_id, add_entry, entry, now())

    def _file(self, account_id: str, wanted: ActFilter, kind: str) -> Response:
        written = _KINDS[kind]
        headers = {
            "content-disposition": f'attachment; filename="activity.{kind}"',
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        }
        parts = self._parts(account_id, wanted, written)
        return StreamingResponse(parts, 200, headers, written.media_type)

    async def _parts(
        self, account_id: str, wanted: ActFilter, kind: "_Kind"
    ) -> AsyncIterator[bytes]:
        yield kind.head
        between, before, read = b"", None, self._instance.database.read
        while found := await read(list_entries, account_id, wanted, before=before, limit=PAGE):
            yield between + kind.write(found)
            between, before = kind.between, found[-1].id
        yield kind.foot


def _wanted(request: Request) -> ActFilter:
    """Return which acts. Raises ValueError."""
    query = request.query_params
    return act_filter(query, time_of(query.get("since")), time_of(query.get("until")))


@dataclass(frozen=True)
class _Kind:
    """How a file is written: what is around its parts, and a part."""

    media_type: str
    head: bytes
    between: bytes
    foot: bytes
    write: Callable[[Sequence[EntryView]], bytes]


def _csv(entries: Sequence[EntryView]) -> bytes:
    return csv_text([_cells(one) for one in entries]).encode()


def _cells(entry: EntryView) -> list[str]:
    told = (
        *(entry.actor, act_sentence(entry.action, entry.subject), entry.action.value),
        *(entry.subject, detail_text(entry.detail), entry.client or ""),
    )
    return [entry.id, iso_milliseconds(entry.at), *map(safe_text, told)]


def _json(entries: Sequence[EntryView]) -> bytes:
    return ",\n".join(json.dumps(_object(one), ensure_ascii=False) for one in entries).encode()


def _object(entry: EntryView) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": iso_milliseconds(entry.at),
        "actor": entry.actor,
        "action": entry.action.value,
        "subject": entry.subject,
        "detail": dict(entry.detail),
        "client": entry.client,
    }


_KINDS = {
    "csv": _Kind("text/csv; charset=utf-8", (BOM + csv_text([COLUMNS])).encode(), b"", b"", _csv),
    "json": _Kind("application/json", b"[\n", b",\n", b"\n]\n", _json),
}

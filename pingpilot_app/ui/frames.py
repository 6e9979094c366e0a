"""What a tab says over its websocket, and nothing else: Socket.IO 5 over Engine.IO 4.

https://socket.io/docs/v4/engine-io-protocol/, https://socket.io/docs/v4/socket-io-protocol/
"""

import json
from collections.abc import Mapping
from typing import Any

LONGEST = 64_000  # characters of one message; the largest form has a tenth
PARTS_MAX = 50  # of an address
NAMESPACE = "/_event"
GOODBYE = "1"

_PONG = "3"
_CONNECT, _DISCONNECT, _EVENT = (f"4{kind}{NAMESPACE}," for kind in "012")
_EVENTS = ("event", "ping", "client_error")
_PLACE = ("pathname", "asPath", "query")


class Conversation:
    """What was said so far over one websocket."""

    def __init__(self) -> None:
        self._is_connected = False

    def goes_on(self, text: str) -> bool:
        """Tell whether a tab would say `text` now."""
        if text == _PONG:
            return True
        if text.startswith(_EVENT):
            return self._is_connected and _is_event(_parsed(text[len(_EVENT) :]))
        if text == _DISCONNECT or text.startswith(_CONNECT):
            return self._turns(text)
        return False

    def _turns(self, text: str) -> bool:
        """Tell whether the tab comes or goes in turn: two at once would be counted as one."""
        before, self._is_connected = self._is_connected, text != _DISCONNECT
        said = text[len(_CONNECT) :]
        return before != self._is_connected and (said == "" or _is_greeting(_parsed(said)))


def event_in(said: object) -> dict[str, Any] | None:
    """Return the event with what of it a browser may say; None: it is none.

    What it would say of its address, its headers and its session, the server knows better.
    """
    if not isinstance(said, dict) or not isinstance(said.get("name"), str):
        return None
    payload, place = _part(said, "payload"), _part(said, "router_data")
    if not isinstance(payload, dict) or not isinstance(place, dict):
        return None
    place = {name: place[name] for name in _PLACE if name in place}
    if not _is_place(place):
        return None
    return {"name": said["name"], "payload": payload, "router_data": place}


def _part(said: Mapping[str, Any], name: str) -> object:
    part = said.get(name)
    return {} if part is None else part


def _is_place(place: Mapping[str, Any]) -> bool:
    paths = (place.get("pathname", "/"), place.get("asPath", "/"))
    query = place.get("query", {})
    return (
        all(isinstance(path, str) and path.startswith("/") for path in paths)
        and isinstance(query, dict)
        and all(_is_asked(value) for value in query.values())
    )


def _is_asked(value: object) -> bool:
    """Tell whether a query may hold this: of an unknown address, the router sends its parts."""
    parts = value if isinstance(value, list) else [value]
    return len(parts) <= PARTS_MAX and all(isinstance(part, str) for part in parts)


def _is_event(said: object) -> bool:
    return isinstance(said, list) and 1 <= len(said) <= 2 and said[0] in _EVENTS


def _is_greeting(said: object) -> bool:
    if not isinstance(said, dict):
        return False
    event, schema = said.get("event"), said.get("state_schema")
    return event_in(event or {"name": ""}) is not None and isinstance(schema, str | None)


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

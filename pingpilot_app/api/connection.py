"""One connection to the API's own server (uvicorn), which a slow or endless client cannot keep.

uvicorn with httptools has no limit on what comes before a body, and none on how long it takes.
The dashboard's server has the same limits from `pingpilot_app/serving.py`.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pingpilot_app.serving import CONNECTIONS, HEAD_BYTES, cut_off_stalled

_LINGER = 2  # seconds in which a client that still sends can read its refusal

_REFUSALS = {
    400: b"This is not a valid HTTP request.",
    408: b"The request's first lines did not arrive in time.",
    431: b"The request's first lines are too long.",
}
_PHRASES = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


class LimitedConnection(HttpToolsProtocol):
    """uvicorn's protocol with a deadline and a size for the head, and one for silence."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._in_head = True  # waiting for, or within, request line and headers
        self._in_body = False
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give a new connection some seconds to say what it wants."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.abort()
            return
        cut_off_stalled(transport.get_extra_info("socket"), self.timeout_keep_alive)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline with the connection."""
        self._clear_deadline()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to the head, and pass it on."""
        if self.transport.is_closing():
            return
        if self._in_head:
            if self._deadline is None:  # the first byte of a further request
                self._set_deadline()
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES:
            self._refuse(431)

    def on_headers_complete(self) -> None:
        """End the head, whose size is known only now where its body came along."""
        self._in_head, self._in_body = False, True
        self._head_bytes = 0
        self._clear_deadline()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait for the next head."""
        self._in_head, self._in_body = True, False
        if self._deadline is not None:  # a refused body that came to its end all the same
            self._clear_deadline()
            self._set_deadline()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Close soon where the body was refused before its end: the rest is nobody's."""
        super().on_response_complete()
        refused = self._in_body and self.cycle.response_complete
        if refused and not self.transport.is_closing():
            self._unset_keepalive_if_required()
            self._deadline = self.loop.call_later(_LINGER, self.transport.abort)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's words, for its log
        """Refuse what is no HTTP, as JSON."""
        self._refuse(400)

    def _refuse(self, status: int) -> None:
        body = b'{"message":"' + _REFUSALS[status] + b'"}'
        head = b"HTTP/1.1 %d %s\r\n" % (status, _PHRASES[status])
        head += b"content-type: application/json\r\nconnection: close\r\n"
        head += b"content-length: %d\r\n\r\n" % len(body)
        self.transport.write(head + body)
        self.transport.close()

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.timeout_keep_alive, self._too_slow)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            if self._head_bytes:
                self._refuse(408)
            else:
                self.transport.close()

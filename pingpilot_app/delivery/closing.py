"""Learning early that the process is asked to stop.

A server first waits for its open requests and then tells the application. By then a request that
waits for an outcome, or a message that hangs, would have held it up for half a minute.
"""

import asyncio
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType


def set_on_signal(closing: asyncio.Event) -> None:
    """Set `closing` at SIGTERM and SIGINT, beside what the server does then.

    Call on the event loop, once the server listens to its signals; elsewhere it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        _also(number, lambda: loop.call_soon_threadsafe(closing.set))


def _also(number: signal.Signals, tell: Callable[[], object]) -> None:
    before = signal.getsignal(number)
    if not callable(before) or before is signal.default_int_handler:
        return  # nobody else listens: the process ends as it would have

    def handle(received: int, frame: FrameType | None) -> None:
        with suppress(RuntimeError):  # the loop is closed already
            tell()
        before(received, frame)

    signal.signal(number, handle)

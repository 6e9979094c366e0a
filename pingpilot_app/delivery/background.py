"""Work that nobody waits for, and that ends with the process."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from pingpilot_app.domain.errors import PingPilotError

logger = logging.getLogger(__name__)

WAITING_MAX = 1_000


class Background:
    """Runs coroutines beside the requests that began them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        """Run `work` soon. Where far too much waits already, it is dropped and said so."""
        if len(self._tasks) >= WAITING_MAX:
            work.close()
            logger.error("too much waits in the background: dropped %s", name)
            return
        task = asyncio.create_task(_told(work, name))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Wait until everything that was begun has ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        """End what is under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _told(work: Coroutine[Any, Any, Any], name: str) -> None:
    try:
        await work
    except PingPilotError as exc:
        logger.warning("%s: %s", name, exc)
    except Exception:
        logger.exception("%s failed", name)

"""Reads that may take seconds, such as sorting a million rows: one at a time.

There are four readers. Whoever sorts by ten columns in a row would else take them all, and every
other page would wait.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from pingpilot_app.storage.database import Database

R = TypeVar("R")

_turn = asyncio.Lock()


async def read_in_turn(database: Database, query: Callable[..., R], *args: Any) -> R:
    """Run `query(connection, …)` in a reader when the last long read has ended."""
    async with _turn:
        return await database.read(query, *args)

"""Passwords checked and hashed beside the event loop, a few at a time."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.domain.password import LENGTH_MAX, check_password, normal_password
from pingpilot_app.storage.common_passwords import common_passwords
from pingpilot_app.storage.password_hash import hash_password, verify_password

P = ParamSpec("P")
R = TypeVar("R")

AT_ONCE = 2  # each takes 19 MiB and a core for some 30 ms; the other threads are for reading
WAITING_MAX = 100  # about two seconds of work

BUSY = "Many people are signing in right now. Go back, wait a few seconds, and try again."


class Hashing:
    """The hash work of one instance: whoever comes when too many wait is told to try again."""

    def __init__(self, at_once: int = AT_ONCE, waiting_max: int = WAITING_MAX) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._most = at_once + waiting_max
        self._here = 0
        self.done = 0  # hashes that were made or verified

    async def accept(self, password: object, address: str) -> str:
        """Return the hash of a password that somebody chooses. Raises WeakPassword, Unavailable."""
        return await self._run(_accept, password, address)

    async def renew(self, password: str) -> str:
        """Return the hash of a password that is known to be right. Raises Unavailable."""
        return await self._run(hash_password, password)

    async def fits(self, stored: str | None, password: str) -> bool:
        """Tell whether `password` is the stored one, in the same time where nothing is stored.

        Raises Unavailable.
        """
        if len(normal_password(password)) > LENGTH_MAX < len(password):
            return False
        return await self._run(verify_password, stored, password)

    async def _run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if self._here >= self._most:
            raise Unavailable(BUSY, 5)
        self._here += 1
        try:
            async with self._turns:
                self.done += 1
                return await asyncio.to_thread(work, *args, **kwargs)
        finally:
            self._here -= 1


def _accept(password: object, address: str) -> str:
    return hash_password(check_password(password, common_passwords(), address))

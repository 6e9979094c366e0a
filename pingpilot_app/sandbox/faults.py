"""The failures that the sandbox was told to produce."""

import asyncio
from dataclasses import dataclass
from typing import Any

from pingpilot_app.domain.channel import Channel

MODES = ("reset", "timeout", "slow", "rate_limit", "server_error", "garbage")
HOLD_MAX = 120.0  # seconds after which a held request is dropped without an answer


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail.

    `mode` is one of
    - `reset`: the message is taken, the connection breaks within the answer
    - `timeout`: the message is taken, no answer comes until `clear`
    - `slow`: the answer takes `seconds` more
    - `rate_limit`: 429 with `retry_after` seconds (SMTP: 450)
    - `server_error`: 500 (SMTP: 451)
    - `garbage`: the message is not taken, the answer is not the protocol's
    - `code:X`: the provider's own refusal: a Discord JSON code, a part of a Telegram
      description, an SMTP reply code (`code:550@data` to choose the command)

    SMTP: `reset@rcpt` and `timeout@mail` choose the command too; before DATA nothing is taken.
    `everywhere` makes a Discord rate limit global. `status` (HTTP) and `words` stand in place of
    what a `server_error` or a refusal by `code:` would have.
    """

    mode: str
    retry_after: float = 1.0
    seconds: float = 1.0
    everywhere: bool = False
    status: int | None = None
    words: str | None = None

    @property
    def silent(self) -> str | None:
        """Return which of `reset` and `timeout` it is, if it is one."""
        kind = self.mode.partition("@")[0]
        return kind if kind in ("reset", "timeout") else None

    @property
    def command(self) -> str:
        """Return the SMTP command that was chosen, empty where none was."""
        return self.mode.partition("@")[2].upper()

    @property
    def code(self) -> str | None:
        """Return the X of `code:X`."""
        return self.mode.removeprefix("code:") if self.mode.startswith("code:") else None


class Faults:
    """What to do wrong next, by channel."""

    def __init__(self) -> None:
        self._planned: dict[Channel, list[tuple[Fault, int | None]]] = {}
        self._released = asyncio.Event()
        self._holding = asyncio.Event()

    def plan(self, channel: Channel, fault: Fault, times: int | None = 1) -> None:
        """Fail `times` times this way after what is planned already; None: until `clear`.

        Raises ValueError for an unknown mode.
        """
        if not (fault.mode in MODES or fault.silent or fault.code):
            raise ValueError(f"mode must be code:… or one of {', '.join(MODES)}")
        self._planned.setdefault(channel, []).append((fault, times))

    def peek(self, channel: Channel) -> Fault | None:
        """Return the next failure of the channel without using it up."""
        planned = self._planned.get(channel)
        return planned[0][0] if planned else None

    def take(self, channel: Channel) -> Fault | None:
        """Return the next failure of the channel and use it up."""
        planned = self._planned.get(channel)
        if not planned:
            return None
        fault, times = planned[0]
        if times is not None:
            planned[0] = (fault, times - 1)
            if times <= 1:
                del planned[0]
        return fault

    def clear(self) -> None:
        """Forget all plans and let go of what is held."""
        self._planned.clear()
        self._released.set()
        self._released = asyncio.Event()
        self._holding.clear()

    async def held(self) -> None:
        """Wait until a request is being held."""
        await self._holding.wait()

    async def hold(self) -> None:
        """Wait until `clear`, two minutes at most."""
        self._holding.set()
        try:
            async with asyncio.timeout(HOLD_MAX):
                await self._released.wait()
        except TimeoutError:
            pass

    def as_json(self) -> dict[str, list[dict[str, Any]]]:
        """Return the plans, to show them."""
        return {
            channel.value: [{"mode": fault.mode, "times": times} for fault, times in planned]
            for channel, planned in self._planned.items()
            if planned
        }

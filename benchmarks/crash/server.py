"""The server that is killed: API and worker in a process of its own."""

import asyncio
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx

_PROGRAM = (
    "from pingpilot_app import settings; from pingpilot_app.api.server import run_api; "
    "run_api(settings.load())"
)
_ROOT = Path(__file__).resolve().parents[2]
_START_MAX = 30.0  # seconds
_STOP_MAX = 30.0  # seconds


class Ended(Exception):
    """The server ended by itself, never became ready, or did not stop."""


class Server:
    """One server after the other on one data directory and one port."""

    def __init__(self, data_dir: Path, port: int, environment: dict[str, str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = data_dir / "server.log"
        # Nothing of the surroundings gets in: a DATABASE_URL there could name real data.
        self._environment = environment | {
            "PYTHONPATH": str(_ROOT),
            "DATA_DIR": str(data_dir),
            "HOST": "127.0.0.1",
            "PORT": str(port),
        }
        self._process: asyncio.subprocess.Process | None = None
        self._spawned = 0.0
        self.starts: list[float] = []  # seconds until ready

    async def spawn(self, environment: dict[str, str]) -> None:
        """Start the process, with these settings too; it is not ready yet."""
        self._spawned = time.monotonic()
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", _PROGRAM),
                env=self._environment | environment,
                cwd=self.log.parent,  # where no .env of ours lies
                stdout=log,
                stderr=log,
            )

    async def ready(self, http: httpx.AsyncClient) -> None:
        """Return when it answers that it is ready. Raises Ended."""
        try:
            async with asyncio.timeout(_START_MAX):
                while not await self._answers(http):  # noqa: ASYNC110  # another process
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise Ended(f"not ready after {_START_MAX:g} s; see {self.log}") from None
        self.starts.append(time.monotonic() - self._spawned)

    async def _answers(self, http: httpx.AsyncClient) -> bool:
        if self._process is None or self._process.returncode is not None:
            raise Ended(f"it ended by itself; see {self.log}")
        try:
            return (await http.get(f"{self.url}/readyz")).status_code == 200
        except httpx.HTTPError:
            return False

    async def kill(self) -> None:
        """`kill -9`, and wait until the process is gone. Raises Ended where it was gone before."""
        assert self._process is not None
        if self._process.returncode is not None:
            raise Ended(f"it ended by itself; see {self.log}")
        self._process.kill()
        await self._process.wait()

    async def close(self) -> None:
        """Leave nothing running, whatever happened."""
        with suppress(Ended):
            await self.kill()

    async def stop(self) -> None:
        """Ask it to stop (SIGTERM). Raises Ended where it does not do so in good order."""
        assert self._process is not None
        self._process.terminate()
        try:
            async with asyncio.timeout(_STOP_MAX):
                status = await self._process.wait()
        except TimeoutError:
            raise Ended(f"still there {_STOP_MAX:g} s after SIGTERM; see {self.log}") from None
        if status not in (0, -signal.SIGTERM):  # uvicorn ends by the signal, when all is done
            raise Ended(f"status {status} after SIGTERM; see {self.log}")

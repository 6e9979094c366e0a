"""One working process for one data directory: two would deliver everything twice."""

import fcntl
import os
from pathlib import Path

from pingpilot_app.settings import SettingsError


class DataLock:
    """Holds `pingpilot.lock` in the data directory while the process lives."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "pingpilot.lock"
        self._file: int | None = None

    def acquire(self) -> None:
        """Take the lock. Raises SettingsError where another process has it."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise SettingsError(
                f"Another PingPilot runs on DATA_DIR {self._path.parent}. "
                "Stop it first, or set another DATA_DIR."
            ) from None
        self._file = file

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

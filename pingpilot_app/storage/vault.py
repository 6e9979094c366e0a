"""Values that the database holds encrypted, and the keys that open them.

The keys live outside the database: in ENCRYPTION_KEYS, or in a file of the data directory. The
first encrypts, all decrypt. docs/decisions/0010-sealed-columns.md says against whom this helps.
"""

import base64
import binascii
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from weakref import WeakKeyDictionary

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Dialect, Engine

from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.settings import SettingsError, keep_new

KEY_FILE = "encryption.keys"
_REMEMBERED = 4_096  # values; opening one costs some 20 µs
PREFIX = "sealed:"  # no address and no secret begins so, and no JSON

LOST = (
    "The key that this was encrypted with is missing. Put it back, after a comma in "
    f"ENCRYPTION_KEYS or as a line of DATA_DIR/{KEY_FILE}, and restart PingPilot; "
    "or set up again what was encrypted with it."
)


class KeyLost(Unavailable):
    """A value cannot be opened: none of the keys fits, or it was written for another place."""

    def __init__(self) -> None:
        super().__init__(LOST)


@dataclass(frozen=True, slots=True)
class _Keys:
    """What was read of the key file, and when that file was written."""

    stamp: tuple[int, ...] | None
    first: Fernet | None
    every: tuple[bytes, ...]


class Vault:
    """Seals and opens. Built without I/O; safe to use from several threads.

    `given` are the keys of the settings; those of the file come after them. The file is made where
    there is no key at all and something has to be sealed.
    """

    def __init__(self, file: Path | None, given: Sequence[bytes] = ()) -> None:
        self.file = file
        self.given = tuple(given)
        self._keys = _Keys(None, None, ())
        self._opener: MultiFernet | None = None
        # A claim reads the address of one destination hundreds of times.
        self._opened = lru_cache(_REMEMBERED)(self._decrypt)

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Return all keys that were read so far."""
        return self._keys.every

    def load(self, *, make: bool = False) -> None:
        """Read the keys now, and `make` one where there is none. Raises SettingsError."""
        self._refresh()
        if make and self._keys.first is None:
            self._make_key()

    def seal(self, place: str, text: str) -> str:
        """Return `text` encrypted with the first key, to be opened at this `place` alone.

        Raises SettingsError where there is no key and none can be made.
        """
        self.load(make=True)
        assert self._keys.first is not None  # noqa: S101  # one was just made
        return PREFIX + self._keys.first.encrypt(f"{place}\0{text}".encode()).decode()

    def open(self, place: str, stored: str) -> str:
        """Return what was sealed at `place`; what is not sealed yet is returned as it is.

        Raises KeyLost.
        """
        if not is_sealed(stored):
            return stored
        found, _, text = self._opened(stored).partition("\0")
        if found != place:  # moved here by somebody who can write to the database
            raise KeyLost
        return text

    def is_current(self, stored: str) -> bool:
        """Tell whether a value is sealed with the first key, as a new one would be."""
        self._refresh()
        if self._keys.first is None or not is_sealed(stored):
            return False
        try:
            self._keys.first.decrypt(stored[len(PREFIX) :])
        except InvalidToken:
            return False
        return True

    def _decrypt(self, stored: str) -> str:
        token = stored[len(PREFIX) :].encode()
        # A key that another process made is read as soon as one of ours does not fit.
        for look in (False, True):
            if look:
                self._refresh()
            if self._opener is not None:
                try:
                    return self._opener.decrypt(token).decode()
                except InvalidToken:
                    continue
        raise KeyLost

    def _refresh(self) -> None:
        """Read the file again where it is another than before. Keys once known still open."""
        stamp = _stamp(self.file)
        if self._keys.every and stamp == self._keys.stamp:
            return
        mine = self.given + (read_keys(self.file) if self.file and stamp else ())
        every = tuple(dict.fromkeys((*mine, *self._keys.every)))
        self._opener = MultiFernet([Fernet(key) for key in every]) if every else None
        self._keys = _Keys(stamp, Fernet(mine[0]) if mine else None, every)

    def _make_key(self) -> None:
        if self.file is None:
            raise SettingsError("ENCRYPTION_KEYS is not set, and there is no place to keep a key.")
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        keep_new(self.file, new_key().decode())
        self._refresh()


def is_sealed(stored: str) -> bool:
    """Tell whether a stored value is encrypted."""
    return stored.startswith(PREFIX)


def new_key() -> bytes:
    """Return a fresh key: 256 random bits in URL-safe base64, 44 characters."""
    return Fernet.generate_key()


def read_keys(file: Path) -> tuple[bytes, ...]:
    """Return the keys of a file, one a line. Raises SettingsError where a line is none."""
    try:
        lines = file.read_bytes().split()
    except FileNotFoundError:
        return ()
    except OSError as exc:
        raise SettingsError(f"{file} cannot be read: {exc.strerror}. Check its rights.") from exc
    if not all(map(_is_key, lines)):
        raise SettingsError(
            f"{file} holds a line that is no key. Restore the file from where you keep it."
        )
    return tuple(lines)


def write_keys(file: Path, keys: Iterable[bytes]) -> None:
    """Replace the file by one with these keys, at once and for good: a crash leaves either."""
    handle, name = tempfile.mkstemp(dir=file.parent)  # mkstemp gives it mode 0600
    with os.fdopen(handle, "wb") as fresh:
        fresh.write(b"".join(key + b"\n" for key in keys))
        fresh.flush()
        os.fsync(fresh.fileno())
    Path(name).replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _is_key(line: bytes) -> bool:
    try:
        return len(base64.urlsafe_b64decode(line)) == 32
    except binascii.Error:
        return False


def _stamp(file: Path | None) -> tuple[int, ...] | None:
    """Return what tells one state of the file from another, None where it is not there."""
    try:
        found = os.stat(file) if file else None  # noqa: PTH116  # half the time of Path's
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size) if found else None


# By dialect, which SQLAlchemy hands to every conversion: databases of one process have their own.
_VAULTS: WeakKeyDictionary[Dialect, Vault] = WeakKeyDictionary()


def entrust(engine: Engine, vault: Vault) -> None:
    """Have what is read and written through `engine` opened and sealed by `vault`."""
    _VAULTS[engine.dialect] = vault


def vault_of(dialect: Dialect) -> Vault:
    """Return the vault of a database's connections. Raises RuntimeError where it has none."""
    try:
        return _VAULTS[dialect]
    except KeyError:
        raise RuntimeError("this database was opened without a vault: use open_database") from None

"""Passwords at rest: argon2id (OWASP's first choice: 19 MiB, two passes).

Hashing takes tens of milliseconds of CPU: on the event loop, call these in a thread.
"""

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

# Verified where there is no such user, so that both cases take the same time.
_NOBODY = _hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Return what is stored of a password."""
    return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Tell whether `password` is the stored one; takes as long where nothing is stored."""
    try:
        _hasher.verify(stored or _NOBODY, password)
    except VerificationError:
        return False
    return stored is not None

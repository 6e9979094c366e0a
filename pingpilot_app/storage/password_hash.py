"""Passwords at rest: argon2id (OWASP's first choice: 19 MiB, two passes).

Hashing takes tens of milliseconds of CPU: on the event loop, call these in a thread. Passwords are
hashed in their normal form; those that were kept before that still fit, and are kept anew.
"""

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from pingpilot_app.domain.password import normal_password

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

# Verified where there is no such user, so that both cases take the same time.
_NOBODY = _hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Return what is stored of a password."""
    return _hasher.hash(_bytes(normal_password(password)))


def verify_password(stored: str | None, password: str) -> bool:
    """Tell whether `password` is the stored one; takes as long where nothing is stored."""
    spellings = dict.fromkeys((normal_password(password), password))  # in this order, each once
    return any(_fits(stored or _NOBODY, text) for text in spellings) and stored is not None


def is_outdated(stored: str) -> bool:
    """Tell whether a password that is just known should be hashed and stored anew."""
    return _hasher.check_needs_rehash(stored)


def _fits(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, _bytes(password))
    except VerificationError:
        return False


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")

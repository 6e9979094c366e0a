"""API keys: how one looks, how it is recognised, what it may do."""

import hmac
import re
import secrets
import zlib
from enum import StrEnum

PREFIX = "pk_"
SHOWN_LENGTH = 11  # `pk_` and eight characters: enough to tell keys apart, useless to a thief

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH = 32  # 190 bits
_CHECK_LENGTH = 6
_FORM = re.compile(r"pk_[0-9A-Za-z]{38}", re.ASCII)


class Scope(StrEnum):
    """What a key may do."""

    EVENTS_WRITE = "events:write"
    EVENTS_READ = "events:read"
    CATEGORIES_MANAGE = "categories:manage"


DEFAULT_SCOPES = (Scope.EVENTS_WRITE,)


def new_api_key() -> str:
    """Return a fresh key: `pk_`, 32 random base62 characters, 6 of checksum."""
    secret = "".join(secrets.choice(_BASE62) for _ in range(_SECRET_LENGTH))
    return PREFIX + secret + _checksum(secret)


def is_well_formed(key: str) -> bool:
    """Tell by its form alone whether `key` can be one of ours."""
    if not _FORM.fullmatch(key):
        return False
    secret, check = key[len(PREFIX) : -_CHECK_LENGTH], key[-_CHECK_LENGTH:]
    return hmac.compare_digest(_checksum(secret).encode("ascii"), check.encode("ascii"))


def hash_api_key(key: str, pepper: bytes) -> bytes:
    """Return what is stored of a key: HMAC-SHA-256, 32 bytes.

    A key has 190 random bits, so a slow password hash would add nothing but latency.
    """
    # Not the one-shot hmac.digest: it lets go of the interpreter lock, which costs a busy server
    # far more than the hash.
    return hmac.new(pepper, key.encode("ascii"), "sha256").digest()


def shown_part(key: str) -> str:
    """Return the beginning of a key that may be shown later."""
    return key[:SHOWN_LENGTH]


def _checksum(secret: str) -> str:
    value = zlib.crc32(secret.encode("ascii"))
    digits = []
    for _ in range(_CHECK_LENGTH):
        value, digit = divmod(value, 62)
        digits.append(_BASE62[digit])
    return "".join(reversed(digits))

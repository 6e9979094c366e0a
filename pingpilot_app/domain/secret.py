"""Secrets that are shown once and kept as their hash: of sessions and of links."""

import hashlib
import secrets


def new_token() -> str:
    """Return a fresh token of 256 bits, fit for a cookie and for an address."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """Return what is stored of a token. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode(errors="replace")).digest()

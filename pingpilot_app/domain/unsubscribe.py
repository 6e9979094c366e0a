"""The link in a mail by which whoever gets it stops it, without signing in (RFC 8058)."""

import hmac
from base64 import urlsafe_b64encode


def unsubscribe_token(key: bytes, destination_id: str, address: str) -> str:
    """Return what stands for this destination as long as it has this address."""
    return f"{destination_id}.{_proof(key, destination_id, address)}"


def destination_in(token: str) -> str:
    """Return the id of the destination that a token claims to be for."""
    return token.partition(".")[0]


def is_unsubscribe_token(token: str, key: bytes, destination_id: str, address: str) -> bool:
    """Tell whether we made `token` for the destination, in a time that tells nothing of it."""
    made = unsubscribe_token(key, destination_id, address)
    return hmac.compare_digest(token.encode(errors="replace"), made.encode())


def _proof(key: bytes, destination_id: str, address: str) -> str:
    text = f"unsubscribe\0{destination_id}\0{address}"
    return urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")).decode().rstrip("=")

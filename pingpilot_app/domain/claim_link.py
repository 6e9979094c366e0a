"""The link in a mail by which whoever reads it claims the event, without signing in."""

import hmac
import re
from base64 import urlsafe_b64encode

_TOKEN = re.compile(r"(dst_[0-9a-z]{26})\.(evt_[0-9a-z]{26})\.[A-Za-z0-9_-]{43}", re.ASCII)


def claim_token(key: bytes, destination_id: str, address: str, event_id: str) -> str:
    """Return what stands for this event at this destination, as long as it has this address."""
    text = f"claim\0{destination_id}\0{address}\0{event_id}"
    proof = urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")).decode().rstrip("=")
    return f"{destination_id}.{event_id}.{proof}"


def meant_by(token: str) -> tuple[str, str] | None:
    """Return the destination and the event that a token claims to be for."""
    found = _TOKEN.fullmatch(token)
    return (found[1], found[2]) if found else None


def is_claim_token(token: str, key: bytes, destination_id: str, address: str) -> bool:
    """Tell whether we made `token` for this destination, in a time that tells nothing of it."""
    meant = meant_by(token)
    if meant is None or meant[0] != destination_id:
        return False
    return hmac.compare_digest(token, claim_token(key, destination_id, address, meant[1]))

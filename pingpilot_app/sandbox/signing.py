"""The key by which the sandbox's Discord signs, as the real one does with the application's.

https://docs.discord.com/developers/interactions/overview#validating-security-request-headers
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def public_key_of(seed: bytes) -> bytes:
    """Return the public key of 32 secret bytes."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def signed_headers(seed: bytes, timestamp: str, body: bytes) -> dict[str, str]:
    """Return the headers of a request that carries `body`."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    return {
        "Content-Type": "application/json",
        "X-Signature-Ed25519": key.sign(timestamp.encode() + body).hex(),
        "X-Signature-Timestamp": timestamp,
    }

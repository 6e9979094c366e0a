"""Where a request comes from, seen past the proxies in front of us."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

UNKNOWN = "unknown"


def client_address(peer: str | None, forwarded: str | None, hops: int) -> str:
    """Return the client's IP address, `unknown` where there is none.

    `peer` is who opened the connection, `forwarded` the X-Forwarded-For header. Each of `hops`
    trusted proxies adds whom it saw at its end; what stands further left, anybody can write.
    """
    steps = [step.strip() for step in (forwarded or "").split(",")]
    seen = steps[-hops] if 0 < hops <= len(steps) else peer
    address = _parse(seen) or _parse(peer)
    return str(address) if address else UNKNOWN


@lru_cache(maxsize=10_000)  # an address is at most 39 characters
def neighbourhood(address: str) -> str:
    """Return what is limited as one client: an IPv4 address, or the /64 that one home gets."""
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, 64), strict=False))
    return str(parsed or UNKNOWN)


def _parse(text: str | None) -> IPv4Address | IPv6Address | None:
    """Return the address, IPv4 also where it is written as IPv6 (::ffff:192.0.2.1)."""
    try:
        address = ip_address(text or "")
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        # What follows a % is the interface's name, which is any text at all.
        return address.ipv4_mapped or IPv6Address(int(address))
    return address

"""The networks that a key may be used from, in CIDR notation."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from pingpilot_app.domain.errors import Invalid, Problem

NETWORKS_MAX = 20

Network = IPv4Network | IPv6Network

_SEPARATORS = re.compile(r"[\s,;]+")
_SHOWN_MAX = 60  # characters of what was written that a sentence repeats
_MAPPED = 96  # bits before the IPv4 address in ::ffff:192.0.2.1


def parse_networks(text: str) -> tuple[Network, ...]:
    """Return the addresses and networks that people list, each once; none: from anywhere.

    They stand apart by spaces, commas or lines. Raises Invalid.
    """
    words = [word for word in _SEPARATORS.split(text) if word]
    found = tuple(dict.fromkeys(_parse(word) for word in words))
    if len(found) > NETWORKS_MAX:
        raise _wrong(f"List at most {NETWORKS_MAX}. A network such as 192.0.2.0/24 covers many.")
    return found


def shown_network(network: Network) -> str:
    """Return a network as people write it: a single address without its mask."""
    single = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if single else str(network)


def is_within(address: str, networks: Iterable[Network]) -> bool:
    """Tell whether a client's address lies in one of the networks."""
    try:
        parsed = ip_address(address)
    except ValueError:  # nobody knows where it comes from
        return False
    return any(parsed in network for network in networks)


def _parse(word: str) -> Network:
    try:
        network = _without_mapping(ip_network(word, strict=False))
    except ValueError:
        raise _wrong(
            f"{_shortened(word)} is neither an address such as 192.0.2.7 nor a network such as "
            "192.0.2.0/24 or 2001:db8::/32."
        ) from None
    if "%" in word:
        raise _wrong(f"{_shortened(word)} names an interface: leave out what begins with %.")
    if network.prefixlen == 0:
        raise _wrong(f"{word} is every address. To allow all, leave the list empty.")
    _refuse_ambiguous(word, network)
    return network


def _refuse_ambiguous(word: str, network: Network) -> None:
    """Refuse 192.0.2.7/24: it may mean the one address, and would let in 255 more."""
    address, _, mask = word.partition("/")
    meant = _without_mapping(ip_network(address)).network_address
    if mask and meant != network.network_address:
        raise _wrong(
            f"{_shortened(word)} can be read in two ways: write {network} for the whole network, "
            f"or {address} for the one address."
        )


def _without_mapping(network: Network) -> Network:
    """Return IPv4 as IPv4: addresses of clients are compared so."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < _MAPPED:
        return network
    return IPv4Network((mapped, network.prefixlen - _MAPPED))


def _shortened(word: str) -> str:
    return word if len(word) <= _SHOWN_MAX else f"{word[:_SHOWN_MAX]}…"


def _wrong(sentence: str) -> Invalid:
    return Invalid(sentence, (Problem("networks", sentence),))

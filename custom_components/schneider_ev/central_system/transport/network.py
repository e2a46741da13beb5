"""Networks: who is counted as one neighbour, and which neighbour gives way."""

from collections import Counter
from collections.abc import Callable, Collection, Hashable
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address

_PREFIX_LENGTH = 64


@lru_cache(maxsize=1024)
def network_of(address: str) -> str:
    """Return the network that an IP address belongs to one host's of.

    A host has one IPv4 address, but can take any IPv6 address of a /64 prefix.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed), _PREFIX_LENGTH), strict=False))


def oldest_of_the_most[T](
    those: Collection[T], neighbour: Callable[[T], Hashable]
) -> T:
    """Return the first of those of the neighbour that has the most of them."""
    counts = Counter(map(neighbour, those))
    most = max(counts.values())
    return next(each for each in those if counts[neighbour(each)] == most)

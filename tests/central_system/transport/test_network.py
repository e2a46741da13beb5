"""Networks: which addresses are one neighbour, and which neighbour gives way."""

import pytest

from custom_components.schneider_ev.central_system.transport.network import (
    network_of,
    oldest_of_the_most,
)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1:2:3", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", ""),
        ("no address", "no address"),
    ],
)
def test_network_of(address: str, network: str) -> None:
    """A host is known by its IPv4 address, or by its prefix of IPv6 addresses."""
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("those", "one"),
    [(["a1"], "a1"), (["a1", "b1", "b2"], "b1"), (["a1", "b1", "b2", "a2"], "a1")],
)
def test_oldest_of_the_most(those: list[str], one: str) -> None:
    """Who has many gives way to who has few; the first goes first."""
    assert oldest_of_the_most(those, lambda each: each[0]) == one

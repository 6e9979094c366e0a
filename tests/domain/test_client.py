"""Where a request comes from."""

import pytest

from pingpilot_app.domain.client import client_address, neighbourhood


def test_without_a_proxy_of_ours_the_header_is_not_believed():
    assert client_address("192.0.2.1", "198.51.100.7", 0) == "192.0.2.1"


@pytest.mark.parametrize(
    ("forwarded", "hops", "client"),
    [
        ("198.51.100.7", 1, "198.51.100.7"),
        ("10.9.9.9, 198.51.100.7", 1, "198.51.100.7"),  # the left one was sent by the client
        ("198.51.100.7, 10.0.0.2", 2, "198.51.100.7"),
        ("198.51.100.7", 2, "192.0.2.1"),  # it did not pass both proxies
        ("nonsense", 1, "192.0.2.1"),
        (None, 1, "192.0.2.1"),
        ("::ffff:198.51.100.7", 1, "198.51.100.7"),
    ],
)
def test_what_a_trusted_proxy_added_is_believed(forwarded, hops, client):
    assert client_address("192.0.2.1", forwarded, hops) == client


def test_a_client_without_an_address_has_a_name_all_the_same():
    assert client_address(None, None, 0) == "unknown"
    assert client_address("testclient", "", 1) == "unknown"


def test_a_home_with_ipv6_is_one_client():
    assert neighbourhood("2001:db8:1:2:3::4") == neighbourhood("2001:db8:1:2:ffff::1")
    assert neighbourhood("2001:db8:1:2::") != neighbourhood("2001:db8:1:3::")
    assert neighbourhood("192.0.2.1") == "192.0.2.1"

"""Which addresses are public, and which texts are addresses at all."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.outbound import addresses

pytestmark = pytest.mark.unit

_PRIVATE = (
    "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 "
    "172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 "
    "239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16 "
    ":: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 "
    "100::1 2001::1 2001:0:53aa:64c::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a00:1::1 3fff::1 5f00::1 "
    "fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 4000::1"
)


@pytest.mark.parametrize("text", _PRIVATE.split())
def test_special_addresses_are_not_public(text: str) -> None:
    assert not addresses.is_public(ip_address(text))


@pytest.mark.parametrize("text", ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "2a00::1"])
def test_ordinary_addresses_are_public(text: str) -> None:
    assert addresses.is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_not_public_in_any_disguise(address: IPv4Address) -> None:
    number = int(address)
    disguises = (number, 0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80 | 1)
    assert not any(addresses.is_public(IPv6Address(disguise)) for disguise in disguises)


@given(st.ip_addresses())
def test_nothing_is_public_that_the_library_calls_special(address: IPv4Address | IPv6Address) -> None:
    special = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
    assert not (addresses.is_public(address) and (special or address.is_reserved or address.is_unspecified))


_NUMBERS = (
    "127.1 2130706433 0x7f000001 0x7f.1 0177.0.0.1 127.0.0.01 1.2.3 1.2.3.4.5 256.1.1.1 a.b.0x7f name.1 fe80::1%eth0 "
    "::: 1::2::3"
)


@pytest.mark.parametrize("text", _NUMBERS.split())
def test_numbers_in_other_forms_are_no_hosts(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        addresses.literal(text)


def test_names_and_addresses_are_told_apart() -> None:
    assert addresses.literal("example.org") is None
    assert addresses.literal("1e100.net") is None
    assert addresses.literal("3com") is None
    assert addresses.literal("10.0.0.1") == IPv4Address("10.0.0.1")
    assert addresses.literal("::1") == IPv6Address("::1")

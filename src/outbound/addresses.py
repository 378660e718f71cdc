"""Which network addresses belong to the public internet. Pure; the answer for everything doubtful is no."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The IANA registries of special-purpose addresses (RFC 6890 and its successors), and what `is_global` lets through.
_NOT_PUBLIC_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own services, at an address that looks public
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Of IPv6 one block has been given out for use. So loopback, IPv4 in IPv6 (::/96, ::ffff:0:0/96), NAT64
# (64:ff9b::/96, 64:ff9b:1::/48), unique local, link-local and multicast lie outside; within lie these.
_PUBLIC_V6 = IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocols, Teredo and ORCHID among them
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3fff::/20",
    )
)


def is_public(address: Address) -> bool:
    """Whether the address is one of the public internet."""
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    return address in _PUBLIC_V6 and not any(address in network for network in _NOT_PUBLIC_V6)


def literal(host: str) -> Address | None:
    """The address that a URL's host is written as; None for a name.

    Raises:
        ValueError: it is a number in one of the forms that some libraries take for an address (127.1, 0x7f000001,
            2130706433, 0177.0.0.1), or has a zone.
    """
    if ":" in host:
        if "%" in host:
            raise ValueError(host)
        return IPv6Address(host)
    last = host.rpartition(".")[2]
    if last[:1].isdigit() and (last.isdigit() or last[:2].lower() == "0x"):
        return IPv4Address(host)
    return None


def parsed(text: str) -> Address:
    """An address as a resolver gives it, without the zone.

    Raises:
        ValueError: it is none.
    """
    return ip_address(text.partition("%")[0])

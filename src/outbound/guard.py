"""The guard in front of URLs that people give: where they lead is looked up and checked, and exactly that is called.

The look-up happens once, in the connection's own way (`transport`), so there is no second look-up that could give
another address, and a redirect passes here like the URL before it.
"""

import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import anyio
import anyio.to_thread
import httpx

from src.outbound import addresses, exceptions
from src.outbound.constants import LOOK_UPS_AT_ONCE, MAX_ADDRESSES, MAX_URL, PORTS

# The addresses of a host's name.
Resolver = Callable[[str], Awaitable[Sequence[str]]]
_DEFAULT_PORTS = {"http": 80, "https": 443}


def system_resolver() -> Resolver:
    """The machine's own; a name that takes long holds up only other look-ups."""
    limiter = anyio.CapacityLimiter(LOOK_UPS_AT_ONCE)

    async def resolve(name: str) -> list[str]:
        look_up = partial(socket.getaddrinfo, name, None, type=socket.SOCK_STREAM)
        found = await anyio.to_thread.run_sync(look_up, limiter=limiter, abandon_on_cancel=True)
        return [str(entry[4][0]) for entry in found]

    return resolve


@dataclass(frozen=True)
class Way:
    """Where a URL leads.

    Attributes:
        url: in its normal form.
        name: the host's name, for TLS; None where the URL has an address.
        addresses: the checked ones, in the resolver's order; never empty.
    """

    url: httpx.URL
    name: str | None
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Guard:
    """What may be called.

    Attributes:
        ports: of URLs.
        allowed: networks that may be called although they are not public: an operator's own, or a test's loopback.
        resolver: gives a name's addresses.
    """

    ports: frozenset[int] = PORTS
    allowed: tuple[addresses.Network, ...] = ()
    resolver: Resolver = field(default_factory=system_resolver)

    async def way(self, url: httpx.URL) -> Way:
        """Where the URL leads, if that may be called.

        Raises:
            AddressRefused: its form, or any one of the addresses behind it, is not allowed.
            HostUnreachable: nothing is known of its host.
        """
        url = self._checked(url)
        host = url.raw_host.decode("ascii").removeprefix("[").removesuffix("]")
        try:
            address = addresses.literal(host)
        except ValueError:
            raise exceptions.AddressRefused from None
        found = [address] if address is not None else await self._look_up(host)
        # One bad address among good ones is no accident.
        if not all(self._may_call(each) for each in found):
            raise exceptions.AddressRefused
        texts = dict.fromkeys(str(each) for each in found)
        return Way(url, None if address else host, tuple(texts)[:MAX_ADDRESSES])

    def _checked(self, url: httpx.URL) -> httpx.URL:
        """The URL without a dot behind its host.

        Raises:
            AddressRefused: scheme, port, user name or length.
        """
        default = _DEFAULT_PORTS.get(url.scheme)
        if default is None or url.userinfo or len(str(url)) > MAX_URL:
            raise exceptions.AddressRefused
        if (default if url.port is None else url.port) not in self.ports:
            raise exceptions.AddressRefused
        host = url.raw_host.decode("ascii").removesuffix(".")
        if not host or host.startswith(".") or ".." in f"{host}.":
            raise exceptions.AddressRefused
        return url.copy_with(host=host)

    async def _look_up(self, name: str) -> list[addresses.Address]:
        try:
            found = [addresses.parsed(text) for text in await self.resolver(name)]
        except (OSError, ValueError):
            # UnicodeError, which an impossible name raises, is a ValueError.
            raise exceptions.HostUnreachable from None
        if not found:
            raise exceptions.HostUnreachable
        return found

    def _may_call(self, address: addresses.Address) -> bool:
        return addresses.is_public(address) or any(address in network for network in self.allowed)


def parsed_url(text: str) -> httpx.URL:
    """The URL in the one reading that guard and connection share; names are in their ASCII form (IDNA).

    Raises:
        AddressRefused: it is none.
    """
    try:
        return httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise exceptions.AddressRefused from None

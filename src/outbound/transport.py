"""A connection to the checked address and to no other; the name stays in TLS (SNI, certificate) and in `Host`."""

import httpx

from src.outbound import exceptions
from src.outbound.guard import Guard


class GuardedTransport(httpx.AsyncBaseTransport):
    """Looks up and checks each request's host, then connects to what was checked.

    Connections are not kept: two names at one address must not share one.
    """

    def __init__(self, guard: Guard, inner: httpx.AsyncBaseTransport) -> None:
        """Takes the guard and what connects."""
        self._guard = guard
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends the request to the first of the host's addresses that can be reached.

        Raises:
            AddressRefused, HostUnreachable: see `Guard.way`.
            httpx.TransportError: the exchange failed.
        """
        way = await self._guard.way(request.url)
        failure: httpx.TransportError | None = None
        for address in way.addresses:
            names = {} if way.name is None else {"sni_hostname": way.name}
            pinned = httpx.Request(
                request.method,
                way.url.copy_with(host=address),
                headers={**request.headers, "host": way.url.netloc.decode("ascii")},
                stream=request.stream,
                extensions={**request.extensions, **names},
            )
            try:
                return await self._inner.handle_async_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure or exceptions.HostUnreachable

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._inner.aclose()

"""A connection to the checked address and to no other; the name stays in TLS (SNI, certificate) and in `Host`."""

import ssl
from collections.abc import AsyncIterator

import httpcore
import httpx

from src.outbound import exceptions, metering
from src.outbound.constants import FRAMING, HEAD_BYTES
from src.outbound.guard import Guard, Way

# What the library below httpx raises; each a class of its own.
FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)


class GuardedTransport(httpx.AsyncBaseTransport):
    """Looks up and checks each request's host, then connects to what was checked.

    Connections are not kept: two names at one address must not share one.
    """

    def __init__(self, guard: Guard, tls: ssl.SSLContext) -> None:
        """Takes the guard and how certificates are checked."""
        self._guard = guard
        self._tls = tls

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends the request to the first of the host's addresses that can be reached.

        The extension `room` says how many bytes of a body there is room for.

        Raises:
            AddressRefused, HostUnreachable: see `Guard.way`.
            AnswerTooLarge: more comes than an answer with such a body can be.
            httpcore.NetworkError, …: the exchange failed.
        """
        way = await self._guard.way(request.url)
        failure: Exception | None = None
        for address in way.addresses:
            try:
                return await self._sent(request, way, address)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or exceptions.HostUnreachable

    async def _sent(self, request: httpx.Request, way: Way, address: str) -> httpx.Response:
        meter = metering.Meter(HEAD_BYTES)
        pool = httpcore.AsyncConnectionPool(
            ssl_context=self._tls, max_keepalive_connections=0, network_backend=metering.MeteredBackend(meter)
        )
        url = way.url.copy_with(host=address)
        headers = httpx.Headers({**request.headers, "host": way.url.netloc.decode("ascii")})
        names = {} if way.name is None else {"sni_hostname": way.name}
        answer = await pool.handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=headers.raw,
                content=request.stream,
                extensions={**request.extensions, **names},
            )
        )
        meter.allow(int(request.extensions["room"] * FRAMING))
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))


class _Body(httpx.AsyncByteStream):
    """The body of an answer; to close it closes the connection."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._answer.aiter_stream():
            yield piece

    async def aclose(self) -> None:
        await self._answer.aclose()

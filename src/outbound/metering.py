"""Connections that take no more from another server than a call has room for, whatever it sends.

A body that is cut is not enough: endless interim answers, pieces of one byte or packed nothing cost a server that reads
them its time, and the one who sends them next to nothing.
"""

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

from src.outbound import exceptions
from src.outbound.constants import READ_BYTES


class Meter:
    """How many bytes may still come."""

    def __init__(self, left: int) -> None:
        """Takes how many may come at first."""
        self._left = left

    def allow(self, more: int) -> None:
        """Lets so many more come."""
        self._left += more

    def take(self, count: int) -> None:
        """Notes that so many have come.

        Raises:
            AnswerTooLarge: those are more than may.
        """
        self._left -= count
        if self._left < 0:
            raise exceptions.AnswerTooLarge


class MeteredBackend(httpcore.AsyncNetworkBackend):
    """What opens connections that share a meter."""

    def __init__(self, meter: Meter) -> None:
        """Takes the meter of the one exchange that this is for."""
        self._meter = meter
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the library's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the address."""
        stream = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return _MeteredStream(stream, self._meter)


class _MeteredStream(httpcore.AsyncNetworkStream):
    """A connection, read in small pieces, so that working through one keeps nobody else waiting for long."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, meter: Meter) -> None:
        self._inner = inner
        self._meter = meter

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        piece = await self._inner.read(min(max_bytes, READ_BYTES), timeout)
        self._meter.take(len(piece))
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        return _MeteredStream(await self._inner.start_tls(ssl_context, server_hostname, timeout), self._meter)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

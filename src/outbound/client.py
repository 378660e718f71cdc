"""The one way out: a call with a time budget, a bound on the answer, repetition where that is safe, and the guard.

Nothing is kept between calls but connections to trusted hosts: no cookies, no cache, nothing from the environment.
"""

import asyncio
import functools
import random
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus

import httpx

from src.outbound import exceptions, guard, unpacking
from src.outbound.breakers import Breakers
from src.outbound.constants import (
    ATTEMPTS,
    CONNECTIONS,
    FIRST_WAIT_SECONDS,
    KEPT_CONNECTIONS,
    KEPT_SECONDS,
    MAX_BYTES,
    MAX_REDIRECTS,
    SECONDS,
)
from src.outbound.transport import FAILURES, GuardedTransport

# RFC 9110, 9.2.2: to send these twice is to send them once.
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_FOLLOWED = frozenset({"GET", "HEAD"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAY_WORK_LATER = frozenset({429, 502, 503, 504})
# What another host may be told that a redirect leads to.
_CARRIED_ON = frozenset({"accept", "accept-language", "user-agent"})


@dataclass(frozen=True, kw_only=True)
class Call:
    """What to ask.

    Attributes:
        url: where; http or https.
        is_trusted: the address is this server's own setting and passes without the guard; never so for a URL that
            people give.
        seconds: for the whole exchange, with redirects and repetitions.
        max_bytes: of the answer's body, unpacked.
        is_cut: the beginning of a larger body is good enough; else that is an error.
        content_types: of a body that is wanted, such as `text/html`; that of another answer is not read.
        redirects: that are followed, for GET and HEAD.
        attempts: of a method that may be repeated.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    is_trusted: bool = False
    seconds: float = SECONDS
    max_bytes: int = MAX_BYTES
    is_cut: bool = False
    content_types: frozenset[str] | None = None
    redirects: int = MAX_REDIRECTS
    attempts: int = ATTEMPTS


@dataclass(frozen=True)
class Answer:
    """What came back. `url` is where from, after redirects; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    is_cut: bool

    @property
    def content_type(self) -> str:
        """The media type alone."""
        return _media_type(self.headers)


class Outbound:
    """A process's way out."""

    def __init__(
        self,
        guarded_by: guard.Guard | None = None,
        *,
        breakers: Breakers | None = None,
        tls: ssl.SSLContext | None = None,
        first_wait: float = FIRST_WAIT_SECONDS,
    ) -> None:
        """Opens nothing yet.

        Args:
            guarded_by: the guard of URLs that people give.
            breakers: what is known of hosts that fail.
            tls: how certificates are checked; by the usual authorities when not given.
            first_wait: seconds before the first repetition, on average half; twice as long before each other.
        """
        verify = tls or _usual_authorities()
        limits = httpx.Limits(
            max_connections=CONNECTIONS, max_keepalive_connections=KEPT_CONNECTIONS, keepalive_expiry=KEPT_SECONDS
        )
        self._trusted = httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=limits)
        self._guarded = GuardedTransport(guarded_by or guard.Guard(), verify)
        self._breakers = breakers or Breakers()
        self._first_wait = first_wait

    async def close(self) -> None:
        """Closes all connections."""
        await self._trusted.aclose()
        await self._guarded.aclose()

    async def fetch(self, call: Call) -> Answer:
        """Asks and gives the answer, whatever its status.

        Raises:
            AddressRefused: the URL, or one that it redirects to, is not let through.
            HostUnreachable, HostResting: nobody answers there.
            AnswerTooLate, AnswerTooLarge: more time or bytes than the call allows.
        """
        try:
            async with asyncio.timeout(call.seconds):
                return await self._repeated(call)
        except TimeoutError:
            raise exceptions.AnswerTooLate from None

    async def _repeated(self, call: Call) -> Answer:
        left = call.attempts if call.method in _IDEMPOTENT else 1
        wait = self._first_wait
        while True:
            left -= 1
            asked_for = 0.0
            try:
                answer = await self._followed(call)
                if answer.status not in _MAY_WORK_LATER or not left:
                    return answer
                asked_for = _retry_after(answer)
            except exceptions.HostUnreachable:
                if not left:
                    raise
            # Spread out, so that those who failed together do not come back together.
            await asyncio.sleep(max(asked_for, random.uniform(0, wait)))  # noqa: S311  no secret
            wait *= 2

    async def _followed(self, call: Call) -> Answer:
        url = guard.parsed_url(call.url)
        for _ in range(call.redirects):
            answer = await self._once(call, url)
            target = answer.headers.get("location")
            if answer.status not in _REDIRECTS or target is None or call.method not in _FOLLOWED:
                return answer
            following = _joined(url, target)
            if (following.scheme, following.netloc) != (url.scheme, url.netloc):
                call = replace(
                    call,
                    headers={name: value for name, value in call.headers.items() if name.lower() in _CARRIED_ON},
                    # The setting names one host, and not those that it sends us to.
                    is_trusted=False,
                )
            url = following
        return await self._once(call, url)

    async def _once(self, call: Call, url: httpx.URL) -> Answer:
        """One request. The breaker sees what the host does, not what our own limits make of it."""
        transport = self._trusted if call.is_trusted else self._guarded
        headers = {"User-Agent": "Hearth", **call.headers, "Accept-Encoding": unpacking.ACCEPTED}
        extensions = {"timeout": httpx.Timeout(call.seconds).as_dict(), "room": call.max_bytes}
        try:
            request = httpx.Request(call.method, url, headers=headers, content=call.body, extensions=extensions)
            with self._breakers.passing(_breaker_of(call, url)) as passage:
                response = await transport.handle_async_request(request)
                try:
                    answer = await _read(call, url, response)
                finally:
                    await response.aclose()
                if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    passage.failed()
                return answer
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, *FAILURES):
            raise exceptions.HostUnreachable from None


async def _read(call: Call, url: httpx.URL, response: httpx.Response) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    body = unpacking.Body(headers.get("content-encoding", ""), call.max_bytes)
    wanted = call.content_types is None or _media_type(headers) in call.content_types
    if wanted and response.status_code not in _REDIRECTS:
        await body.fill(response.aiter_raw())
    if body.is_cut and not call.is_cut:
        raise exceptions.AnswerTooLarge
    return Answer(response.status_code, headers, body.content, str(url), body.is_cut)


def _breaker_of(call: Call, url: httpx.URL) -> str:
    """A host that a stranger's URLs have made fail must not rest for the calls that this server itself needs."""
    return f"{'trusted' if call.is_trusted else 'given'} {url.scheme}://{url.netloc.decode('ascii')}"


def _joined(url: httpx.URL, target: str) -> httpx.URL:
    try:
        return url.join(target)
    except (httpx.InvalidURL, ValueError):
        raise exceptions.AddressRefused from None


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _retry_after(answer: Answer) -> float:
    """Seconds that the host asks for; a date (which may be years away) counts as none."""
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0.0


@functools.cache
def _usual_authorities() -> ssl.SSLContext:
    """How certificates are checked, read once in a process: it takes 30 ms."""
    return httpx.create_ssl_context(trust_env=False)

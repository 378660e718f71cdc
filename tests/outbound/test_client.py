"""The limits of a call: time, size, repetition, redirects, and hosts that rest."""

import asyncio
import gzip
import zlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src import clock
from src.outbound import exceptions
from src.outbound.breakers import Breakers
from src.outbound.client import Call, Outbound
from src.outbound.constants import BYTES_A_PIECE, FAILURES, MAX_PIECES, REST_SECONDS
from src.outbound.unpacking import Body
from tests.outbound import servers

pytestmark = pytest.mark.unit

_GZIP = "Content-Encoding: gzip\r\n"
_PACKED = f"HTTP/1.1 200 OK\r\nConnection: close\r\n{_GZIP}\r\n".encode()


async def fetched(reply: servers.Reply, **call: object) -> bytes:
    """What a call gives that this server answers."""
    async with servers.serving(reply) as server, servers.outbound(server) as (out, _):
        return (await out.fetch(Call(url=server.url(), **call))).body  # type: ignore[arg-type]


async def test_an_answer_comes_as_it_was_sent() -> None:
    headers = "Content-Type: Text/HTML; charset=x\r\nSet-Cookie: a=b\r\n"
    async with (
        servers.serving(servers.always(servers.plain(status=404, headers=headers))) as server,
        servers.outbound(server) as (out, _),
    ):
        await out.fetch(Call(url=server.url()))
        answer = await out.fetch(Call(url=server.url("/path?q=1"), headers={"Accept": "text/html"}))
        assert (answer.status, answer.body, answer.content_type) == (404, b"hello", "text/html")
        assert (answer.url, answer.is_cut) == (server.url("/path?q=1"), False)
        assert server.heads[1].startswith("GET /path?q=1 HTTP/1.1\r\n")
        # Nothing is remembered from one call to the next.
        assert "cookie" not in server.heads[1].lower()


async def test_the_time_is_for_the_whole_exchange() -> None:
    async def slowly(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async def silently(_head: str, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    for reply in (slowly, silently):
        with pytest.raises(exceptions.AnswerTooLate):
            await fetched(reply, seconds=0.1)


async def test_a_body_is_read_up_to_its_bound() -> None:
    async def endless(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 1000)
            await writer.drain()

    assert await fetched(servers.always(servers.plain(b"x" * 1000)), max_bytes=1000) == b"x" * 1000
    with pytest.raises(exceptions.AnswerTooLarge):
        await fetched(servers.always(servers.plain(b"x" * 1001)), max_bytes=1000)
    with pytest.raises(exceptions.AnswerTooLarge):
        await fetched(endless, max_bytes=100_000)
    assert await fetched(endless, max_bytes=1500, is_cut=True) == b"x" * 1500


async def test_the_bound_holds_after_unpacking() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    assert len(bomb) < 50_000
    with pytest.raises(exceptions.AnswerTooLarge):
        await fetched(servers.always(servers.plain(bomb, headers=_GZIP)))
    assert await fetched(servers.always(servers.plain(gzip.compress(b"hello"), headers=_GZIP))) == b"hello"


_FLOODS = {
    "packed text, then what is none": (_PACKED + gzip.compress(b"hello"), b"x" * 65_536),
    "packed nothing": (_PACKED + gzip.compress(b"")[:10], b"\x00\x00\x00\xff\xff" * 10_000),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: a\r\n" * 10_000),
    "pieces of one byte": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n" * 10_000),
}


@pytest.mark.parametrize("name", _FLOODS)
async def test_who_sends_without_end_is_heard_for_a_bounded_number_of_bytes(name: str) -> None:
    first, again = _FLOODS[name]
    sent = 0

    async def flood(_head: str, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(first)
        while True:
            writer.write(again)
            await writer.drain()
            sent += len(again)

    async with servers.serving(flood) as server, servers.outbound(server) as (out, _):
        try:
            answer = await out.fetch(Call(url=server.url(), max_bytes=65_536, is_cut=True))
        except exceptions.AnswerTooLarge:
            assert name != "packed text, then what is none"
        else:
            assert answer.body in {b"hello", b"a" * len(answer.body)}
            assert len(answer.body) <= MAX_PIECES + 65_536 // BYTES_A_PIECE + 1
    # The rest is what the machine itself takes in before anybody reads it.
    assert sent < 16_000_000


@given(st.binary(max_size=3000), st.integers(1, 3000), st.integers(1, 500), st.booleans())
async def test_unpacking_gives_the_beginning_however_it_arrives(
    content: bytes, limit: int, size: int, packed: bool
) -> None:
    sent = gzip.compress(content) if packed else content

    async def chunks() -> object:
        for start in range(0, len(sent), size):
            yield sent[start : start + size]

    body = Body("gzip" if packed else "", limit)
    await body.fill(chunks())  # type: ignore[arg-type]
    assert body.content == content[:limit]
    assert body.is_cut == (len(content) > limit)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "deflate", "gzip"])
async def test_what_is_packed_otherwise_or_badly_is_no_answer(encoding: str) -> None:
    body = zlib.compress(b"hello")
    with pytest.raises(exceptions.HostUnreachable):
        await fetched(servers.always(servers.plain(body, headers=f"Content-Encoding: {encoding}\r\n")))


async def test_unwanted_media_are_not_read() -> None:
    html = frozenset({"text/html"})
    video = servers.plain(b"x" * 5000, headers="Content-Type: video/mp4\r\n")
    assert await fetched(servers.always(video), content_types=html, max_bytes=10) == b""


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_three_redirects_are_followed(status: int) -> None:
    async def counting(head: str, writer: asyncio.StreamWriter) -> None:
        number = int(head.removeprefix("GET /").removeprefix("POST /").partition(" ")[0])
        writer.write(servers.plain(str(number).encode(), status=status, headers=f"Location: /{number + 1}\r\n"))

    async with servers.serving(counting) as server, servers.outbound(server) as (out, _):
        answer = await out.fetch(Call(url=server.url("/0")))
        assert (answer.status, answer.url, len(server.heads)) == (status, server.url("/3"), 4)
        posted = await out.fetch(Call(url=server.url("/7"), method="POST", body=b"x"))
        assert (posted.url, len(server.heads)) == (server.url("/7"), 5)


async def test_another_host_gets_neither_secrets_nor_trust() -> None:
    async with servers.serving(servers.always(servers.plain())) as other:
        moved = servers.plain(b"", status=302, headers=f"Location: {other.url()}\r\n")
        async with (
            servers.serving(servers.always(moved)) as server,
            servers.outbound(server, other) as (out, _),
            servers.outbound(server) as (narrow, _),
        ):
            headers = {"Authorization": "Bearer secret", "Accept": "text/html"}
            await out.fetch(Call(url=server.url(), headers=headers))
            assert "secret" in server.heads[0]
            assert "secret" not in other.heads[0]
            assert "text/html" in other.heads[0]
            with pytest.raises(exceptions.AddressRefused):
                await narrow.fetch(Call(url=server.url(), is_trusted=True))


async def test_the_operators_own_addresses_pass_without_the_guard() -> None:
    async with servers.serving(servers.always(servers.plain())) as server:
        out = Outbound()
        assert (await out.fetch(Call(url=server.url(), is_trusted=True))).body == b"hello"
        with pytest.raises(exceptions.AddressRefused):
            await out.fetch(Call(url=server.url()))
        await out.close()


async def test_what_may_be_repeated_is_repeated() -> None:
    busy, broken = servers.plain(status=503, headers="Retry-After: 0\r\n"), b"no HTTP\r\n\r\n"
    assert await fetched(servers.in_turn(busy, broken, servers.plain(b"third"))) == b"third"
    for method, times in (("GET", 3), ("POST", 1)):
        async with servers.serving(servers.always(busy)) as server, servers.outbound(server) as (out, _):
            assert (await out.fetch(Call(url=server.url(), method=method))).status == 503
            assert len(server.heads) == times
    with pytest.raises(exceptions.HostUnreachable):
        await fetched(servers.in_turn(broken, servers.plain()), method="POST")


async def test_a_long_retry_after_ends_with_the_time() -> None:
    later = servers.plain(status=429, headers="Retry-After: 3600\r\n")
    with pytest.raises(exceptions.AnswerTooLate):
        await fetched(servers.always(later), seconds=0.1)


async def test_a_host_that_fails_rests_and_is_then_tried_once() -> None:
    down, up = servers.plain(status=500), servers.plain()
    async with (
        servers.serving(servers.in_turn(*[down] * (FAILURES + 1), up)) as server,
        servers.outbound(server) as (out, _),
    ):
        call = Call(url=server.url())
        for _ in range(FAILURES):
            await out.fetch(call)
        with pytest.raises(exceptions.HostResting) as refusal:
            await out.fetch(call)
        assert 1 <= int(refusal.value.headers["Retry-After"]) <= REST_SECONDS
        with clock.shifted(timedelta(seconds=REST_SECONDS + 1)):
            assert (await out.fetch(call)).status == 500
            with pytest.raises(exceptions.HostResting):
                await out.fetch(call)
        with clock.shifted(timedelta(seconds=2 * REST_SECONDS + 2)):
            assert (await out.fetch(call)).status == 200
        assert (await out.fetch(call)).status == 200


async def test_a_host_that_strangers_make_fail_does_not_rest_for_this_server() -> None:
    async with (
        servers.serving(servers.always(servers.plain(status=500))) as server,
        servers.outbound(server) as (out, _),
    ):
        for _ in range(FAILURES):
            await out.fetch(Call(url=server.url("/of-a-stranger")))
        with pytest.raises(exceptions.HostResting):
            await out.fetch(Call(url=server.url("/of-a-stranger")))
        assert (await out.fetch(Call(url=server.url(), is_trusted=True))).status == 500


def test_only_one_call_tries_a_resting_host() -> None:
    breakers = Breakers(failures=1, rest_seconds=10)
    with pytest.raises(OSError, match="down"), breakers.passing("a"):
        raise OSError("down")
    with clock.shifted(timedelta(seconds=11)), breakers.passing("a"):
        with pytest.raises(exceptions.HostResting), breakers.passing("a"):
            pass
        with breakers.passing("b"):
            pass
    with breakers.passing("a"), breakers.passing("a"):
        pass


def test_our_own_refusals_are_no_failures_and_few_hosts_are_remembered() -> None:
    breakers = Breakers(failures=1, limit=2)
    with pytest.raises(exceptions.AnswerTooLarge), breakers.passing("a"):
        raise exceptions.AnswerTooLarge
    with breakers.passing("a"):
        pass
    for name in "abc":
        with pytest.raises(OSError, match="down"), breakers.passing(name):
            raise OSError("down")
    with breakers.passing("a"):
        pass
    with pytest.raises(exceptions.HostResting), breakers.passing("c"):
        pass

"""The client against a server and a way that break: what was sent is there once, what is read is the log."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from src import clock
from src.client import connection, constants, news
from src.client.exceptions import Ended, Refused, SignedOut, Unreachable
from src.client.session import Key
from tests.client import servers

pytestmark = pytest.mark.unit


@pytest.fixture
async def server() -> AsyncIterator[servers.Unreliable]:
    server = servers.Unreliable()
    async with servers.serving(server):
        yield server


@asynccontextmanager
async def client(server: servers.Unreliable, **how: object) -> AsyncIterator[connection.Client]:
    tokens = how.pop("tokens", servers.tokens("good"))
    async with asyncio.timeout(60):
        async with connection.Client(server.url, tokens, **{"first_wait": 0.01, **how}) as found:  # type: ignore[arg-type]
            yield found


async def until(found: connection.Client, holds: Callable[[news.News], bool]) -> list[news.News]:
    """The news up to one for which this holds."""
    got: list[news.News] = []
    async for one in found:
        got.append(one)
        if holds(one):
            return got
    raise AssertionError(got)


def texts(got: list[news.News]) -> list[str]:
    return [str(one.data["text"]) for one in got if isinstance(one, news.Happened)]


def says(text: str) -> Callable[[news.News], bool]:
    return lambda one: isinstance(one, news.Happened) and one.data["text"] == text


def is_online(one: news.News) -> bool:
    return isinstance(one, news.Online)


async def test_a_message_is_sent_and_read(server: servers.Unreliable) -> None:
    await server.write("before")
    async with client(server) as found:
        sent = await found.send(servers.CHAT, "hello", reply_to_id=5)
        got = await until(found, says("hello"))
    assert (sent.seq, sent.ev, sent.dup) == (2, 2, False)
    assert got[0] == news.Online(1, {servers.STREAM: {"unread": 2}}, is_fresh=False)
    assert got[1:] == [news.Happened(servers.STREAM, 2, "msg.new", {"text": "hello"})]
    assert [frame["reply_to_id"] for frame in server.sent("send")] == ["5"]
    assert found.heads == {servers.STREAM: 2}


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_is_lost_or_doubled_on_a_bad_way(
    server: servers.Unreliable, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.client.applying.HOLD_SECONDS", 0.02)
    monkeypatch.setattr("src.client.connection.LASTING_SECONDS", 0)
    chance = random.Random(seed)
    late: list[servers.Frame] = []

    def way(frame: servers.Frame) -> list[servers.Frame]:
        if chance.random() < 0.3:
            late.append(frame)
            return []
        going = [frame, *(late if chance.random() < 0.3 else []), *([frame] if chance.random() < 0.3 else [])]
        chance.shuffle(going)
        return going

    server.way = way
    server.breaks = lambda _: chance.random() < 0.15
    written = [f"{number}" for number in range(60)]
    async with client(server) as found, client(server) as other:
        await until(found, is_online)
        begins = len(server.texts)

        async def write(mine: list[str]) -> None:
            for text in mine:
                await found.send(servers.CHAT, text)

        async def more() -> None:
            await asyncio.gather(*(other.send(servers.CHAT, f"other {number}") for number in range(20)))

        async def read() -> list[news.News]:
            got: list[news.News] = []
            while len(texts(got)) < 80 - begins:
                got.append(await anext(found))
            return got

        _, _, got = await asyncio.gather(write(written), more(), read())
    assert texts(got) == server.texts[begins:]
    assert [text for text in server.texts if not text.startswith("other")] == written
    # One after the other, for each who sends.
    assert [text for text in server.texts if text.startswith("other")] == [f"other {number}" for number in range(20)]


async def test_a_server_that_restarts_is_found_again() -> None:
    server = servers.Unreliable()
    async with servers.serving(server), client(server) as found:
        await until(found, is_online)
        await server.close(4501, "restart", reconnect=True, after_ms=10)
        got = await until(found, lambda one: isinstance(one, news.Offline))
        assert got[-1].reason == "restart"  # type: ignore[union-attr]
        await until(found, is_online)
        server.texts += ["while it was away"]
        await until(found, says("while it was away"))


async def test_messages_wait_for_a_server_that_is_away() -> None:
    server = servers.Unreliable()
    with servers.place(server) as there:
        async with client(server) as found:
            sending = [asyncio.create_task(found.send(servers.CHAT, text)) for text in "abc"]
            await until(found, lambda one: isinstance(one, news.Offline))
            assert found.unsent == 3
            async with servers.serving(server, there):
                await asyncio.gather(*sending)
                assert (server.texts, found.unsent) == (["a", "b", "c"], 0)
                await server.close(1001)


async def test_who_sends_something_does_not_wait_for_the_next_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HASTE_SECONDS", 0.01)
    server = servers.Unreliable()
    with servers.place(server) as there:
        async with client(server, first_wait=1e9) as found:
            await until(found, lambda one: isinstance(one, news.Offline))
            async with servers.serving(server, there):
                await found.send(servers.CHAT, "hello")
    assert server.texts == ["hello"]


class Away:
    """Whoever wants to connect asks for a token first: what is away keeps them waiting, and has none."""

    def __init__(self) -> None:
        self.attempts = 0
        self.is_back = False
        self.is_asked = asyncio.Event()
        self.may_fail = asyncio.Event()

    async def tokens(self, _instead_of: str | None) -> str:
        self.attempts += 1
        if not self.is_back:
            self.is_asked.set()
            await self.may_fail.wait()
            raise Unreachable
        return "good"


async def test_what_is_sent_during_an_attempt_that_fails_does_not_wait_for_the_next(
    server: servers.Unreliable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HASTE_SECONDS", 0)
    away = Away()
    async with client(server, tokens=away.tokens, first_wait=1e9) as found:
        await away.is_asked.wait()
        sending = asyncio.create_task(found.send(servers.CHAT, "hello"))
        await turns()
        assert found.unsent == 1
        away.is_back = True
        away.may_fail.set()
        await sending
    assert (server.texts, away.attempts) == (["hello"], 2)


async def test_a_message_hurries_one_attempt_alone(server: servers.Unreliable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HASTE_SECONDS", 0)
    # Each wait is as long as it can be.
    monkeypatch.setattr(random, "random", lambda: 1.0)
    away = Away()
    away.is_back = True
    async with client(server, tokens=away.tokens, first_wait=1e9) as found:
        await until(found, is_online)
        await found.send(servers.CHAT, "arrives")
        away.is_back = False
        await server.close(1001)
        # What has arrived hurries nobody, and what waits the next attempt alone.
        await until(found, lambda one: isinstance(one, news.Offline))
        await turns()
        assert away.attempts == 1
        sending = asyncio.create_task(found.send(servers.CHAT, "waits"))
        await away.is_asked.wait()
        away.may_fail.set()
        await until(found, lambda one: isinstance(one, news.Offline))
        await turns()
        assert (away.attempts, found.unsent) == (2, 1)
    with pytest.raises(Unreachable):
        await sending


async def turns() -> None:
    """Lets all go on that waits for nothing but its turn."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_what_is_too_old_is_to_be_loaded_anew(server: servers.Unreliable) -> None:
    server.texts = [str(number) for number in range(50)]
    server.kept_from = 40
    async with client(server, heads={servers.STREAM: 3}, epoch="e1") as found:
        got = await until(found, lambda one: isinstance(one, news.Anew))
        assert got[-1] == news.Anew(servers.STREAM, 50)
        await server.write("next")
        assert texts(await until(found, says("next"))) == ["next"]


async def test_reading_goes_on_where_another_client_has_ended(server: servers.Unreliable) -> None:
    server.texts = ["a", "b", "c"]
    async with client(server, heads={servers.STREAM: 1}, epoch="e1") as found:
        assert texts(await until(found, says("b"))) == ["b"]
        assert found.heads == {servers.STREAM: 2}
        assert found.epoch == "e1"


async def test_other_data_begin_anew(server: servers.Unreliable) -> None:
    server.texts = ["a"]
    async with client(server, heads={servers.STREAM: 900}, epoch="e0") as found:
        got = await until(found, is_online)
        assert got == [news.Online(1, {servers.STREAM: {"unread": 2}}, is_fresh=True)]
        await server.write("b")
        assert texts(await until(found, says("b"))) == ["b"]


async def test_a_stream_that_is_read_no_more_is_gone(server: servers.Unreliable) -> None:
    server.in_stream = False
    async with client(server, heads={servers.STREAM: 4}) as found:
        got = await until(found, lambda one: isinstance(one, news.Gone))
        assert got[-1] == news.Gone(servers.STREAM)
        # Whoever comes back reads from there on.
        server.texts = ["a", "b"]
        await server.write("c")
        assert texts(await until(found, says("c"))) == ["c"]


async def test_who_does_not_read_keeps_no_more_than_may_be(
    server: servers.Unreliable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.client.streams.MAX_NEWS", 10)
    # No ping tells of what was left out.
    server.ping_ms = 60_000
    async with client(server) as found:
        await until(found, is_online)
        for number in range(500):
            await server.write(str(number))
        await found.send(servers.CHAT, "last")
        assert len(found._streams.news) < 10 + constants.PAGE
        assert texts(await until(found, says("last"))) == [*map(str, range(500)), "last"]


async def test_what_passes_and_what_nobody_knows(server: servers.Unreliable) -> None:
    async with client(server) as found:
        await until(found, is_online)
        await server.push({"op": "something", "new": 1})
        await server.push({"op": "eph", "stream": servers.STREAM, "t": "typing", "d": {"account_id": "2"}, "ttl": 4000})
        assert await anext(found) == news.Passing(servers.STREAM, "typing", {"account_id": "2"}, 4.0)
        await found.typing(servers.CHAT)
        assert await found.request("watch", {"accounts": []}) == {}
        assert [list(frame) for frame in server.sent("typing")] == [["op", "chat_id"]]


async def test_a_question_that_was_cut_off_is_asked_again(server: servers.Unreliable) -> None:
    server.texts = ["a", "b"]
    server.breaks = lambda frame: frame["op"] == "sync" and len(server.sent("sync")) < 3
    async with client(server, heads={servers.STREAM: 0}, epoch="e1") as found:
        assert texts(await until(found, says("b"))) == ["a", "b"]
    assert len(server.sent("sync")) == 3


async def test_a_name_that_was_kept_is_the_same_message(server: servers.Unreliable) -> None:
    kept = uuid4()
    async with client(server) as found:
        first = await found.send(servers.CHAT, "a", cid=kept)
        again = await found.send(servers.CHAT, "a", cid=kept)
    assert (first.dup, again.dup, again.seq, server.texts) == (False, True, first.seq, ["a"])


async def test_lag_is_made_good(server: servers.Unreliable) -> None:
    server.ping_ms = 5000
    async with client(server) as found:
        await until(found, is_online)
        server.texts += ["left out"]
        await server.push({"op": "lag", "streams": [servers.STREAM]})
        assert texts(await until(found, says("left out"))) == ["left out"]


async def test_pings_are_answered_and_silence_is_the_end(
    server: servers.Unreliable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.client.wire.SILENCE_SECONDS", 0.1)
    async with client(server) as found:
        await until(found, is_online)
        await server.asked("pong")
        server.ping_ms = 5000
        got = await until(found, lambda one: isinstance(one, news.Offline))
        assert got[-1].reason == "the server has fallen silent"  # type: ignore[union-attr]


async def test_refusals_are_told_and_what_may_be_repeated_is(server: servers.Unreliable) -> None:
    async with client(server) as found:
        await until(found, is_online)
        server.refusals += [{"code": "chat_not_found", "msg": "There is no such chat.", "retry": False}]
        with pytest.raises(Refused, match="no such chat") as refused:
            await found.send(servers.CHAT, "a")
        assert refused.value.code == "chat_not_found"
        long = {"loc": ["body", "text"], "code": "string_too_long", "message": "At most 10,000 letters."}
        server.refusals += [{"code": "invalid_input", "msg": "The input was refused.", "errors": [long]}]
        with pytest.raises(Refused, match=r"refused\. At most 10,000 letters\."):
            await found.send(servers.CHAT, "too long")
        server.refusals += [{"code": "too_many_requests", "msg": "", "retry": True, "after_ms": 20}]
        assert not (await found.send(servers.CHAT, "b")).dup
        server.refusals += [{"code": "chat_is_slow", "msg": "", "retry": True, "after_ms": 60_000}]
        with pytest.raises(Refused):
            await found.send(servers.CHAT, "c")
        assert server.texts == ["b"]


async def test_what_is_too_long_is_not_even_sent(server: servers.Unreliable) -> None:
    async with client(server) as found:
        with pytest.raises(Refused) as refused:
            await found.send(servers.CHAT, "x" * 65_536)
        assert refused.value.code == "request_too_long"
        await found.send(servers.CHAT, "short")
    assert server.texts == ["short"]


async def test_a_token_that_has_ended_is_replaced(server: servers.Unreliable) -> None:
    async with client(server, tokens=servers.tokens("old", "good", "better")) as found:
        await until(found, is_online)
        server.tokens = {"better"}
        await server.close(4401, "expired", reconnect=True, after_ms=0)
        await until(found, is_online)
    assert [frame["token"] for frame in server.sent("hello")] == ["old", "good", "better"]


async def test_who_has_no_good_token_is_signed_out(server: servers.Unreliable) -> None:
    async with client(server, tokens=servers.tokens("old", "older")) as found:
        with pytest.raises(SignedOut):
            await until(found, is_online)
        with pytest.raises(SignedOut):
            await found.send(servers.CHAT, "a")


async def test_a_token_is_replaced_before_it_ends(server: servers.Unreliable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("src.client.connection.REFRESH_EVERY_SECONDS", 0.05)
    server.exp = int(clock.now().timestamp()) + 10
    async with client(server, tokens=servers.tokens("good", "better")) as found:
        await until(found, is_online)
        await server.asked("refresh")
        server.exp = None
    assert server.sent("refresh")[0]["token"] == "better"
    assert len(server.sent("hello")) == 1


async def test_a_token_in_whose_place_there_is_no_other_is_good_to_its_end(
    server: servers.Unreliable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.client.connection.REFRESH_EVERY_SECONDS", 0.01)
    server.exp = int(clock.now().timestamp()) + 10
    key, was_asked = Key("good"), asyncio.Event()

    async def tokens(instead_of: str | None) -> str:
        if instead_of is not None:
            was_asked.set()
        return await key.tokens(instead_of)

    async with client(server, tokens=tokens) as found:
        await until(found, is_online)
        await was_asked.wait()
        await found.send(servers.CHAT, "still here")
        await until(found, says("still here"))
        await server.close(4401, "expired", reconnect=True, after_ms=0)
        with pytest.raises(SignedOut):
            await until(found, is_online)
    assert len(server.sent("hello")) == 1


@pytest.mark.parametrize("code", sorted(constants.TERMINAL))
async def test_after_some_ends_nobody_comes_back(server: servers.Unreliable, code: int) -> None:
    async with client(server) as found:
        await until(found, is_online)
        waiting = asyncio.create_task(found.send(servers.CHAT, "a"))
        server.refusals = [{"code": "unavailable", "retry": True, "after_ms": 5000}] * 9
        await server.asked("send")
        await server.close(code, "over", reconnect=False, after_ms=0)
        with pytest.raises(Ended, match="over") as ended:
            await until(found, is_online)
        assert ended.value.code == code
        with pytest.raises(Ended):
            await waiting
        with pytest.raises(Ended):
            await found.request("watch", {})


async def test_a_client_that_is_closed_says_so_to_who_waits() -> None:
    server = servers.Unreliable(url="http://127.0.0.1:1")
    async with client(server) as found:
        sending = asyncio.create_task(found.send(servers.CHAT, "a"))
        await until(found, lambda one: isinstance(one, news.Offline))
    with pytest.raises(Unreachable):
        await sending


async def test_who_is_cancelled_while_closing_hears_of_it(server: servers.Unreliable) -> None:
    found = connection.Client(server.url, servers.tokens("good"), first_wait=0.01)
    await found.__aenter__()
    await until(found, is_online)
    closing = asyncio.create_task(found.__aexit__(None, None, None))
    # So far that it waits.
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing

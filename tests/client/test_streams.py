"""All streams of a client together: what a greeting, a ping and a bound mean for them."""

import pytest

from src.client import frames, news
from src.client.streams import Streams

pytestmark = pytest.mark.unit


def greeting(heads: dict[str, int], *, more: bool = False, gone: tuple[str, ...] = ()) -> frames.Greeting:
    return frames.Greeting(
        conn="k",
        account=1,
        epoch="e1",
        fresh=False,
        ping_ms=25_000,
        exp=None,
        limits=frames.Limits(frame=65536, inflight=8, rate=20, burst=60),
        heads=[frames.Head(stream=stream, ev=ev) for stream, ev in heads.items()],
        gone=list(gone),
        more=more,
    )


def entry(stream: str, ev: int) -> frames.Entry:
    return frames.Entry(stream=stream, ev=ev, t="msg.new", d={})


def test_streams_of_which_nobody_has_spoken_are_asked_about() -> None:
    streams = Streams({f"chat:{number}": 5 for number in range(300)}, "e1")
    sent = streams.heads_to_send
    assert (len(sent), "chat:299" in sent, "chat:0" in sent) == (200, True, False)
    streams.greeted(greeting({"chat:299": 6}, more=True), sent, 1.0)
    asked: set[str] = set()
    while question := streams.ask(2.0):
        stream, since = question
        assert since == 5
        asked.add(stream)
        streams.answered(frames.PageRead(stream=stream, events=[], upto=5, more=False, reset=False), 2.0)
    assert asked == {"chat:299", *(f"chat:{number}" for number in range(100))}


def test_no_more_questions_than_a_few_are_under_way() -> None:
    streams = Streams({f"chat:{number}": 5 for number in range(10)}, "e1")
    streams.lagged(frames.Lag(op="lag", streams=[f"chat:{number}" for number in range(10)]), 1.0)
    first = [streams.ask(1.0) for _ in range(5)]
    assert first[3] is not None
    assert first[4] is None
    # With the socket they are gone, and asked anew over the next one.
    streams.closed(2.0)
    assert streams.ask(2.0) is not None


def test_a_stream_begins_with_the_entry_that_lets_its_reader_in() -> None:
    streams = Streams({}, None)
    streams.greeted(greeting({}), {}, 1.0)
    streams.entry(entry("chat:9", 40), 1.0)
    streams.entry(entry("chat:9", 41), 1.0)
    assert [one.ev for one in streams.news if isinstance(one, news.Happened)] == [40, 41]


def test_a_stream_whose_beginning_was_lost_is_loaded() -> None:
    streams = Streams({}, None)
    streams.pinged(frames.Ping(op="ping", h=[("chat:9", 40)]), 1.0)
    assert list(streams.news) == [news.Anew("chat:9", 40)]
    assert streams.ask_at is None


def test_heads_are_those_of_what_was_read() -> None:
    streams = Streams({"chat:1": 3, "chat:2": 8}, "e1")
    for ev in (4, 5, 6):
        streams.entry(entry("chat:1", ev), 1.0)
    assert streams.heads == {"chat:1": 3, "chat:2": 8}
    streams.news.popleft()
    assert list(streams.heads.items()) == [("chat:1", 4), ("chat:2", 8)]
    # The server is told of what has come, whether it was read or not, and of nothing that has not.
    streams.entry(entry("chat:2", 10), 1.0)
    assert streams.heads_to_send == {"chat:1": 6, "chat:2": 8}


def test_a_stream_that_the_server_does_not_know_ends() -> None:
    streams = Streams({"chat:1": 3}, "e1")
    streams.lagged(frames.Lag(op="lag", streams=["chat:1"]), 1.0)
    assert streams.ask(1.0) == ("chat:1", 3)
    streams.unanswered("chat:1", 1.0, is_gone=True)
    assert (list(streams.news), streams.heads) == ([news.Gone("chat:1")], {})


def test_frames_that_cannot_be_read_are_passed_over() -> None:
    text = b'{"op":"later"}\n{"op":"ev","stream":"a"}\nno json\n\n[1]\n{"op":"lag","streams":["own"],"more":1}'
    assert frames.read(text) == [frames.Lag(op="lag", streams=["own"])]
    assert frames.read('{"re":null,"err":{"code":"bad_request"}}') == [
        frames.Reply(re=None, err=frames.Refusal(code="bad_request"))
    ]

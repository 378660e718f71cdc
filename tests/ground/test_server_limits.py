"""What a connection may send before there is a request, over real sockets."""

import asyncio
import logging
import socket
import threading
from collections.abc import Iterator
from typing import cast

import pytest
import uvicorn

from src.middleware.stack import MiddlewareSettings, wrap
from src.server import ConnectionLimits, HearthHttpProtocol, bind
from tests.ground.serving import GET, PATIENCE, Serving, app, no_errors, released, serving, started, until

WRAPPED = wrap(app, MiddlewareSettings(any_type=("/",), default_policy=None))
# For who measures the time for headers: a test may stand still for a second or two, and no other time ends anything.
HEADERS_ONLY = ConnectionLimits(header_seconds=2, idle_seconds=600, linger_seconds=600)
# For who waits for the end of a kept connection.
SHORT_IDLE = ConnectionLimits(header_seconds=2, idle_seconds=1)


@pytest.fixture(scope="module")
def served() -> Iterator[Serving]:
    """A server as it is, for whoever measures no time."""
    with serving(WRAPPED) as running:
        yield running


@pytest.fixture(scope="module")
def measured() -> Iterator[Serving]:
    with serving(WRAPPED, HEADERS_ONLY) as running:
        yield running


@pytest.fixture(scope="module")
def short_idle() -> Iterator[Serving]:
    with serving(WRAPPED, SHORT_IDLE) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with no_errors(caplog):
        yield


def access_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What stands in the access log."""
    return [record.getMessage() for record in caplog.records if record.name == "hearth.access"]


def test_an_ordinary_request_is_answered_and_the_connection_kept(served: Serving) -> None:
    with served.connection() as connection:
        for _ in range(2):
            connection.send(GET + b"\r\n")
            answer = connection.answer()
            assert (answer.status, answer.body) == (200, b"GET 127.0.0.1 http")
            assert "server" not in answer.headers
            assert "date" in answer.headers


def test_headers_up_to_the_limit_pass_and_beyond_it_do_not(served: Serving) -> None:
    room = 32 * 1024 - len(b"Host: hearth.example\r\n") - len(b"X-Long: \r\n")
    fits = served.ask(GET + b"X-Long: " + b"a" * room + b"\r\n\r\n")
    assert fits.status == 200
    beyond = served.ask(GET + b"X-Long: " + b"a" * (room + 1) + b"\r\n\r\n")
    assert beyond.problem == (431, "headers_too_large")
    assert beyond.headers["connection"] == "close"
    assert beyond.headers["x-content-type-options"] == "nosniff"
    assert "date" in beyond.headers


def test_many_small_headers_add_up(served: Serving) -> None:
    lines = b"".join(b"X-%04d: %s\r\n" % (number, b"a" * 400) for number in range(90))
    assert served.ask(GET + lines + b"\r\n").problem == (431, "headers_too_large")


def test_the_number_of_headers_is_limited(served: Serving) -> None:
    line = b"A: b\r\n"
    assert served.ask(GET + line * 99 + b"\r\n").status == 200
    assert served.ask(GET + line * 100 + b"\r\n").problem == (431, "headers_too_large")


def test_a_header_that_does_not_end_is_cut_off_while_it_comes(
    measured: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="hearth.access")
    with measured.connection() as connection:
        connection.send(GET + b"X-Endless: " + b"a" * 10_000_000)
        assert connection.answer().problem == (431, "headers_too_large")
        # Cut off at once, it could not read the answer: what it goes on sending is thrown away for a while.
        until(lambda: connection.age > 0.1)
        connection.sock.sendall(b"a")
        until(lambda: connection.age > 0.2)
        connection.sock.sendall(b"a")
        assert connection.rest() == b""
    assert access_lines(caplog) == ["431 before there was a request"]


def test_an_address_that_is_too_long_is_refused(served: Serving) -> None:
    def get(length: int) -> bytes:
        return b"GET /" + b"?" * (length - 1) + b" HTTP/1.1\r\nHost: a\r\n\r\n"

    assert served.ask(get(8 * 1024)).status == 200
    assert served.ask(get(8 * 1024 + 1)).problem == (414, "uri_too_long")
    with served.connection() as connection:
        connection.send(b"GET /" + b"a" * 1_000_000)
        assert connection.answer().problem == (414, "uri_too_long")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        GET + b"Bad Header: x\r\n\r\n",
        GET + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        GET + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        GET + b"A: b\x00c\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
def test_what_is_no_http_gets_one_problem(
    served: Serving, request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="hearth.access")
    with served.connection() as connection:
        connection.send(request_bytes)
        assert connection.answer().problem == (400, "bad_request")
        connection.send(b"and more\r\n\r\n")
        assert connection.rest() == b""
    until(lambda: not served.server.server_state.connections)
    assert access_lines(caplog) == ["400 before there was a request"]


def test_headers_that_come_too_slowly_are_given_up(measured: Serving) -> None:
    with measured.connection() as connection:
        connection.send(GET[:10])
        assert connection.answer().problem == (408, "request_timeout")
        assert 1.9 < connection.age < 15
        assert connection.rest() == b""


def test_the_time_for_headers_is_not_prolonged_by_trickling(measured: Serving) -> None:
    with measured.connection() as connection:
        connection.sock.settimeout(0.02)
        for byte in GET + b"X-Slow: " + b"a" * 500:
            connection.send(bytes([byte]))
            try:
                connection.buffer += connection.sock.recv(65536)
                break
            except TimeoutError:
                continue
        else:
            pytest.fail("it may trickle for as long as it likes")
        connection.sock.settimeout(PATIENCE)
        assert connection.answer().problem == (408, "request_timeout")


def test_the_time_for_headers_begins_with_their_first_byte(measured: Serving) -> None:
    with measured.connection() as connection:
        until(lambda: connection.age > 0.5)
        connection.send(GET)
        assert connection.answer().problem == (408, "request_timeout")
        assert connection.age > 2.4


def test_the_time_for_headers_ends_with_them(measured: Serving) -> None:
    with measured.connection() as connection:
        connection.send(GET.replace(b"/ ", b"/wait "))
        until(lambda: connection.age > 0.1)
        connection.send(b"\r\n")
        assert started.wait(PATIENCE)
        until(lambda: connection.age > HEADERS_ONLY.header_seconds + 0.5)
        released.set()
        assert connection.answer().body == b"waited"


def test_a_connection_that_says_nothing_is_closed_without_a_word(measured: Serving) -> None:
    with measured.connection() as connection:
        assert connection.rest() == b""
        assert connection.age < 15


def test_a_kept_connection_has_the_same_time_for_headers(measured: Serving) -> None:
    with measured.connection() as connection:
        connection.send(GET + b"\r\n")
        assert connection.answer().status == 200
        connection.send(GET)
        assert connection.answer().problem == (408, "request_timeout")


def test_a_kept_connection_that_says_nothing_is_closed(short_idle: Serving) -> None:
    # A test that stands still for a while measures too much: then it measures the next one.
    for _ in range(3):
        with short_idle.connection() as connection:
            connection.send(GET + b"\r\n")
            assert connection.answer().status == 200
            assert connection.rest() == b""
            assert connection.age > 0.9
            # Not by the five seconds that are usual with uvicorn.
            if connection.age < 4.5:
                return
    pytest.fail("it is kept for longer than it may be")


def test_empty_lines_do_not_hold_a_connection(measured: Serving) -> None:
    with measured.connection() as connection:
        connection.send(GET + b"\r\n")
        assert connection.answer().status == 200
        connection.send(b"\r\n")
        assert connection.rest() == b""
        assert connection.age < 15


def test_headers_in_pieces_are_put_together(served: Serving) -> None:
    with served.connection() as connection:
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(GET), 7):
            connection.send(GET[start : start + 7])
        connection.send(b"\r\n")
        assert connection.answer().status == 200


def test_a_large_body_is_not_taken_for_headers(served: Serving) -> None:
    body = b"a" * 200_000
    post = b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + body
    with served.connection() as connection:
        connection.send(post + post + GET[:20])
        assert [connection.answer().body, connection.answer().body] == [b"200000", b"200000"]
        connection.send(GET[20:] + b"\r\n")
        assert connection.answer().status == 200


CHUNKED = b"POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_chunks_of_a_byte_each_pass(served: Serving) -> None:
    assert served.ask(CHUNKED + b"1\r\na\r\n" * 20_000 + b"0\r\n\r\n").body == b"20000"


@pytest.mark.parametrize(
    "flood", [b"1;" + b"x" * 1_000_000, b"0\r\nX-Trailer: " + b"x" * 1_000_000, b"0\r\n" + b"A: b\r\n" * 200_000]
)
def test_nothing_hides_behind_chunks(served: Serving, flood: bytes) -> None:
    with served.connection() as connection:
        connection.send(CHUNKED + b"1\r\na\r\n" + flood)
        assert connection.answer().problem == (431, "headers_too_large")


def test_a_few_trailers_too_many_are_refused(served: Serving) -> None:
    assert served.ask(CHUNKED + b"0\r\n" + b"A: b\r\n" * 99 + b"\r\n").problem == (431, "headers_too_large")
    assert served.ask(CHUNKED + b"0\r\n" + b"A: b\r\n" * 9 + b"\r\n").body == b"0"


def test_a_malformed_body_ends_a_request_that_waits_for_it(served: Serving) -> None:
    with served.connection() as connection:
        connection.send(CHUNKED + b"zz\r\n")
        assert connection.answer().problem == (400, "bad_request")
        assert connection.rest() == b""


def test_a_malformed_body_is_answered_once(served: Serving) -> None:
    with served.connection() as connection:
        connection.send(CHUNKED.replace(b"/read", b"/wait"))
        assert started.wait(PATIENCE)
        connection.send(b"zz\r\n")
        assert connection.answer().problem == (400, "bad_request")
        released.set()
        assert connection.rest() == b""
        until(lambda: not served.server.server_state.tasks)


def test_a_malformed_body_cuts_an_answer_that_has_begun(served: Serving) -> None:
    with served.connection() as connection:
        connection.send(CHUNKED.replace(b"/read", b"/half"))
        assert started.wait(PATIENCE)
        connection.send(b"zz\r\n")
        assert b"bad_request" not in connection.rest()


@pytest.mark.parametrize("second", [b"rubbish\r\n\r\n", GET + b"A: b\r\n" * 200 + b"\r\n"])
def test_a_request_keeps_its_answer_when_the_next_one_is_bad(served: Serving, second: bytes) -> None:
    with served.connection() as connection:
        connection.send(GET.replace(b"/ ", b"/wait ") + b"\r\n" + second)
        assert started.wait(PATIENCE)
        released.set()
        assert connection.answer().body == b"waited"
        assert connection.rest() == b""


def test_a_request_keeps_its_answer_when_the_next_one_does_not_end(short_idle: Serving) -> None:
    with short_idle.connection() as connection:
        connection.send(GET.replace(b"/ ", b"/wait ") + b"\r\n" + GET)
        assert started.wait(PATIENCE)
        until(lambda: connection.age > SHORT_IDLE.header_seconds + 0.5)
        released.set()
        assert connection.answer().body == b"waited"
        assert connection.rest() == b""


def test_of_two_queued_requests_and_a_bad_one_nothing_is_mixed_up(served: Serving) -> None:
    with served.connection() as connection:
        connection.send((GET.replace(b"/ ", b"/wait ") + b"\r\n") * 2 + b"rubbish\r\n\r\n")
        assert started.wait(PATIENCE)
        assert connection.rest() == b""
        released.set()
        until(lambda: not served.server.server_state.tasks)


def test_who_leaves_with_requests_in_the_queue_leaves_no_error(served: Serving) -> None:
    with served.connection() as connection:
        connection.send((GET.replace(b"/ ", b"/wait ") + b"\r\n") * 2)
        assert started.wait(PATIENCE)
    released.set()
    until(lambda: not served.server.server_state.tasks)


def test_who_goes_on_sending_behind_the_answer_is_cut_off(measured: Serving) -> None:
    with measured.connection() as connection:
        connection.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        assert connection.answer().status == 200
        connection.sock.settimeout(0.02)
        until(lambda: _sent_in_vain(connection.sock))
        assert connection.age < 15


def _sent_in_vain(sock: socket.socket) -> bool:
    try:
        sock.sendall(b"a")
        return sock.recv(10) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_who_ends_the_body_behind_the_answer_may_go_on(served: Serving) -> None:
    with served.connection() as connection:
        connection.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
        assert connection.answer().status == 200
        connection.send(b"a" * 10 + GET + b"\r\n")
        assert connection.answer().status == 200


def test_a_bad_end_of_an_answered_body_gets_no_second_answer(served: Serving) -> None:
    with served.connection() as connection:
        connection.send(CHUNKED.replace(b"/read", b"/"))
        assert connection.answer().status == 200
        connection.send(b"zz\r\n")
        assert connection.rest() == b""


def test_a_body_over_the_limit_gets_its_answer_while_it_still_comes() -> None:
    with serving(wrap(app, MiddlewareSettings(body_bytes=1000))) as running:
        head = b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n"
        with running.connection() as connection:
            connection.send(head + b" " * 5_000_000)
            assert connection.answer().problem == (413, "body_too_large")


def test_a_websocket_is_not_closed_by_the_time_for_headers() -> None:
    lost = threading.Event()

    class Socket(asyncio.Protocol):
        def __init__(self, **_: object) -> None:
            pass

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            # uvloop's is none of asyncio's classes.
            cast("asyncio.Transport", transport).write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")

        def connection_lost(self, exc: Exception | None) -> None:
            del exc
            lost.set()

    class Limited(HearthHttpProtocol):
        limits = ConnectionLimits(header_seconds=1)

    sock = bind("127.0.0.1", 0)
    config = uvicorn.Config(app, http=Limited, ws=Socket, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    until(lambda: server.started)
    try:
        with Serving(server, sock.getsockname()[1]).connection() as connection:
            connection.send(GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            assert connection.answer().status == 101
            assert not lost.wait(1.5)
    finally:
        server.should_exit = True
        thread.join(PATIENCE)

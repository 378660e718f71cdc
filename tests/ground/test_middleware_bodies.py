"""Bodies: size, time, type, and JSON that later layers would stumble over."""

import asyncio
import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from src.middleware.bodies import MAX_DEPTH, BodyTimes, check_json, depth_of
from src.middleware.stack import MiddlewareSettings, wrap
from src.problems import MalformedBody
from tests.ground.asgi import HOST, JSON, call, http_scope, post

pytestmark = pytest.mark.unit

FORM = (b"content-type", b"multipart/form-data; boundary=x")
CHUNKED = (b"transfer-encoding", b"chunked")
QUICK = BodyTimes(idle_seconds=0.05, total_seconds=0.15, bytes_per_second=10**9)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the body that it got."""
    body = await Request(scope, receive).body()
    await Response(body, media_type="application/octet-stream")(scope, receive, send)


async def deaf(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers without reading."""
    await Response(b"deaf")(scope, receive, send)


async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
    """Makes an answer of its own of whatever goes wrong while it reads."""
    try:
        await Request(scope, receive).body()
    except Exception:  # noqa: BLE001
        await Response(b"my own answer", status_code=400)(scope, receive, send)


SMALL = MiddlewareSettings(
    body_bytes=100, limits={"/files/": 1000, "/files/films/": 5000}, any_type=("/files/",), body_times=QUICK
)
app = wrap(echo, SMALL)


async def test_a_json_body_arrives_whole_also_in_pieces() -> None:
    answer = await call(app, http_scope("POST", headers=(HOST, JSON, CHUNKED)), b'{"a"', b":", b"1}")
    assert (answer.status, answer.body) == (200, b'{"a":1}')


async def test_the_limit_itself_passes_and_one_byte_more_does_not() -> None:
    fits = b'"' + b"a" * 98 + b'"'
    assert (await post(app, fits)).status == 200
    assert (await post(app, fits + b" ")).problem == (413, "body_too_large")
    streamed = await call(app, http_scope("POST", headers=(HOST, JSON, CHUNKED)), fits, b" ")
    assert streamed.problem == (413, "body_too_large")


async def test_a_declared_length_over_the_limit_is_refused_without_reading() -> None:
    async def receive() -> Message:
        pytest.fail("the body was read")

    statuses = []

    async def send(message: Message) -> None:
        statuses.append(message.get("status"))

    scope = http_scope("POST", headers=(HOST, JSON, (b"content-length", b"101")))
    await app(scope, receive, send)
    assert statuses[0] == 413


@pytest.mark.parametrize(
    ("declared", "status"), [(b"9" * 5000, 413), (b"9" * 20, 413), (b"-1", 400), (b"+5", 400), (b"1e3", 400)]
)
async def test_a_length_that_is_no_length_is_refused(declared: bytes, status: int) -> None:
    answer = await call(app, http_scope("POST", headers=(HOST, JSON, (b"content-length", declared))), b"{}")
    assert answer.problem[0] == status


@pytest.mark.parametrize(("target", "limit"), [(b"/", 100), (b"/files/1", 1000), (b"/files/films/1", 5000)])
async def test_the_longest_prefix_gives_the_limit(target: bytes, limit: int) -> None:
    def scope() -> Scope:
        return http_scope("POST", target, headers=(HOST, FORM, CHUNKED))

    assert (await call(app, scope(), b"a" * limit)).status == 200
    assert (await call(app, scope(), b"a" * limit, b"b")).problem == (413, "body_too_large")


@pytest.mark.parametrize("content_type", [JSON, FORM])
async def test_a_body_that_stands_still_is_given_up(content_type: tuple[bytes, bytes]) -> None:
    answer = await call(app, http_scope("POST", headers=(HOST, content_type, CHUNKED)), b"[", hang=True)
    assert answer.problem == (408, "request_timeout")


async def test_a_body_that_trickles_is_given_up_in_the_end() -> None:
    async def trickle() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    statuses = []

    async def send(message: Message) -> None:
        statuses.append(message.get("status"))

    await app(http_scope("POST", headers=(HOST, JSON, CHUNKED)), trickle, send)
    assert statuses[0] == 408


def test_large_limits_have_longer_times() -> None:
    times = BodyTimes(total_seconds=60, bytes_per_second=1000)
    assert times.whole(1000) == 60
    assert times.whole(600_000) == 600


async def test_no_app_hides_a_refusal_behind_an_answer_of_its_own() -> None:
    answer = await call(wrap(stubborn, SMALL), http_scope("POST", headers=(HOST, FORM, CHUNKED)), b"a" * 101)
    assert answer.problem == (413, "body_too_large")


async def test_an_answer_that_began_before_the_limit_was_passed_goes_on() -> None:
    async def eager(_scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()
        await send({"type": "http.response.body", "body": b"never"})

    answer = await call(wrap(eager, SMALL), http_scope("POST", headers=(HOST, FORM, CHUNKED)), b"a" * 101)
    assert (answer.status, answer.body) == (200, b"")


async def test_errors_of_the_app_are_not_taken_for_refusals() -> None:
    async def broken(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()
        raise RuntimeError

    answer = await call(wrap(broken, SMALL), http_scope("POST", headers=(HOST, FORM, CHUNKED)), b"a")
    assert answer.problem == (500, "internal_error")


async def test_a_client_that_leaves_gets_no_answer() -> None:
    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        pytest.fail(f"answered {message}")

    await app(http_scope("POST", headers=(HOST, JSON, CHUNKED)), gone, send)


@pytest.mark.parametrize("content_type", [JSON, FORM])
async def test_behind_the_body_the_app_can_wait_for_the_client_to_leave(content_type: tuple[bytes, bytes]) -> None:
    messages: list[Message] = [{"type": "http.request", "body": b"1"}, {"type": "http.disconnect"}]
    seen = []

    async def watching(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend([(await receive())["type"], (await receive())["type"]])
        await Response()(scope, receive, send)

    async def receive() -> Message:
        if len(messages) == 1:
            # Longer than a body may stand still: this is no body any more.
            await asyncio.sleep(QUICK.idle_seconds * 2)
        return messages.pop(0)

    async def send(_message: Message) -> None:
        pass

    await wrap(watching, SMALL)(http_scope("POST", headers=(HOST, content_type, CHUNKED)), receive, send)
    assert seen == ["http.request", "http.disconnect"]


@pytest.mark.parametrize(
    "body",
    [
        b"NaN",
        b'{"a": NaN}',
        b"[Infinity]",
        b"[-Infinity]",
        b"[1e400]",
        b'"\\ud800"',
        b'{"\\udfff": 1}',
        b'"\xff"',
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-32-le"),
        b'\xef\xbb\xbf{"a":1}',
        b"{",
        b"[1,]",
        b"{'a': 1}",
        b" ",
        b"1" * 99,
        b'"a\x00"',
    ],
)
async def test_json_that_a_later_layer_would_stumble_over_is_refused(body: bytes) -> None:
    if body == b"1" * 99:
        body = b"1" * 5000
    generous = wrap(echo, MiddlewareSettings())
    assert (await post(generous, body)).problem == (400, "malformed_body")


@pytest.mark.parametrize(
    "content_type", [b"application/JSON", b"application/json; charset=utf-8", b"application/a+json"]
)
async def test_every_spelling_of_json_is_checked(content_type: bytes) -> None:
    headers = (HOST, (b"content-type", content_type), (b"content-length", b"3"))
    answer = await call(app, http_scope("POST", headers=headers), b"NaN")
    assert answer.problem == (400, "malformed_body")


@pytest.mark.parametrize(
    ("body", "depth"),
    [
        (b"1", 0),
        (b"[]", 1),
        (b'{"a": [{"b": []}], "c": []}', 4),
        (b'["[[[[", "]]]]"]', 1),
        (b'["\\"[[[", []]', 2),
        (b'["\\\\", ["\\\\\\"["]]', 2),
        (b'{"[": {"{": "}"}}', 2),
    ],
)
def test_depth_counts_brackets_outside_of_strings(body: bytes, depth: int) -> None:
    assert depth_of(body) == depth


documents = st.recursive(
    st.none() | st.text('[]{}"\\ab\u00e9') | st.integers(-9, 9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('[]{}"\\a', max_size=3), inner, max_size=3),
    max_leaves=30,
)


def measured(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(measured, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(measured, value), default=0)
    return 0


@given(documents, st.booleans())
def test_depth_is_the_depth_of_what_is_parsed(document: object, ascii_only: bool) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only).encode()
    assert depth_of(text) == measured(orjson.loads(text))


def test_the_greatest_depth_passes_and_one_more_does_not() -> None:
    check_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    check_json(b"[[]," + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"]")
    check_json(b"[" + b"[]," * 1000 + b'"' + b"[" * 1000 + b'"]')
    for deep in (b"[" * 65 + b"]" * 65, b'{"a":' * 65 + b"1" + b"}" * 65, b"[" * 100_000):
        with pytest.raises(MalformedBody):
            check_json(deep)


@pytest.mark.parametrize("content_type", [b"text/plain", b"application/x-www-form-urlencoded", b"application/xml", b""])
async def test_a_body_of_another_type_is_refused_but_where_any_is_taken(content_type: bytes) -> None:
    headers = (HOST, (b"content-type", content_type), (b"content-length", b"3"))
    assert (await call(app, http_scope("POST", headers=headers), b"abc")).problem == (415, "unsupported_media_type")
    assert (await call(app, http_scope("PUT", b"/files/1", headers=headers), b"abc")).body == b"abc"
    assert (await call(app, http_scope("GET", headers=headers), b"abc")).status == 200


async def test_a_request_without_a_body_needs_no_type() -> None:
    assert (await call(wrap(deaf, SMALL), http_scope("POST"))).status == 200
    assert (
        await call(wrap(deaf, SMALL), http_scope("DELETE", headers=(HOST, (b"content-length", b"0"))))
    ).status == 200


async def test_a_larger_limit_is_none_of_json() -> None:
    body = b'"' + b"a" * 500 + b'"'
    answer = await call(app, http_scope("POST", b"/files/1", headers=(HOST, JSON, CHUNKED)), body)
    assert answer.problem == (413, "body_too_large")

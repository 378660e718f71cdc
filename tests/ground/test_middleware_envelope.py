"""Ids, headers, the access line and the last net."""

import asyncio
import logging
from collections.abc import Sequence

import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from src import logs
from src.middleware.stack import MiddlewareSettings, wrap
from src.problems import install_error_handlers
from tests.ground.asgi import HOST, call, http_scope

pytestmark = pytest.mark.unit


async def quiet(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the request's id, as the app and as the log see it."""
    request = Request(scope, receive)
    await Response(f"{request.state.request_id} {logs.request_id.get()}")(scope, receive, send)


app = wrap(quiet, MiddlewareSettings())


def lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What Hearth says; a library may complain meanwhile of what an earlier test has left behind."""
    return [record for record in caplog.records if record.name.startswith("hearth.")]


def access_lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in lines(caplog) if record.name == "hearth.access"]


@pytest.fixture(autouse=True)
def _heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="hearth")


@pytest.mark.parametrize("given", [b"abcdefgh", b"0-A" * 20])
async def test_a_good_request_id_is_kept_everywhere(given: bytes) -> None:
    answer = await call(app, http_scope(headers=(HOST, (b"x-request-id", given))))
    assert answer.one("x-request-id") == given.decode()
    assert answer.body.split() == [given, given]


@pytest.mark.parametrize(
    "given", [b"", b"short", b"a" * 65, b"abcdefg\r\nh", b"abcdefgh ", b"../../etc", b"caf\xc3\xa9123"]
)
async def test_a_bad_request_id_is_replaced(given: bytes) -> None:
    first = await call(app, http_scope(headers=(HOST, (b"x-request-id", given))))
    second = await call(app, http_scope())
    assert first.one("x-request-id") not in {given.decode(), second.one("x-request-id")}
    assert len(first.one("x-request-id") or "") == 32


async def test_every_answer_is_safe_by_default() -> None:
    answer = await call(app, http_scope())
    assert answer.one("x-content-type-options") == "nosniff"
    assert answer.one("referrer-policy") == "no-referrer"
    assert answer.one("cross-origin-opener-policy") == "same-origin"
    assert answer.one("cross-origin-resource-policy") == "same-origin"
    assert "camera=()" in (answer.one("permissions-policy") or "")
    assert answer.one("content-security-policy") == "default-src 'none'; frame-ancestors 'none'"
    assert answer.one("cache-control") == "no-store"
    assert answer.one("strict-transport-security") is None


async def test_https_is_remembered_by_browsers_also_behind_a_proxy() -> None:
    answer = await call(app, http_scope(scheme="https"))
    assert answer.one("strict-transport-security") == "max-age=31536000; includeSubDomains"
    without = wrap(quiet, MiddlewareSettings(hsts_seconds=0))
    assert (await call(without, http_scope(scheme="https"))).one("strict-transport-security") is None


async def test_an_answers_own_headers_win() -> None:
    own = {
        "Content-Security-Policy": "default-src 'self'",
        "Cache-Control": "max-age=60",
        "RateLimit": '"login";r=1;t=1',
    }

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(headers=own)(scope, receive, send)

    answer = await call(wrap(page, MiddlewareSettings()), http_scope())
    assert {name: answer.one(name.lower()) for name in own} == own
    assert answer.one("x-content-type-options") == "nosniff"


async def test_a_message_that_the_app_sends_twice_stays_as_it_was() -> None:
    start: Message = {"type": "http.response.start", "status": 200, "headers": []}

    async def frugal(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(start)
        await send({"type": "http.response.body"})

    wrapped = wrap(frugal, MiddlewareSettings())
    ids = {(await call(wrapped, http_scope())).one("x-request-id") for _ in range(3)}
    assert len(ids) == 3
    assert start["headers"] == []


def routed() -> FastAPI:
    inner = APIRouter(prefix="/posts")

    @inner.get("/{post_id}")
    async def read(request: Request, post_id: int) -> int:
        request.scope["state"]["account_id"] = 7
        return post_id

    @inner.get("/broken/now")
    async def broken() -> None:
        message = "password=hunter2"
        raise RuntimeError(message)

    api = FastAPI(redirect_slashes=False)
    api.include_router(inner, prefix="/v1")
    install_error_handlers(api)
    return api


async def test_one_line_for_each_request(caplog: pytest.LogCaptureFixture) -> None:
    scope = http_scope(target=b"/v1/posts/12/?token=canary", headers=(HOST, (b"x-request-id", b"request-1")))
    await call(wrap(routed(), MiddlewareSettings()), scope)
    (line,) = access_lines(caplog)
    fields = vars(line)
    assert fields["duration_ms"] >= 0
    expected = {
        "method": "GET",
        "path": "/v1/posts/12/",
        "route": "/v1/posts/{post_id}",
        "status": 200,
        "account_id": 7,
        "client": "192.0.2.7",
    }
    assert {name: fields[name] for name in expected} == expected
    assert line.getMessage().startswith("GET /v1/posts/12/ 200 ")
    assert "canary" not in str(fields)


async def test_refusals_have_their_line_too(caplog: pytest.LogCaptureFixture) -> None:
    await call(app, http_scope(target=b"/a%00"))
    assert [vars(line)["status"] for line in access_lines(caplog)] == [400]


async def test_nothing_is_made_up_for_a_log_that_is_off(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="hearth")
    caplog.handler.setLevel(logging.NOTSET)
    assert (await call(app, http_scope())).status == 200
    assert access_lines(caplog) == []


async def test_a_bug_is_a_problem_without_detail_and_a_traceback_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    answer = await call(wrap(routed(), MiddlewareSettings()), http_scope(target=b"/v1/posts/broken/now"))
    assert answer.problem == (500, "internal_error")
    assert b"hunter2" not in answer.body
    assert answer.one("x-content-type-options") == "nosniff"
    (error,) = [record for record in lines(caplog) if record.levelno >= logging.ERROR]
    assert error.exc_info is not None
    assert isinstance(error.exc_info[1], RuntimeError)
    assert vars(access_lines(caplog)[0])["status"] == 500


async def test_the_net_holds_for_any_app(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise LookupError

    answer = await call(wrap(broken, MiddlewareSettings()), http_scope())
    assert answer.problem == (500, "internal_error")
    assert answer.one("x-request-id")
    assert len(access_lines(caplog)) == 1


async def test_a_client_that_leaves_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async def reading(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ClientDisconnect

    assert (await call(wrap(reading, MiddlewareSettings()), http_scope())).status == 0
    assert [(record.levelname, vars(record).get("status")) for record in lines(caplog)] == [("INFO", 499)]


async def test_a_half_sent_answer_is_not_answered_again(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise LookupError

    answer = await call(wrap(broken, MiddlewareSettings()), http_scope())
    assert (answer.status, answer.body) == (200, b"")
    assert [record.levelname for record in lines(caplog)] == ["ERROR", "INFO"]


async def test_a_cancelled_request_is_told_to_come_again_and_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async def slow(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.get_running_loop().create_future()

    answers = []

    async def send(message: Message) -> None:
        answers.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    running = asyncio.ensure_future(wrap(slow, MiddlewareSettings())(http_scope(), receive, send))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert answers[0]["status"] == 503
    assert (b"retry-after", b"1") in answers[0]["headers"]
    assert [record.levelname for record in lines(caplog)] == ["INFO"]


ORIGIN = (b"origin", b"https://page.example")
crossing = wrap(quiet, MiddlewareSettings(cors_origins=("https://page.example",)))


async def test_a_listed_origin_may_read_answers_and_refusals() -> None:
    for target, status in ((b"/", 200), (b"/%00", 400)):
        answer = await call(crossing, http_scope(target=target, headers=(HOST, ORIGIN)))
        assert answer.status == status
        assert answer.one("access-control-allow-origin") == "https://page.example"
        assert answer.one("access-control-allow-credentials") is None
        assert "Retry-After" in (answer.one("access-control-expose-headers") or "")


@pytest.mark.parametrize(
    "origin", [b"https://evil.example", b"null", b"http://page.example", b"https://page.example:1"]
)
async def test_no_other_origin_may(origin: bytes) -> None:
    answer = await call(crossing, http_scope(headers=(HOST, (b"origin", origin))))
    assert answer.one("access-control-allow-origin") is None
    assert answer.one("vary") == "Origin"


def preflight(*headers: tuple[bytes, bytes]) -> Scope:
    return http_scope("OPTIONS", headers=(HOST, (b"access-control-request-method", b"DELETE"), *headers))


async def test_the_question_before_the_request_is_answered() -> None:
    answer = await call(
        crossing, preflight(ORIGIN, (b"access-control-request-headers", b"authorization,idempotency-key"))
    )
    assert answer.status == 200
    assert answer.one("access-control-allow-origin") == "https://page.example"
    assert answer.one("x-request-id")
    refused = await call(crossing, preflight((b"origin", b"https://evil.example")))
    assert refused.problem == (400, "bad_request")
    assert refused.one("access-control-allow-origin") is None
    assert "Origin" in (refused.one("vary") or "")


async def test_without_origins_there_is_no_cors() -> None:
    assert (await call(app, http_scope(headers=(HOST, ORIGIN)))).one("access-control-allow-origin") is None


@pytest.mark.parametrize("origin", ["*", "null", "https://*.example"])
def test_origins_that_mean_everybody_are_refused(origin: str) -> None:
    with pytest.raises(ValueError, match="name each site"):
        wrap(quiet, MiddlewareSettings(cors_origins=(origin,)))


async def run_socket(inner: Sequence[Message] | Exception) -> list[Message]:
    async def socket(_scope: Scope, _receive: Receive, send: Send) -> None:
        if isinstance(inner, Exception):
            await send({"type": "websocket.accept"})
            raise inner
        for message in inner:
            await send(message)

    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = http_scope(target=b"/v1/ws")
    del scope["method"]
    await wrap(socket, MiddlewareSettings())({**scope, "type": "websocket", "scheme": "ws"}, receive, send)
    return sent


async def test_a_socket_has_an_id_and_a_line(caplog: pytest.LogCaptureFixture) -> None:
    sent = await run_socket([{"type": "websocket.accept"}, {"type": "websocket.close", "code": 1000}])
    assert [name for name, _ in sent[0]["headers"]][-1] == b"x-request-id"
    (line,) = access_lines(caplog)
    assert (vars(line)["method"], vars(line)["status"]) == ("WEBSOCKET", 101)


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ({"type": "websocket.close", "code": 1008}, 403),
        ({"type": "websocket.http.response.start", "status": 401, "headers": []}, 401),
    ],
)
async def test_a_refused_socket_has_its_status(message: Message, status: int, caplog: pytest.LogCaptureFixture) -> None:
    assert await run_socket([message]) == [message]
    assert vars(access_lines(caplog)[0])["status"] == status


async def test_a_broken_socket_is_closed_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    sent = await run_socket(LookupError())
    assert sent[-1] == {"type": "websocket.close", "code": 1011}
    assert [record.levelname for record in lines(caplog)] == ["ERROR", "INFO"]


async def test_a_client_that_leaves_a_socket_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    assert len(await run_socket(WebSocketDisconnect())) == 1
    assert [record.levelname for record in lines(caplog)] == ["INFO"]

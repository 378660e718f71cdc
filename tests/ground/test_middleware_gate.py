"""Targets, hosts, doubled headers and the limit for everybody."""

from collections.abc import Sequence

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from src.config import Settings
from src.main import guarded
from src.middleware.stack import MiddlewareSettings, wrap
from src.rate_limit import MemoryLimiter, Policy
from tests.ground.asgi import HOST, Answer, call, http_scope, post

pytestmark = pytest.mark.unit


async def tell(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the path that it was asked for."""
    request = Request(scope, receive)
    await Response(f"{request.url.path} {scope['raw_path'].decode()}")(scope, receive, send)


app = wrap(tell, MiddlewareSettings())


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/v1/posts/", "/v1/posts /v1/posts"),
        (b"/v1/posts", "/v1/posts /v1/posts"),
        (b"/", "/ /"),
        (b"/v1/posts//", "/v1/posts/ /v1/posts/"),
        (b"/v1/posts/?a=/", "/v1/posts /v1/posts"),
    ],
)
async def test_one_trailing_slash_is_answered_as_if_it_were_not_there(target: bytes, path: str) -> None:
    answer = await call(app, http_scope(target=target))
    assert (answer.status, answer.body.decode()) == (200, path)


@pytest.mark.parametrize(
    "target",
    [
        b"/a%00b",
        b"/%00",
        b"/a%ffb",
        b"/%c3",
        b"/%ed%a0%80",
        b"/a?q=%00",
        b"/a?q=%ff",
        b"/a?q=a%C3",
        b"/a?%80=1",
        b"/a?q=\xff",
        b"/a?q=1&p=%ed%b0%80",
    ],
)
async def test_targets_that_are_no_text_are_refused(target: bytes) -> None:
    assert (await call(app, http_scope(target=target))).problem == (400, "bad_request")


@pytest.mark.parametrize("target", [b"/%D0%BF%D1%80?q=%E2%9C%93", b"/100%?q=50%", b"/a?q=%zz", b"/a?q=%2500"])
async def test_odd_but_readable_targets_pass(target: bytes) -> None:
    assert (await call(app, http_scope(target=target))).status == 200


@pytest.mark.parametrize(
    "host",
    [
        b"",
        b" ",
        b"a b",
        b"a/b",
        b"a?x=",
        b"a b[",
        b"user@host",
        b"host:port",
        b"host:123456",
        b"[::1",
        b"::1",
        b"a\\b",
        b"-a",
    ],
)
async def test_a_malformed_host_is_refused(host: bytes) -> None:
    assert (await call(app, http_scope(headers=((b"host", host),)))).problem == (400, "bad_request")


@pytest.mark.parametrize(
    "host", [b"localhost:8000", b"127.0.0.1", b"[::1]:8000", b"hearth.example.", b"a_b.local", b"x"]
)
async def test_a_sane_host_passes(host: bytes) -> None:
    assert (await call(app, http_scope(headers=((b"host", host),)))).status == 200


async def test_only_http_1_0_may_leave_the_host_out() -> None:
    assert (await call(app, http_scope(headers=()))).problem == (400, "bad_request")
    assert (await call(app, http_scope(headers=(), http_version="1.0"))).status == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (b"hearth.example", 200),
        (b"Hearth.Example:8443", 200),
        (b"a.family.example", 200),
        (b"family.example", 400),
        (b"notfamily.example", 400),
        (b"evil.example", 400),
        (b"hearth.example.evil.example", 400),
        (b"[::1]:8000", 200),
        (b"[::2]", 400),
    ],
)
async def test_with_trusted_hosts_only_those_are_answered(host: bytes, status: int) -> None:
    trusting = wrap(tell, MiddlewareSettings(trusted_hosts=("hearth.example", "*.family.example", "[::1]")))
    assert (await call(trusting, http_scope(headers=((b"host", host),)))).status == status
    assert (await call(trusting, http_scope(headers=(), http_version="1.0"))).status == 400


async def test_the_setting_names_the_hosts_and_health_is_told_by_any_name() -> None:
    trusting = guarded(tell, Settings(trusted_hosts=["hearth.example"]))
    for path, host, status in (
        (b"/v1/posts", b"hearth.example", 200),
        (b"/v1/posts", b"evil.example", 400),
        (b"/healthy", b"evil.example", 400),
        (b"/health/live", b"10.0.0.7:8000", 200),
        (b"/health/live", b"a b", 400),
    ):
        answer = await call(trusting, http_scope(target=path, headers=((b"host", host),)))
        assert answer.status == status, (path, host)
    anybody = guarded(tell, Settings(trusted_hosts=[]))
    assert (await call(anybody, http_scope(headers=((b"host", b"evil.example"),)))).status == 200


@pytest.mark.parametrize(
    "name", [b"host", b"authorization", b"x-api-key", b"content-type", b"content-length", b"origin"]
)
async def test_a_header_that_may_come_once_is_refused_twice(name: bytes) -> None:
    headers = (HOST, (name, b"1"), (name, b"1"))
    assert (await call(app, http_scope(headers=headers))).problem == (400, "bad_request")


async def test_headers_that_are_lists_may_come_twice() -> None:
    headers = (HOST, (b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"accept", b"a/b"), (b"accept", b"c/d"))
    assert (await call(app, http_scope(headers=headers))).status == 200


def throttled(*, default: int, address: int) -> MiddlewareSettings:
    return MiddlewareSettings(
        default_policy=Policy("default", default, 60), address_policy=Policy("address", address, 60)
    )


def stopped() -> MemoryLimiter:
    """A limiter for which no time passes."""
    return MemoryLimiter(monotonic=lambda: 5.0)


async def statuses(settings: MiddlewareSettings, requests: Sequence[Scope]) -> list[int]:
    limited = wrap(tell, settings, limiter=stopped())
    return [(await call(limited, request)).status for request in requests]


def bearer(token: bytes, client: tuple[str, int] = ("192.0.2.7", 1)) -> Scope:
    return http_scope(headers=(HOST, (b"authorization", b"Bearer " + token)), client=client)


async def test_every_answer_tells_what_is_left_and_a_refusal_when_to_come_again() -> None:
    limited = wrap(tell, throttled(default=2, address=100), limiter=stopped())
    first = await call(limited, http_scope())
    assert first.one("ratelimit-policy") == '"default";q=2;w=60, "address";q=100;w=60'
    assert first.one("ratelimit") == '"default";r=1;t=30'
    missing = await call(limited, http_scope(target=b"/a%00"))
    assert missing.one("ratelimit") is None
    await call(limited, http_scope())
    refused = await call(limited, http_scope())
    assert refused.problem == (429, "too_many_requests")
    assert refused.one("ratelimit") == '"default";r=0;t=60'
    assert refused.one("ratelimit-policy") == '"default";q=2;w=60'
    assert 30 <= int(refused.one("retry-after") or 0) <= 31


async def test_people_behind_one_address_have_a_quota_each() -> None:
    requests = [bearer(b"ann"), bearer(b"ann"), bearer(b"ann"), bearer(b"bob"), http_scope()]
    assert await statuses(throttled(default=2, address=100), requests) == [200, 200, 429, 200, 200]


async def test_an_api_key_is_a_credential_too() -> None:
    requests = [http_scope(headers=(HOST, (b"x-api-key", key))) for key in (b"a", b"a", b"b")]
    assert await statuses(throttled(default=1, address=100), requests) == [200, 429, 200]


async def test_made_up_credentials_run_into_the_limit_of_the_address() -> None:
    requests = [bearer(b"%d" % number) for number in range(5)]
    assert await statuses(throttled(default=2, address=3), requests) == [200, 200, 200, 429, 429]


async def test_another_address_has_its_own_quota() -> None:
    elsewhere = bearer(b"x", client=("198.51.100.1", 1))
    requests = [
        bearer(b"x"),
        bearer(b"y"),
        elsewhere,
        bearer(b"z", client=("198.51.100.1", 1)),
        http_scope(client=None),
    ]
    assert await statuses(throttled(default=1, address=1), requests) == [200, 429, 429, 429, 200]


async def test_the_pages_files_count_by_address_only() -> None:
    requests = [http_scope(target=b"/static/a.js")] * 3 + [http_scope(), http_scope()]
    copies = [dict(request) for request in requests]
    assert await statuses(throttled(default=1, address=4), copies) == [200, 200, 200, 200, 429]


async def test_a_refusal_reads_no_body() -> None:
    limited = wrap(tell, throttled(default=1, address=1), limiter=stopped())
    await call(limited, http_scope())
    answer: Answer = await post(limited, b"NaN")
    assert answer.problem == (429, "too_many_requests")


async def test_without_policies_nothing_is_counted() -> None:
    answer = await call(wrap(tell, MiddlewareSettings(default_policy=None)), http_scope())
    assert answer.one("ratelimit") is None


async def test_a_websocket_passes_the_same_door() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = http_scope(target=b"/v1/ws?q=%00", headers=(HOST,))
    del scope["method"]
    await app({**scope, "type": "websocket", "scheme": "ws"}, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]

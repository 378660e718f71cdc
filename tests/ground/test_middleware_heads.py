"""HEAD is GET without a body, wherever there is a GET; nothing is read for it that would not be sent."""

import pytest
from starlette.types import Receive, Scope, Send

from src.middleware.heads import Heads
from tests.ground.asgi import call, http_scope
from tests.hearth import Hearth, problem

PATHS = (
    "/v1/timelines/public",
    "/v1/users/ada",
    "/v1/users/ada/feed.atom",
    "/v1/server",
    "/openapi.json",
    "/v1/users/me",
)


async def endless(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers GET with a body that has no end, and nothing else."""
    del receive
    status = 200 if scope["method"] == "GET" else 405
    await send({"type": "http.response.start", "status": status, "headers": [(b"etag", b"x")]})
    while status == 200:
        await send({"type": "http.response.body", "body": b"more", "more_body": True})
    await send({"type": "http.response.body", "body": b"no"})


@pytest.mark.unit
async def test_a_body_without_an_end_is_not_waited_for() -> None:
    scope = http_scope("HEAD")
    answer = await call(Heads(endless), scope)
    assert (answer.status, answer.headers, answer.body) == (200, [(b"etag", b"x")], b"")
    assert scope["method"] == "HEAD"


@pytest.mark.integration
async def test_a_head_is_answered_as_a_get_without_its_body(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    await ada.client.post("/v1/posts", json={"text": "hello"})
    for client in (ada.client, hearth.client):
        for path in PATHS:
            whole, answer = await client.get(path), await client.head(path)
            assert (answer.status_code, answer.content) == (whole.status_code, b""), path
            for name in ("content-length", "content-type", "etag", "cache-control", "www-authenticate"):
                assert answer.headers.get(name) == whole.headers.get(name), (path, name)
    tag = (await hearth.client.head(PATHS[2])).headers["etag"]
    known = await hearth.client.head(PATHS[2], headers={"If-None-Match": tag})
    assert (known.status_code, known.content) == (304, b"")


@pytest.mark.integration
async def test_where_nothing_can_be_got_there_is_no_head(hearth: Hearth) -> None:
    refused = await hearth.client.head("/v1/auth/login")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert problem(await hearth.client.delete("/v1/timelines/public")) == "method_not_allowed"
    assert (await hearth.client.delete("/v1/timelines/public")).headers["allow"] == "GET, HEAD"

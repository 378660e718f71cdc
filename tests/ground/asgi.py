"""Calls an ASGI app in this process, message by message, with requests that no HTTP client would send."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import orjson
from starlette.types import ASGIApp, Message, Scope

Headers = Sequence[tuple[bytes, bytes]]
HOST = (b"host", b"hearth.example")
JSON = (b"content-type", b"application/json")


@dataclass
class Answer:
    """What came back; `status` is 0 when nothing did."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every field of this name."""
        return [value.decode() for key, value in self.headers if key == name.encode()]

    def one(self, name: str) -> str | None:
        """The only field of this name, if there is one."""
        values = self.all(name)
        assert len(values) < 2, values
        return values[0] if values else None

    @property
    def problem(self) -> tuple[int, str]:
        """Status and code of a problem document."""
        assert self.one("content-type") == "application/problem+json"
        document = orjson.loads(self.body)
        assert document["status"] == self.status
        return self.status, document["code"]


def http_scope(method: str = "GET", target: bytes = b"/", *, headers: Headers = (HOST,), **more: object) -> Scope:
    """An HTTP scope as the server makes it."""
    raw_path, _, query = target.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw_path.decode("latin-1")),
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": list(headers),
        "client": ("192.0.2.7", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {},
        **more,
    }


async def call(app: ASGIApp, scope: Scope, *pieces: bytes, hang: bool = False) -> Answer:
    """Sends the pieces as the body and collects the answer; `hang` keeps the body open behind them."""
    messages: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": hang or index < len(pieces) - 1}
        for index, piece in enumerate(pieces or (b"",))
    ]
    answer = Answer(0, [], b"")

    async def receive() -> Message:
        if messages:
            return messages.pop(0)
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status, answer.headers = message["status"], list(message["headers"])
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer


async def post(app: ASGIApp, body: bytes, *headers: tuple[bytes, bytes], target: bytes = b"/") -> Answer:
    """A JSON body in one piece, with its length."""
    length = (b"content-length", str(len(body)).encode())
    return await call(app, http_scope("POST", target, headers=(HOST, JSON, length, *headers)), body)

"""Requests to one server over HTTP, as whoever is signed in.

They go out through `outbound`, as all of this house do: it has the time budget, the bound on answers and the repetition
of what may be repeated. The address is the user's own choice and may well be this machine or one in the same house, so
the call is a trusted one and passes without the guard for strangers' URLs.
"""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote, urlencode

import orjson
from pydantic import BaseModel, ValidationError

from src.client.connection import Tokens
from src.client.constants import MAX_ANSWER_BYTES
from src.client.exceptions import Refused, SignedOut, Unreachable
from src.exceptions import FieldError, HearthError
from src.outbound import client as outbound_client

M = TypeVar("M", bound=BaseModel)

_UNAUTHORIZED = 401


class _Problem(BaseModel):
    code: str
    detail: str
    retryable: bool = False
    errors: list[FieldError] = []


class Calls:
    """The way to one server."""

    def __init__(
        self, url: str, outbound: outbound_client.Outbound, *, name: str, tokens: Tokens | None = None
    ) -> None:
        """Opens nothing.

        Args:
            url: the server's address, without a slash at the end.
            outbound: the process's way out.
            name: what the client calls itself.
            tokens: gives tokens; without it the requests are a stranger's.
        """
        self._url = url.rstrip("/")
        self._outbound = outbound
        self._name = name
        self._tokens = tokens

    def signed_in(self, tokens: Tokens) -> "Calls":
        """The same way as somebody."""
        return Calls(self._url, self._outbound, name=self._name, tokens=tokens)

    async def get(self, model: type[M], *path: str | int, **query: str | int | None) -> M:
        """What stands at this path below `/v1`; a parameter that is None is left out. Raises as `ask`."""
        return model.model_validate_json(await self.ask("GET", *path, query=query))

    async def ask(
        self,
        method: str,
        *path: str | int,
        query: Mapping[str, str | int | None] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> bytes:
        """The body of the answer.

        Raises:
            Refused: any answer that is none of success.
            Unreachable: there is no answer, or none of a Hearth.
            SignedOut: the token is good no more, and there is no other.
        """
        address = self._address(path, query or {})
        token = None if self._tokens is None else await self._tokens(None)
        answer = await self._sent(method, address, body, token)
        if answer.status == _UNAUTHORIZED and self._tokens is not None:
            answer = await self._sent(method, address, body, await self._tokens(token))
            if answer.status == _UNAUTHORIZED:
                raise SignedOut
        if not 200 <= answer.status < 300:
            raise _refusal(answer)
        return answer.body

    def _address(self, path: tuple[str | int, ...], query: Mapping[str, str | int | None]) -> str:
        parts = "/".join(quote(str(part), safe="") for part in path)
        given = {key: value for key, value in query.items() if value is not None}
        return f"{self._url}/v1/{parts}" + (f"?{urlencode(given)}" if given else "")

    async def _sent(
        self, method: str, address: str, body: Mapping[str, object] | None, token: str | None
    ) -> outbound_client.Answer:
        headers = {"User-Agent": self._name, "Accept": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        call = outbound_client.Call(
            url=address,
            method=method,
            headers=headers,
            body=None if body is None else orjson.dumps(body),
            is_trusted=True,
            max_bytes=MAX_ANSWER_BYTES,
            # A token is for this address and no other.
            redirects=0,
        )
        try:
            return await self._outbound.fetch(call)
        except HearthError as error:
            raise Unreachable(error.detail) from None


def _refusal(answer: outbound_client.Answer) -> Refused | Unreachable:
    try:
        problem = _Problem.model_validate_json(answer.body)
        members: object = orjson.loads(answer.body)
    except ValidationError:
        return Unreachable(f"What answers there is no Hearth, or does not work (HTTP {answer.status}).")
    after = answer.headers.get("retry-after", "")
    return Refused(
        problem.code,
        problem.detail,
        status=answer.status,
        retry=problem.retryable,
        after=float(after) if after.isascii() and after.isdigit() else 0.0,
        errors=problem.errors,
        members=members if isinstance(members, dict) else {},
    )

"""The table from exceptions to problems, and that no answer repeats what was sent."""

import errno
import json
import re
import socket
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from ipaddress import IPv4Address
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import pytest
from fastapi import FastAPI, Query
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AnyUrl, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator
from pydantic_core import PydanticCustomError, _pydantic_core
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from src.exceptions import ErrorCode, HearthError, NotFound, Unavailable
from src.problems import _ECHOING, BadRequest, MethodNotAllowed, install_error_handlers, problem_of
from src.schemas import Text

pytestmark = pytest.mark.unit


def of_postgres(sqlstate: str) -> asyncpg.PostgresError:
    """The driver's exception as the server's message makes it."""
    error: asyncpg.PostgresError = asyncpg.PostgresError.new({"C": sqlstate, "M": "said the server"})
    return error


def adapted(origin: Exception, *, invalidated: bool = False) -> DBAPIError:
    """The exception as SQLAlchemy's dialect raises it."""
    adapter = AsyncAdapt_asyncpg_dbapi.Error(str(origin), origin)  # type: ignore[no-untyped-call]
    adapter.__cause__ = origin
    return DBAPIError("SELECT 1", None, adapter, connection_invalidated=invalidated)


@pytest.mark.parametrize(
    ("sqlstate", "status"),
    [
        ("22001", 422),
        ("22003", 422),
        ("22021", 422),
        ("22P02", 422),
        ("23502", 422),
        ("23503", 409),
        ("23505", 409),
        ("23P01", 409),
        ("40001", 503),
        ("40P01", 503),
        ("55P03", 503),
        ("57014", 503),
        ("57P01", 503),
        ("57P03", 503),
        ("53100", 503),
        ("53300", 503),
        ("08006", 503),
        ("25P03", 503),
        ("25P04", 503),
        # A check of a table is the last guard behind a rule of ours: what reaches it is a bug.
        ("23514", None),
        ("42601", None),
        ("42P01", None),
        ("25006", None),
        ("XX000", None),
        ("P0001", None),
    ],
)
def test_the_database_says_whose_fault_it_is(sqlstate: str, status: int | None) -> None:
    error = of_postgres(sqlstate)
    for raised in (error, adapted(error)):
        problem = problem_of(raised)
        assert (problem and problem.status) == status
        if status == 503:
            assert problem is not None
            assert problem.headers["Retry-After"] == "1"
            assert problem.retryable


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (adapted(RuntimeError(), invalidated=True), 503),
        (adapted(asyncpg.InterfaceError("connection is closed")), 503),
        (adapted(asyncpg.DataError("invalid input for query argument $1: 'canary'")), 422),
        (IntegrityError("INSERT", None, Exception("unknown driver")), None),
        (asyncpg.InterfaceError("connection is closed"), 503),
        (asyncpg.InterfaceError("pool is closing"), 503),
        (asyncpg.InterfaceError("connection has been released back to the pool"), 503),
        (asyncpg.InterfaceError("another operation is in progress"), None),
        (asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"), 503),
        (asyncpg.DataError("invalid input for query argument $1"), 422),
        (asyncpg.InvalidCachedStatementError(), 503),
        (asyncpg.FeatureNotSupportedError(), None),
        (asyncpg.ConnectionDoesNotExistError(), 503),
        (asyncpg.TooManyConnectionsError(), 503),
        (PoolTimeoutError(), 503),
        (TimeoutError(), 503),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), 503),
        (ConnectionResetError(), 503),
        (OSError("Multiple exceptions: [Errno 111] a, [Errno 111] b"), 503),
        (OSError(errno.EHOSTUNREACH, "no route"), 503),
        (OSError(errno.EMFILE, "too many"), 503),
        (socket.gaierror(-2, "unknown"), 503),
        (FileNotFoundError(errno.ENOENT, "the socket of the server"), 503),
        (FileNotFoundError(errno.ENOENT, "a file of ours", "template.html"), None),
        (PermissionError(errno.EACCES, "x", "file"), None),
        (OSError("something else"), None),
        (HTTPException(404), 404),
        (HTTPException(405, headers={"Allow": "GET"}), 405),
        (HTTPException(413), 413),
        (HTTPException(415), 415),
        (HTTPException(429), 429),
        (HTTPException(503), 503),
        (HTTPException(418), 400),
        (HTTPException(500), None),
        (NotFound(), 404),
        (ClientDisconnect(), 400),
        (ValueError(), None),
        (KeyError(), None),
    ],
)
def test_every_exception_has_its_status(error: Exception, status: int | None) -> None:
    problem = problem_of(error)
    assert (problem and problem.status) == status


def test_an_error_of_ours_stays_what_it_is_and_headers_survive() -> None:
    mine = Unavailable(retry_after=7)
    assert problem_of(mine) is mine
    problem = problem_of(HTTPException(405, headers={"Allow": "GET, POST"}))
    assert isinstance(problem, MethodNotAllowed)
    assert problem.headers == {"Allow": "GET, POST"}


def every_error() -> Iterator[type[HearthError]]:
    waiting = [HearthError]
    while waiting:
        kind = waiting.pop()
        yield kind
        waiting += kind.__subclasses__()


def test_every_code_of_the_ground_has_an_error_with_a_fitting_status() -> None:
    ground = {kind.code: kind.status for kind in every_error() if isinstance(kind.code, ErrorCode)}
    assert set(ground) == set(ErrorCode)
    assert all(status >= 400 for status in ground.values())
    assert BadRequest.status is HTTPStatus.BAD_REQUEST


# What a client might send and should never see again.
CANARY = "xKanari3nv0gel"


class _Colour(StrEnum):
    RED = "red"


class _Cat(BaseModel):
    kind: Literal["cat"]


class _Dog(BaseModel):
    kind: Literal["dog"]


class Everything(BaseModel):
    """Fields whose errors, as pydantic words them, may repeat the value."""

    model_config = ConfigDict(extra="forbid")

    password: Annotated[str, Field(min_length=20)]
    number: int | None = None
    choice: Literal["a"] | None = None
    colour: _Colour | None = None
    identifier: UUID | None = None
    when: datetime | None = None
    link: AnyUrl | None = None
    zone: ZoneInfo | None = None
    address: IPv4Address | None = None
    pet: Annotated[_Cat | _Dog, Field(discriminator="kind")] | None = None
    words: Annotated[list[int], Field(max_length=2)] = []
    mine: str = ""
    careless: str = ""
    title: Annotated[Text, Field(min_length=1, max_length=3)] = "a"
    titles: Annotated[list[str], Field(min_length=1)] = ["a"]

    @field_validator("mine")
    @classmethod
    def _mine(cls, value: str) -> str:
        if value:
            raise PydanticCustomError("not_mine", "This is not mine.")
        return value

    @field_validator("careless")
    @classmethod
    def _careless(cls, value: str) -> str:
        if value == "custom":
            raise PydanticCustomError("careless", "Got {value}.", {"value": CANARY})
        if value:
            message = f"bad value {value}"
            raise ValueError(message)
        return value


def build() -> FastAPI:
    app = FastAPI()
    install_error_handlers(app)

    @app.post("/things")
    async def create(thing: Everything, limit: Annotated[int, Query(ge=1)] = 1) -> list[object]:
        return [thing.number, limit]

    @app.get("/raise/{name}")
    async def fail(name: str) -> None:
        raise {
            "unique": adapted(of_postgres("23505")),
            "pool": PoolTimeoutError(),
            "file": FileNotFoundError(errno.ENOENT, CANARY, CANARY),
            "raw": of_postgres("57P01"),
            "closed": asyncpg.InterfaceError("connection is closed"),
            "bug": RuntimeError(CANARY),
            "hearth": NotFound(),
        }[name]

    return app


app = build()


async def ask(method: str, path: str, content: bytes | None = None) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hearth.example") as client:
        return await client.request(method, path, content=content, headers={"Content-Type": "application/json"})


async def errors_of(body: dict[str, object]) -> dict[str, dict[str, object]]:
    answer = await ask("POST", "/things", json.dumps({"password": "a" * 20} | body).encode())
    assert answer.status_code == 422, answer.text
    assert CANARY not in answer.text
    return {error["loc"][1]: error for error in answer.json()["errors"]}


async def test_a_refused_body_names_the_field_and_the_rule() -> None:
    errors = await errors_of({"password": "short", "number": "many", "mine": "x"})
    assert errors["password"] == {
        "loc": ["body", "password"],
        "code": "string_too_short",
        "message": "String should have at least 20 characters",
    }
    assert errors["number"]["code"] == "int_parsing"
    assert errors["mine"]["message"] == "This is not mine."


@pytest.mark.parametrize(
    ("title", "code", "message"),
    [
        ("", "string_too_short", "String should have at least 1 character"),
        ("xxxx", "string_too_long", "String should have at most 3 characters"),
    ],
)
async def test_the_length_of_a_text_is_told_in_characters(title: str, code: str, message: str) -> None:
    errors = await errors_of({"title": title, "titles": []})
    assert (errors["title"]["code"], errors["title"]["message"]) == (code, message)
    assert errors["titles"]["code"] == "too_short"


@pytest.mark.parametrize(
    "field", ["number", "choice", "colour", "identifier", "when", "link", "zone", "address", "words", "careless"]
)
async def test_no_field_repeats_its_value(field: str) -> None:
    assert field in await errors_of({field: CANARY})


async def test_nothing_else_repeats_what_was_sent() -> None:
    await errors_of({"careless": "custom"})
    await errors_of({"pet": {"kind": CANARY}})
    strange = f"{CANARY} <script>"
    assert "?" in await errors_of({strange: 1})
    answer = await ask("POST", f"/things?limit={CANARY}", json.dumps({"password": CANARY}).encode())
    assert answer.status_code == 422
    assert CANARY not in answer.text


async def test_a_missing_field_does_not_repeat_the_rest_of_the_body() -> None:
    answer = await ask("POST", "/things", json.dumps({"link": CANARY}).encode())
    assert [error["code"] for error in answer.json()["errors"]] == ["missing", "url_parsing"]
    assert CANARY not in answer.text


async def test_errors_are_bounded() -> None:
    many = await ask("POST", "/things", json.dumps({f"field{n}": 1 for n in range(500)}).encode())
    assert len(many.json()["errors"]) == 50


async def test_a_body_that_is_no_json_is_malformed() -> None:
    answer = await ask("POST", "/things", b'{"a": ')
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("DELETE", "/things", 405, "method_not_allowed"),
        ("GET", "/raise/unique", 409, "conflict"),
        ("GET", "/raise/pool", 503, "unavailable"),
        ("GET", "/raise/raw", 503, "unavailable"),
        ("GET", "/raise/closed", 503, "unavailable"),
        ("GET", "/raise/hearth", 404, "not_found"),
        ("GET", "/raise/file", 500, "internal_error"),
        ("GET", "/raise/bug", 500, "internal_error"),
    ],
)
async def test_every_layer_answers_with_a_problem(method: str, path: str, status: int, code: str) -> None:
    answer = await ask(method, path)
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert (answer.status_code, document["status"], document["code"]) == (status, status, code)
    assert document["type"] == f"urn:hearth:problem:{code}"
    assert CANARY not in answer.text
    assert ("Retry-After" in answer.headers) == (status == 503) == document["retryable"]
    assert ("Allow" in answer.headers) == (status == 405)


async def test_the_problem_names_the_request() -> None:
    async def with_id(scope, receive, send):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        scope["state"] = {"request_id": "request-1"}
        await app(scope, receive, send)

    transport = httpx.ASGITransport(with_id)
    async with httpx.AsyncClient(transport=transport, base_url="http://hearth.example") as client:
        assert (await client.get("/nowhere")).json()["instance"] == "urn:hearth:request:request-1"


# Context fields that come from the schema, never from the input.
_OF_THE_SCHEMA = {
    "class",
    "class_name",
    "decimal_places",
    "discriminator",
    "expected",
    "expected_plural",
    "expected_schemes",
    "expected_tags",
    "expected_version",
    "field_type",
    "ge",
    "gt",
    "le",
    "lt",
    "max_digits",
    "max_length",
    "method_name",
    "min_length",
    "multiple_of",
    "pattern",
    "whole_digits",
    # How many there were is no secret.
    "actual_length",
}
# Their {error} is one of the parser's fixed sentences.
_FIXED = {
    "date_parsing",
    "date_from_datetime_parsing",
    "time_parsing",
    "datetime_parsing",
    "datetime_from_date_parsing",
    "time_delta_parsing",
    "url_parsing",
    "url_syntax_violation",
}


def test_pydantic_has_no_new_template_that_repeats_the_input() -> None:
    risky = {
        info["type"]
        for info in _pydantic_core.list_all_errors()
        if set(re.findall(r"\{(\w+)\}", info["message_template_python"])) - _OF_THE_SCHEMA
    }
    assert risky == _ECHOING | _FIXED


@given(st.text(min_size=4))
def test_the_fixed_sentences_are_fixed(text: str) -> None:
    for kind in (datetime, AnyUrl):
        try:
            TypeAdapter(kind).validate_python(text)
        except ValidationError as error:
            (detail,) = error.errors()
            assert text.strip() not in detail["msg"] or text.strip() in "Input should be a valid URL datetime or date"

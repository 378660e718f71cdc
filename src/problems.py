"""Every exception becomes a problem document: the protocol's own errors, and the table from foreign ones to ours.

`problem_of` is the whole policy as a pure function; `install_error_handlers` hangs it into FastAPI. What it does not
know is a bug: it becomes a 500 without detail here and a traceback in the log (`src/middleware`).
"""

import errno
import logging
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from functools import singledispatch
from http import HTTPStatus
from typing import Final, Literal, get_args

import asyncpg
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic_core import PydanticKnownError
from pydantic_core.core_schema import ErrorType
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import Response

from src.exceptions import (
    Conflict,
    ErrorCode,
    FieldError,
    HearthError,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    TooManyRequests,
    Unavailable,
    problem_response,
)

logger = logging.getLogger("hearth.problems")


class BadRequest(HearthError):
    """The request line or a header makes no sense."""

    status = HTTPStatus.BAD_REQUEST
    code = ErrorCode.BAD_REQUEST
    detail = "The request is malformed."


class MalformedBody(HearthError):
    """The body is not what its type says, or JSON that we refuse (NaN, infinity, lone surrogates, too deep)."""

    status = HTTPStatus.BAD_REQUEST
    code = ErrorCode.MALFORMED_BODY
    detail = "The body cannot be read."


class MethodNotAllowed(HearthError):
    """The path exists, but not with this method; `Allow` tells which ones it has."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = ErrorCode.METHOD_NOT_ALLOWED
    detail = "This path does not have this method."


class RequestTimeout(HearthError):
    """The request came too slowly."""

    status = HTTPStatus.REQUEST_TIMEOUT
    code = ErrorCode.REQUEST_TIMEOUT
    detail = "The request came too slowly."
    retryable = True


class BodyTooLarge(HearthError):
    """The body is larger than this path takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = ErrorCode.BODY_TOO_LARGE
    detail = "The body is too large."


class UriTooLong(HearthError):
    """The path and query are longer than the server takes."""

    status = HTTPStatus.REQUEST_URI_TOO_LONG
    code = ErrorCode.URI_TOO_LONG
    detail = "The address is too long."


class UnsupportedMediaType(HearthError):
    """The body has a type that this path does not take."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = ErrorCode.UNSUPPORTED_MEDIA_TYPE
    detail = "The body has a type that is not taken here."


class HeadersTooLarge(HearthError):
    """The headers are larger or more than the server takes."""

    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    code = ErrorCode.HEADERS_TOO_LARGE
    detail = "The headers are too large or too many."


# What the framework raises by itself. Its only 400 is a body that it cannot parse.
_BY_STATUS: Final[Mapping[int, Callable[[], HearthError]]] = {
    400: MalformedBody,
    401: NotAuthenticated,
    403: NotPermitted,
    404: NotFound,
    405: MethodNotAllowed,
    408: RequestTimeout,
    409: Conflict,
    413: BodyTooLarge,
    414: UriTooLong,
    415: UnsupportedMediaType,
    422: InvalidInput,
    429: lambda: TooManyRequests(retry_after=1),
    431: HeadersTooLarge,
    503: Unavailable,
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html; the whole code first, then its class.
_BY_SQLSTATE: Final[Mapping[str, type[HearthError]]] = {
    "23502": InvalidInput,  # not null
    "23503": Conflict,  # the row referred to is gone
    "23505": Conflict,  # unique
    "23P01": Conflict,  # exclusion
    "25P03": Unavailable,  # idle in transaction for too long
    "25P04": Unavailable,  # transaction timeout
    "55P03": Unavailable,  # lock timeout
    "08": Unavailable,  # connection
    "22": InvalidInput,  # a value that its column cannot hold
    "40": Unavailable,  # serialization failure, deadlock
    "53": Unavailable,  # out of connections, disk or memory
    "57": Unavailable,  # statement timeout, shut down, starting up
}

# The driver says these in words only ("connection is closed", "pool is closing", "has been released").
_GONE = re.compile(r"clos(?:ed|ing)|released")
# Of errors without a class of their own; ENOENT is a socket file that is not there, EMFILE and ENFILE too many sockets.
_UNREACHABLE: Final = frozenset(
    {errno.ENOENT, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EAGAIN, errno.EMFILE, errno.ENFILE}
)

# Pydantic's own errors whose text is made of the input. All other templates are made of the schema.
_ECHOING: Final = frozenset(
    {
        "assertion_error",
        "bytes_invalid_encoding",
        "datetime_object_invalid",
        "get_attribute_error",
        "iteration_error",
        "json_invalid",
        "mapping_type",
        "no_such_attribute",
        "timezone_offset",
        "union_tag_invalid",
        "uuid_parsing",
        "value_error",
    }
)
_PYDANTIC: Final = frozenset(get_args(ErrorType))
_LENGTHS: Final[Mapping[str, tuple[Literal["string_too_short", "string_too_long"], str]]] = {
    "too_short": ("string_too_short", "min_length"),
    "too_long": ("string_too_long", "max_length"),
}
_REFUSED = "The value was refused."
_FIELD_NAME = re.compile(r"[A-Za-z_][\w-]{0,63}", re.ASCII)
_MAX_ERRORS = 50


@singledispatch
def problem_of(_error: BaseException) -> HearthError | None:
    """The error that a client is told of this exception; None for what is a bug of ours (a 500 without detail)."""
    return None


@problem_of.register
def _(error: HearthError) -> HearthError:
    return error


@problem_of.register
def _(error: HTTPException) -> HearthError | None:
    make = _BY_STATUS.get(error.status_code, BadRequest if error.status_code < 500 else None)
    if make is None:
        return None
    problem = make()
    problem.headers.update(error.headers or {})
    return problem


@problem_of.register
def _(error: RequestValidationError) -> HearthError:
    details = error.errors()
    if any(detail["type"] == "json_invalid" and detail["loc"][:1] == ("body",) for detail in details):
        return MalformedBody()
    errors: list[FieldError] = []
    for found in map(_field_error, details[:_MAX_ERRORS]):
        # What two dependencies of one route ask for is refused twice by the framework.
        if found not in errors:
            errors.append(found)
    return InvalidInput(errors=errors)


@problem_of.register
def _(_error: ClientDisconnect) -> HearthError:
    """Nobody reads this; but it is no bug either."""
    return BadRequest()


@problem_of.register
def _(error: DBAPIError) -> HearthError | None:
    if error.connection_invalidated:
        return Unavailable()
    # The driver's own exception is the cause of the adapter's, which is `orig`.
    return None if error.orig is None else _of_driver(error.orig.__cause__ or error.orig)


@problem_of.register(PoolTimeoutError)
@problem_of.register(TimeoutError)
def _(_error: Exception) -> HearthError:
    return Unavailable()


@problem_of.register
def _(error: OSError) -> HearthError | None:
    """A peer that is away; a missing socket file has no `filename`, a missing file of ours has one."""
    away = isinstance(error, ConnectionError | socket.gaierror) or error.errno in _UNREACHABLE
    # All addresses of one name refused: asyncio has no class for it.
    several = str(error).startswith("Multiple exceptions: ")
    return Unavailable() if several or (away and error.filename is None) else None


@problem_of.register(asyncpg.PostgresError)
@problem_of.register(asyncpg.InterfaceError)
@problem_of.register(asyncpg.InternalClientError)
def _of_driver(error: BaseException) -> HearthError | None:
    # The second is the driver's word for a connection that has just been told to close.
    if isinstance(error, asyncpg.InvalidCachedStatementError | asyncpg.InternalClientError):
        return Unavailable()
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        kind = _BY_SQLSTATE.get(state) or _BY_SQLSTATE.get(state[:2])
        return kind() if kind is not None else None
    if isinstance(error, asyncpg.InterfaceError) and _GONE.search(str(error)):
        return Unavailable()
    return None


def _of_text(detail: Mapping[str, object]) -> Mapping[str, object]:
    """The same error in the words for texts: of one with a validator of ours, pydantic counts "items"."""
    code, context = str(detail["type"]), detail.get("ctx")
    if code not in _LENGTHS or not isinstance(detail.get("input"), str) or not isinstance(context, dict):
        return detail
    kind, limit = _LENGTHS[code]
    known = PydanticKnownError(kind, {limit: context[limit]})
    return {**detail, "type": known.type, "msg": known.message()}


def _field_error(detail: Mapping[str, object]) -> FieldError:
    detail = _of_text(detail)
    code = str(detail["type"])
    # A text of our own is a constant unless it has a context, which may hold the value.
    echoes = code in _ECHOING if code in _PYDANTIC else bool(detail.get("ctx"))
    loc = detail["loc"]
    return FieldError(
        loc=[_loc_part(part) for part in loc] if isinstance(loc, Sequence) else [],
        code=code,
        message=_REFUSED if echoes else str(detail["msg"]),
    )


def _loc_part(part: object) -> str | int:
    """A place in the input; a name that no schema of ours could have is the client's own text and left out."""
    if isinstance(part, int):
        return part
    name = str(part)
    return name if _FIELD_NAME.fullmatch(name) else "?"


def render(error: HearthError, request_id: str) -> Response:
    """The error as an answer."""
    return problem_response(
        status=error.status,
        code=error.code,
        detail=error.detail,
        request_id=request_id,
        retryable=error.retryable,
        errors=error.errors,
        headers=error.headers,
        members=error.members,
    )


async def _answer(connection: HTTPConnection, error: Exception) -> Response:
    problem = problem_of(error)
    if problem is None:
        raise error
    if problem.status >= 500 and problem is not error:
        sqlstate = getattr(getattr(error, "orig", error), "sqlstate", None)
        logger.warning("%s became a %d", type(error).__name__, problem.status, extra={"sqlstate": sqlstate})
    return render(problem, _request_id(connection))


async def _answer_bug(connection: HTTPConnection, _error: Exception) -> Response:
    """The 500. Starlette raises the exception again behind this answer, and the middleware logs it."""
    return render(HearthError(), _request_id(connection))


def _request_id(connection: HTTPConnection) -> str:
    return str(connection.scope.get("state", {}).get("request_id", ""))


def install_error_handlers(app: FastAPI) -> None:
    """Makes every error of the app a problem document, whatever layer raised it."""
    for kind in (
        HearthError,
        HTTPException,
        RequestValidationError,
        ClientDisconnect,
        DBAPIError,
        PoolTimeoutError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
        OSError,
    ):
        app.add_exception_handler(kind, _answer)
    app.add_exception_handler(Exception, _answer_bug)

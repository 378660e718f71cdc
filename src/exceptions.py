"""The error tree of the whole house and its one shape on the wire: RFC 9457 problem details.

HearthError
├── InvalidInput (422)      ├── NotAuthenticated (401)   ├── NotPermitted (403)
├── NotFound (404)          ├── Conflict (409)           ├── TooManyRequests (429)
└── Unavailable (503)

Each package derives its own classes from these and gives them a `code` of its own `ErrorCode`; clients translate by
`code`, `detail` is English for people who read logs. No answer ever repeats what the client sent.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import Any, ClassVar

import orjson
from pydantic import BaseModel
from starlette.responses import Response

PROBLEM_TYPE = "application/problem+json"


class ErrorCode(StrEnum):
    """Codes that no single package owns: those of the server, the protocol and the input."""

    NOT_AUTHENTICATED = "not_authenticated"
    NOT_PERMITTED = "not_permitted"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    CONFLICT = "conflict"
    BODY_TOO_LARGE = "body_too_large"
    URI_TOO_LONG = "uri_too_long"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    MALFORMED_BODY = "malformed_body"
    INVALID_INPUT = "invalid_input"
    TOO_MANY_REQUESTS = "too_many_requests"
    HEADERS_TOO_LARGE = "headers_too_large"
    BAD_REQUEST = "bad_request"
    REQUEST_TIMEOUT = "request_timeout"
    INTERNAL_ERROR = "internal_error"
    UNAVAILABLE = "unavailable"


class FieldError(BaseModel):
    """One field that was refused: where it stands, a stable code and a sentence. Never its value."""

    loc: list[str | int]
    code: str
    message: str


class Problem(BaseModel):
    """The body of every answer of 400 and above (RFC 9457, with `code`, `errors` and `retryable` of our own)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    retryable: bool
    errors: list[FieldError]


class HearthError(Exception):
    """What services and dependencies raise; the handlers below turn it into a problem document."""

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    code: ClassVar[StrEnum] = ErrorCode.INTERNAL_ERROR
    detail: ClassVar[str] = "The server failed to handle the request."
    retryable: ClassVar[bool] = False
    # Extension members of the document (RFC 9457, 3.2), with example values.
    example_members: ClassVar[Mapping[str, str]] = {}

    def __init__(self, *, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None) -> None:
        super().__init__(self.detail)
        self.errors = errors
        self.headers = dict(headers or {})
        self.members: dict[str, str] = {}


class InvalidInput(HearthError):
    """The input is well-formed but refused by a rule."""

    status: ClassVar[HTTPStatus] = HTTPStatus.UNPROCESSABLE_ENTITY
    code: ClassVar[StrEnum] = ErrorCode.INVALID_INPUT
    detail: ClassVar[str] = "The input was refused."


class NotAuthenticated(HearthError):
    """The caller has to say who they are, or what they showed is no longer good."""

    status: ClassVar[HTTPStatus] = HTTPStatus.UNAUTHORIZED
    code: ClassVar[StrEnum] = ErrorCode.NOT_AUTHENTICATED
    detail: ClassVar[str] = "Sign in to do this."

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


class NotPermitted(HearthError):
    """The caller is known and may see the thing, but not do this with it."""

    status: ClassVar[HTTPStatus] = HTTPStatus.FORBIDDEN
    code: ClassVar[StrEnum] = ErrorCode.NOT_PERMITTED
    detail: ClassVar[str] = "You are not permitted to do this."


class NotFound(HearthError):
    """The thing does not exist, or the caller may not know that it does."""

    status: ClassVar[HTTPStatus] = HTTPStatus.NOT_FOUND
    code: ClassVar[StrEnum] = ErrorCode.NOT_FOUND
    detail: ClassVar[str] = "There is no such thing here."


class Conflict(HearthError):
    """The request does not fit the present state."""

    status: ClassVar[HTTPStatus] = HTTPStatus.CONFLICT
    code: ClassVar[StrEnum] = ErrorCode.CONFLICT
    detail: ClassVar[str] = "The request does not fit the present state."


class TooManyRequests(HearthError):
    """A limit of requests is used up; the answer says when to come again."""

    status: ClassVar[HTTPStatus] = HTTPStatus.TOO_MANY_REQUESTS
    code: ClassVar[StrEnum] = ErrorCode.TOO_MANY_REQUESTS
    detail: ClassVar[str] = "Too many requests; come again later."
    retryable = True

    def __init__(self, *, retry_after: float, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(headers={"Retry-After": str(max(1, round(retry_after + 0.5))), **(headers or {})})


class Unavailable(HearthError):
    """Something that the server needs is away for a moment; the same request may be sent again."""

    status: ClassVar[HTTPStatus] = HTTPStatus.SERVICE_UNAVAILABLE
    code: ClassVar[StrEnum] = ErrorCode.UNAVAILABLE
    detail: ClassVar[str] = "The server cannot answer right now; try again."
    retryable = True

    def __init__(self, *, retry_after: int = 1) -> None:
        super().__init__(headers={"Retry-After": str(retry_after)})


def problem_response(  # noqa: PLR0913  a document has as many members
    *,
    status: HTTPStatus,
    code: str,
    detail: str,
    request_id: str = "",
    retryable: bool = False,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, str] | None = None,
) -> Response:
    """The problem document as a response; used by every layer that refuses, also outside FastAPI."""
    return Response(
        orjson.dumps(
            Problem(
                type=f"urn:hearth:problem:{code}",
                title=status.phrase,
                status=status.value,
                detail=detail,
                code=code,
                instance=f"urn:hearth:request:{request_id}",
                retryable=retryable,
                errors=list(errors),
            ).model_dump()
            | dict(members or {})
        ),
        status_code=status,
        headers=dict(headers or {}),
        media_type=PROBLEM_TYPE,
    )


def problems(*errors: type[HearthError]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that may raise these errors, one entry a status, an example for each code.

    The app adds the schema of `Problem` to the document's components.
    """
    documents: dict[int | str, dict[str, Any]] = {}
    for status in sorted({error.status for error in errors}):
        examples = {e.code.value: {"summary": e.detail, "value": _example(e)} for e in errors if e.status == status}
        content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}}
        documents[status.value] = {"description": status.phrase, "content": content}
    return documents


def _example(error: type[HearthError]) -> dict[str, object]:
    return Problem(
        type=f"urn:hearth:problem:{error.code}",
        title=error.status.phrase,
        status=error.status.value,
        detail=error.detail,
        code=error.code,
        instance="urn:hearth:request:3f0c2a9b7d14",
        retryable=error.retryable,
        errors=[],
    ).model_dump() | dict(error.example_members)

"""What the endpoints of hooks take: a hook of the chat, and what a program sends, in whatever form it does."""

from typing import Annotated
from urllib.parse import parse_qs

import orjson
from fastapi import Depends, Header, Path, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from src import idempotency, rate_limit
from src.auth import dependencies as auth_dependencies
from src.chats import hook_schemas, service_hook_posts
from src.chats.constants import HOOKING, MAX_HOOK_BODY, MAX_HOOK_CODE
from src.config import Settings, of
from src.database import DatabaseDep
from src.exceptions import TooManyRequests
from src.middleware.bodies import check_json
from src.problems import BodyTooLarge, MalformedBody
from src.schemas import Id, Text

HookId = Annotated[Id, Path(description="The hook's id.")]
HookCode = Annotated[Text, Path(max_length=MAX_HOOK_CODE, description="The end of the hook's address.")]
Anyone = auth_dependencies.Anyone

# In front of what Slack's own examples send.
_PAYLOAD = b"payload="
_MOST_FIELDS = 10


async def address_of(request: Request) -> str:
    """Where people reach this server: as the operator says, or as the request does."""
    return (of(Settings).hearth_url or str(request.base_url)).rstrip("/")


AddressDep = Annotated[str, Depends(address_of)]


async def hook_of(database: DatabaseDep, request: Request, hook_code: HookCode) -> service_hook_posts.Place:
    """The hook of the path, whose quota is counted apart from that of who sends.

    It is read before the message is sent, not for as long: sending waits for a connection of its own.

    Raises:
        HookNotValid: the code is not good.
        TooManyRequests: it has been used too often.
    """
    async with database.read() as session:
        place = await service_hook_posts.find(session, code=hook_code)
    if of(Settings).rate_limit:
        limiter: rate_limit.Limiter = request.state.limiter
        decision = limiter.check(str(place.hook_id), HOOKING)
        if not decision.allowed:
            headers = rate_limit.headers_of(HOOKING, decision)
            raise TooManyRequests(retry_after=decision.retry_after, headers=headers)
    return place


ValidHook = Annotated[service_hook_posts.Place, Depends(hook_of)]


async def message_of(request: Request) -> hook_schemas.HookMessage:
    """What the body says: JSON, also under another name, or the field `payload` of a form.

    Raises:
        BodyTooLarge, MalformedBody: it is too long, or nothing of the kind.
        RequestValidationError: a field is not what it should be.
    """
    body = await request.body()
    if len(body) > MAX_HOOK_BODY:
        raise BodyTooLarge
    content = _payload(body) if body.startswith(_PAYLOAD) else body
    check_json(content)
    try:
        return hook_schemas.HookMessage.model_validate(orjson.loads(content))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from None


HookMessageDep = Annotated[hook_schemas.HookMessage, Depends(message_of)]
KeyDep = Annotated[
    str | None,
    Header(
        alias=idempotency.HEADER,
        max_length=idempotency.MAX_KEY,
        pattern=idempotency.KEY_PATTERN,
        description="Any text of the program's own: sent again under it, the message is not written twice.",
    ),
]


def _payload(body: bytes) -> bytes:
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise MalformedBody from None
    return fields["payload"][0].encode()

"""The endpoint of search. It is made of the sources that there are: search itself knows no domain."""

from typing import Annotated, Any, Union

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from src.auth import dependencies as auth_dependencies
from src.exceptions import FieldError, InvalidInput, problems
from src.feature import Registry
from src.pagination import InvalidCursor, PagingDep
from src.schemas import Text
from src.search import query, sources
from src.search.constants import MAX_KIND, MAX_QUERY, SEARCHING
from src.search.dependencies import Reader

_Asked = Annotated[
    Text,
    Query(
        alias="q",
        max_length=MAX_QUERY,
        description='Words, "phrases", -unwanted; for posts and messages also `from:@name` (or `me`), `has:link` (or'
        " media, image, video, audio; for messages poll), `in:` (for posts me, home, bookmarks or likes; for messages"
        " me, or `chat:17` by its id), and `before:`, `after:` or `during:` a year, month or day."
        " Other values are refused.",
        examples=["winter"],
    ),
]


def router_of(registry: Registry) -> APIRouter:
    """The endpoint for these features' sources."""
    known = {source.name: source for source in registry.all(sources.Source)}
    router = APIRouter(tags=["search"])
    described = Query(
        alias="type",
        max_length=MAX_KIND,
        description="What to look for.",
        json_schema_extra={"enum": [*known]},
        examples=[*known][:1],
    )

    @router.get(
        "",
        summary="Look for posts, people, hashtags, channels and messages",
        response_model=_any_of([source.page for source in known.values()]),
        responses=problems(*auth_dependencies.GUARDED, InvalidInput, InvalidCursor),
        dependencies=[auth_dependencies.limited(SEARCHING)],
    )
    async def search(
        request: Request, caller: Reader, paging: PagingDep, text: _Asked, kind: Annotated[Text, described]
    ) -> Response:
        """What the caller may see of what they look for. A page may be short; its `next` tells whether that is all."""
        source = known.get(kind)
        if not source:
            refused = FieldError(loc=["query", "type"], code="enum", message=f"One of {', '.join(known)}.")
            raise InvalidInput(errors=[refused])
        asked = query.parse(text)
        _refuse_unknown(source, asked)
        return await source.answer(sources.Asked(request, caller, asked, paging))

    return router


def _refuse_unknown(source: sources.Source, asked: query.Query) -> None:
    """To look for nothing and to find nothing are two things.

    Raises:
        InvalidInput: nothing can be found by an operator; it names each, and what it takes.
    """
    operators = source.operators
    if operators is None:
        return
    errors = [
        FieldError(
            loc=["query", "q"],
            code="unknown_operator",
            message=f"{operator} means nothing among {source.name}; {operators.taken(operator)}, and no minus."
            " In quotes it is looked for as a word.",
        )
        for operator in operators.unknown(asked)
    ]
    if errors:
        raise InvalidInput(errors=errors)


def _any_of(models: list[type[BaseModel]]) -> Any:
    return Union[tuple(models)]  # noqa: UP007  how many there are is known when the app is built

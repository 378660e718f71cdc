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
        description='Words, "phrases", -unwanted; for posts also `from:@name`, `has:link` (media, image, video, audio),'
        " `in:` (me, home, bookmarks, likes), and `before:`, `after:` or `during:` a year, month or day.",
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
        summary="Look for posts, people and hashtags",
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
        return await source.answer(sources.Asked(request, caller, query.parse(text), paging))

    return router


def _any_of(models: list[type[BaseModel]]) -> Any:
    return Union[tuple(models)]  # noqa: UP007  how many there are is known when the app is built

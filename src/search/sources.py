"""The part that a domain hands over to be searched."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

from src.auth import callers as auth_callers
from src.database import Database
from src.feature import Part
from src.pagination import Page, Paging, Slice
from src.search import query


@dataclass(frozen=True)
class Asked:
    """Who looks for what. `request.state` holds what the process keeps in memory."""

    request: Request
    caller: auth_callers.Caller
    query: query.Query
    paging: Paging

    @property
    def database(self) -> Database:
        """The database; a source opens its own short transactions."""
        found: Database = self.request.state.database
        return found

    def json(self, body: bytes, found: Slice[Any]) -> Response:
        """A page of bytes, with the `Link` header of its slice."""
        link = self.paging.link_header(found)
        return Response(body, media_type="application/json", headers={"Link": link} if link else None)

    def page(self, items: Sequence[BaseModel], found: Slice[Any]) -> Response:
        """A page of models."""
        page = Page[Any](
            items=list(items), next=found.next and found.next.encode(), prev=found.prev and found.prev.encode()
        )
        return self.json(page.model_dump_json().encode(), found)


@dataclass(frozen=True)
class Source(Part):
    """A kind of things that can be searched: `answer` gives a page of them, which is documented as `page`.

    It gives only what the caller may see, by the filters of its statement.
    """

    name: str
    answer: Callable[[Asked], Awaitable[Response]]
    page: type[BaseModel]

    @property
    def key(self) -> str:
        """The value of `type`."""
        return self.name

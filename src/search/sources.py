"""The part that a domain hands over to be searched."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

from src.auth import callers as auth_callers
from src.database import Database
from src.feature import Part
from src.pagination import Page, Paging, Slice
from src.search import query
from src.search.constants import Place


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
class Operators:
    """What of the language of queries means something to a source.

    Attributes:
        features: what `has:` may ask for.
        places: what `in:` may name.
        in_chats: whether `in:chat:17` may stand there.
    """

    features: tuple[str, ...]
    places: tuple[Place, ...]
    in_chats: bool = False

    def unknown(self, asked: query.Query) -> Iterator[str]:
        """What is asked for that nothing can be found by, as it was typed; of what cannot be read, the name alone."""
        yield from (f"has:{feature}" for feature in asked.features if feature not in self.features)
        yield from (f"in:{place}" for place in asked.places if place not in self.places)
        yield from () if self.in_chats else (f"in:chat:{chat_id}" for chat_id in asked.chats)
        yield from (f"{name}:…" for name in asked.unread)

    def taken(self, operator: str) -> str:
        """What an operator's name may stand before, in words."""
        name = operator.partition(":")[0]
        if name == "from":
            return "from: takes me or a name such as @ada"
        if name in {"has", "in"}:
            chats = ["chat:17 (by its id)"] if self.in_chats else []
            return f"{name}: takes one of {', '.join(self.features if name == 'has' else [*self.places, *chats])}"
        return f"{name}: takes a year, month or day such as 2026, 2026-03 or 2026-03-08"


@dataclass(frozen=True)
class Source(Part):
    """A kind of things that can be searched: `answer` gives a page of them, which is documented as `page`.

    It gives only what the caller may see, by the filters of its statement. Without `operators` it takes the text as it
    is; with them, a query that has others does not come to it.
    """

    name: str
    answer: Callable[[Asked], Awaitable[Response]]
    page: type[BaseModel]
    operators: Operators | None = None

    @property
    def key(self) -> str:
        """The value of `type`."""
        return self.name

"""What tests of search do again and again."""

from typing import Any

import httpx

from tests.hearth import Hearth, Person


async def write(person: Person, text: str, **fields: object) -> str:
    """The id of a new post."""
    answer = await person.client.post("/v1/posts", json={"text": text, **fields})
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


async def search(client: httpx.AsyncClient, text: str, kind: str = "posts", **parameters: object) -> dict[str, Any]:
    """A page of what is found."""
    answer = await client.get("/v1/search", params={"q": text, "type": kind, **parameters})  # type: ignore[dict-item]
    assert answer.is_success, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def posts(reader: Person | Hearth, text: str) -> list[str]:
    """The texts of the posts that are found."""
    return [item["post"]["text"] for item in (await search(reader.client, text, limit=80))["items"]]


async def names(reader: Person, text: str) -> list[str]:
    """The usernames that are found."""
    return [item["username"] for item in (await search(reader.client, text, "people", limit=80))["items"]]

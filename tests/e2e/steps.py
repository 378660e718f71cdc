"""What the stories share: people who come to the house by HTTP alone, and what they do there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from tests.hearth import PASSWORD, Hearth


@dataclass
class Guest:
    """Somebody who signed up by themselves."""

    id: str
    username: str
    client: httpx.AsyncClient
    refresh_token: str = ""

    def carry(self, grant: dict[str, Any]) -> None:
        """Goes on with the tokens of this grant."""
        self.client.headers["Authorization"] = f"Bearer {grant['access_token']}"
        self.refresh_token = grant["refresh_token"]

    async def sign_in(self) -> None:
        """Signs in once more, by name and password."""
        self.client.headers.pop("Authorization", None)
        self.carry(await ask(self.client, "POST", "/v1/auth/login", login=self.username, password=PASSWORD))


async def ask(
    client: httpx.AsyncClient, method: str, path: str, *, status: int = HTTPStatus.OK, **body: object
) -> Any:  # JSON of whatever shape
    """The answer to a request that has to end with this status; None when there is none."""
    response = await client.request(method, path, json=body or None)
    assert response.status_code == status, f"{method} {path}: {response.status_code} {response.text}"
    return response.json() if response.content else None


async def sign_up(hearth: Hearth, username: str, **fields: object) -> Guest:
    """Somebody new, signed in."""
    client = hearth.connect()
    body = {"username": username, "password": PASSWORD, **fields}
    answer = await ask(client, "POST", "/v1/auth/register", status=HTTPStatus.CREATED, **body)
    guest = Guest(answer["profile"]["id"], username, client)
    guest.carry(answer["grant"])
    return guest


async def write(guest: Guest, text: str, **fields: object) -> str:
    """The id of a new post."""
    post = await ask(guest.client, "POST", "/v1/posts", status=HTTPStatus.CREATED, text=text, **fields)
    found: str = post["id"]
    return found


async def texts(client: httpx.AsyncClient, timeline: str) -> list[str]:
    """The texts on the first page of a timeline."""
    page = await ask(client, "GET", f"/v1/timelines/{timeline}")
    return [item["post"]["text"] for item in page["items"]]


async def pages(client: httpx.AsyncClient, address: str, way: str = "next") -> AsyncIterator[httpx.Response]:
    """The page at this address and all that its `Link` headers lead to, one after the other."""
    following: str | None = address
    while following is not None:
        response = await client.get(following)
        assert response.status_code == HTTPStatus.OK, response.text
        yield response
        following = response.links.get(way, {}).get("url")

"""People who write without a pause, send again what was not acknowledged, and remember what was."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import select

from src.auth import models as auth_models
from src.database import Database
from src.posts import models as posts_models
from src.reactions import models as reactions_models
from tests.system.house import PATIENCE, House, until, wrong_in

# What a client may send again.
_AGAIN = {409, 503}
_PAUSE = 0.02


@dataclass
class Load:
    """Writers who follow each other; each writes, replies to the first post of all, and likes what it has written."""

    house: House
    tokens: dict[str, str] = field(default_factory=dict)
    root: str = ""
    # What the server has said it has done: the post's id of each text, and who likes which post.
    posts: dict[str, str] = field(default_factory=dict)
    likes: set[tuple[str, str]] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    # Requests that were never answered.
    cut: int = 0
    _over: bool = False

    async def gather(self, *names: str) -> None:
        """These people sign up and follow each other; the first one starts the thread."""
        for name in names:
            self.tokens[name] = await self.house.sign_up(name)
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            for name in names:
                for other in set(names) - {name}:
                    await self.insist(client, name, f"/v1/users/{other}/follow", None)
            self.root = await self._post(client, names[0], "The first of all")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """All of them write for the length of the block; afterwards each has been answered to its last request."""
        async with asyncio.TaskGroup() as group:
            for name in self.tokens:
                group.create_task(self._write(name))
            yield
            self._over = True

    async def goes_on(self, steps: int) -> None:
        """Waits until so many more posts were acknowledged."""
        goal = len(self.posts) + steps
        await until(lambda: len(self.posts) >= goal, f"{steps} more posts; so far {self.statuses}")

    async def _write(self, name: str) -> None:
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            number = 0
            while not self._over:
                number += 1
                parent = {"reply_to_id": self.root} if number % 2 else {}
                post_id = await self._post(client, name, f"{name} writes no. {number} for #posterity", **parent)
                await self.insist(client, name, f"/v1/posts/{post_id}/like", None)
                self.likes.add((name, post_id))

    async def _post(self, client: httpx.AsyncClient, name: str, text: str, **fields: str) -> str:
        key = text.encode().hex()
        made = await self.insist(client, name, "/v1/posts", {"text": text, **fields}, **{"Idempotency-Key": key})
        post_id: str = made["id"]
        self.posts[text] = post_id
        return post_id

    async def insist(
        self, client: httpx.AsyncClient, name: str, path: str, body: dict[str, str] | None, **headers: str
    ) -> Any:  # JSON of whatever shape
        """Sends a request until it succeeds; every refusal on the way has to ask for that."""
        headers["Authorization"] = f"Bearer {self.tokens[name]}"
        while True:
            try:
                answer = await client.post(self.house.url + path, json=body, headers=headers)
            except httpx.TransportError:
                self.cut += 1
            else:
                self.statuses[answer.status_code] += 1
                if answer.status_code < 300:
                    return answer.json()
                assert answer.status_code in _AGAIN, answer.text
                assert answer.json()["retryable"], answer.text
                assert "Retry-After" in answer.headers
            await asyncio.sleep(_PAUSE)

    async def is_whole(self, database: Database) -> None:
        """Everything that was acknowledged is there once, nothing else is, and all that is derived agrees."""
        post, like, account = posts_models.Post, reactions_models.Like, auth_models.Account
        async with database.read() as session:
            kept = {(row.text, str(row.id)) for row in await session.execute(select(post.text, post.id))}
            written = select(account.username, like.post_id).join(like, like.account_id == account.id)
            liked = {(row.username, str(row.post_id)) for row in await session.execute(written)}
        assert kept == set(self.posts.items())
        assert liked == self.likes
        assert await wrong_in(database) == []

    async def is_read(self) -> None:
        """Every home holds every post once."""
        newest_first = sorted(map(int, self.posts.values()), reverse=True)
        async with self.house.client() as client:
            for token in self.tokens.values():
                found: list[int] = []
                address: str | None = "/v1/timelines/home?limit=80"
                while address is not None:
                    page = await client.get(address, headers={"Authorization": f"Bearer {token}"})
                    assert page.status_code == 200, page.text
                    found += [int(item["post"]["id"]) for item in page.json()["items"]]
                    address = page.links.get("next", {}).get("url")
                assert found == newest_first

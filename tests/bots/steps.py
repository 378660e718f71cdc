"""Steps that tests of bots share."""

from typing import Any

import httpx

from tests.hearth import Hearth, Person

BOTS = "/v1/bots"
SCOPES = ("auth:read", "chats:read", "chats:write", "posts:write", "realtime:read", "users:read", "users:write")


def good(response: httpx.Response) -> Any:
    """The answer to a request that has to succeed."""
    assert response.is_success, response.text
    return response.json() if response.content else None


async def made(owner: Person, username: str = "weather_bot", **more: object) -> Any:
    """A new bot, as its owner sees it."""
    return good(await owner.client.post(BOTS, json={"username": username, **more}))


async def program(hearth: Hearth, owner: Person, username: str = "weather_bot", *scopes: str) -> Person:
    """A new bot with a key, which is its token and in the place of its session."""
    bot = await made(owner, username)
    body = {"name": "script", "scopes": scopes or SCOPES}
    key = good(await owner.client.post(f"{BOTS}/{bot['id']}/keys", json=body))
    client = hearth.connect({"Authorization": f"Bearer {key['secret']}"})
    return Person(int(bot["id"]), username, key["secret"], int(key["id"]), client)

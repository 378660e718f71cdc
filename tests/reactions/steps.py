"""Steps that tests of reactions share."""

from typing import Any

from src.reactions import checks
from tests.hearth import Hearth, Person, patiently
from tests.posts.test_posts import write

__all__ = ["done", "names", "no_counter_is_wrong", "state", "undone", "write"]


async def done(person: Person, what: str, post_id: str) -> dict[str, Any]:
    """How things stand after the person has done this to the post."""
    return await _asked(person, "POST", f"/v1/posts/{post_id}/{what}")


async def undone(person: Person, what: str, post_id: str) -> dict[str, Any]:
    """How things stand after the person has taken it back."""
    return await _asked(person, "DELETE", f"/v1/posts/{post_id}/{what}")


async def state(person: Person, post_id: str) -> dict[str, Any]:
    """What the person has done to the post."""
    return await _asked(person, "GET", f"/v1/posts/{post_id}/reactions")


async def names(person: Person, path: str, **query: str | int) -> list[str]:
    """The usernames of a page of a list, as the person sees it."""
    response = await person.client.get(path, params=query)
    assert response.status_code == 200, response.text
    return [item["username"] for item in response.json()["items"]]


async def no_counter_is_wrong(hearth: Hearth) -> None:
    """Recounts all reactions."""
    async with hearth.database.read() as session:
        assert await checks.counters(session) == []


async def _asked(person: Person, method: str, path: str) -> dict[str, Any]:
    response = await patiently(person, method, path)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found

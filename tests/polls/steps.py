"""Steps that tests of polls share."""

from http import HTTPStatus
from typing import Any

import httpx

from src.polls import checks
from tests.hearth import Hearth, Person

OPTIONS = ["Friday", "Saturday", "Sunday"]


async def ask(person: Person, text: str = "When?", *, post: dict[str, object] | None = None, **poll: object) -> Any:
    """A new post of this person with a poll, as answered."""
    body = {"text": text, "poll": {"options": OPTIONS, **poll}, **(post or {})}
    response = await person.client.post("/v1/posts", json=body)
    assert response.status_code == HTTPStatus.CREATED, response.text
    return response.json()


async def vote(person: Person, poll_id: str, *choices: int) -> httpx.Response:
    """The answer to a vote, which is sent again as long as the server asks for that."""
    while True:
        response = await person.client.put(f"/v1/polls/{poll_id}/ballot", json={"choices": choices})
        if response.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
            return response


async def read(person: Person, poll_id: str) -> dict[str, Any]:
    """The poll as this person sees it."""
    response = await person.client.get(f"/v1/polls/{poll_id}")
    assert response.status_code == HTTPStatus.OK, response.text
    found: dict[str, Any] = response.json()
    return found


def votes(poll: dict[str, Any]) -> list[int | None]:
    """What each option has."""
    return [option["votes"] for option in poll["options"]]


async def no_counter_is_wrong(hearth: Hearth) -> None:
    """Looks at all polls."""
    async with hearth.database.read() as session:
        assert await checks.counters(session) == []
        assert await checks.places(session) == []

"""Steps that tests of notifications share."""

from collections.abc import Mapping
from typing import Any

from src.notifications import checks
from tests.hearth import Hearth, Person

INBOX = "/v1/notifications"
Query = Mapping[str, str | int | list[str]]


async def asked(person: Person, path: str = "", query: Query | None = None) -> dict[str, Any]:
    """What the person gets from their inbox."""
    response = await person.client.get(f"{INBOX}{path}", params=dict(query or {}))
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def inbox(person: Person, **query: str | int | list[str]) -> list[tuple[str, str]]:
    """Kind and actor of all on the first page, the newest first."""
    items = (await asked(person, query=query))["items"]
    return [(item["kind"], item["actor"]["username"]) for item in items]


async def groups(person: Person, **query: str | int | list[str]) -> list[tuple[str, int, list[str]]]:
    """Kind, number and people of the groups on the first page."""
    items = (await asked(person, "/groups", query))["items"]
    return [(item["kind"], item["count"], [one["username"] for one in item["people"]]) for item in items]


async def unread(person: Person) -> int:
    """What the person's badge counts."""
    count = (await asked(person, "/unread"))["count"]
    assert isinstance(count, int)
    return count


async def does(person: Person, method: str, path: str, **body: object) -> dict[str, Any]:
    """What the person gets for a request that has to succeed."""
    response = await person.client.request(method, f"/v1/{path}", json=body or None)
    assert response.status_code < 300, response.text
    answer: dict[str, Any] = response.json() if response.content else {}
    return answer


async def no_group_is_wrong(hearth: Hearth) -> None:
    """Looks at all groups."""
    async with hearth.database.read() as session:
        assert await checks.groups(session) == []

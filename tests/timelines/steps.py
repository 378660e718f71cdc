"""Steps that tests of timelines share."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from src import clock
from src.models import id_at
from src.posts import models as posts_models
from src.posts.constants import Visibility
from tests.hearth import Hearth, Person

HOME = "/v1/timelines/home"
_AT_ONCE = 200


async def texts(person: Person, path: str, **query: str | int) -> list[str]:
    """The texts on a page of a timeline, as the person sees it."""
    return [item["post"]["text"] for item in (await page(person, path, **query))["items"]]


async def page(person: Person, path: str, **query: str | int) -> dict[str, Any]:
    """A page of a timeline, as the person sees it."""
    response = await person.client.get(path, params=query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def walk(person: Person, path: str, **query: str | int) -> list[str]:
    """The texts of a whole timeline, page by page."""
    found: list[str] = []
    answer = await page(person, path, **query)
    while True:
        found += [item["post"]["text"] for item in answer["items"]]
        if answer["next"] is None:
            return found
        answer = await page(person, path, **{**query, "cursor": answer["next"]})


async def follow(follower: Person, *followees: Person) -> None:
    """One follows others, whose profiles are public."""
    for followee in followees:
        response = await follower.client.post(f"/v1/users/{followee.username}/follow")
        assert response.status_code == 200, response.text


def one_after_the_other(count: int) -> list[datetime]:
    """The last so many milliseconds: ids of one and the same may be in any order."""
    now = clock.now()
    return [now - timedelta(milliseconds=count - number) for number in range(count)]


async def written_at(hearth: Hearth, author: Person, instants: Sequence[datetime], **fields: object) -> list[int]:
    """Posts of other times, written straight into the table; their texts are their numbers."""
    rows = [
        {
            "id": id_at(instant),
            "author_id": author.id,
            "text": str(number),
            "visibility": Visibility.PUBLIC,
            **fields,
        }
        for number, instant in enumerate(instants)
    ]
    post = posts_models.Post
    async with hearth.database.write() as session:
        ids: list[int] = []
        for start in range(0, len(rows), _AT_ONCE):
            statement = insert(post).values(rows[start : start + _AT_ONCE]).returning(post.id)
            ids += (await session.execute(statement)).scalars()
        return ids


async def entries(hearth: Hearth, person: Person) -> list[int]:
    """The entries that the person's home keeps, the newest first."""
    sql = "SELECT entry_id FROM timeline_entries WHERE account_id = $1 ORDER BY entry_id DESC"
    return [row["entry_id"] for row in await hearth.database.fetch(sql, [person.id])]

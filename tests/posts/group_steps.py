"""Steps that tests of posts for a group share."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.hearth import Hearth, Person
from tests.media import files
from tests.media.steps import uploaded
from tests.notifications.steps import inbox
from tests.posts.test_posts import write

JPEG = files.written(files.picture(), "JPEG")
WORDS = "Xylophones at eight #band"


async def chat_of(owner: Person, *others: Person, **rules: object) -> str:
    """The id of a new chat."""
    body = {"kind": "group", "name": "Band", "member_ids": [str(other.id) for other in others], **rules}
    answer = await owner.client.post("/v1/chats", json=body)
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


async def write_to(person: Person, group: str, text: str = WORDS, **fields: object) -> dict[str, Any]:
    """A new post of this member for the group."""
    return await write(person, text, visibility="group", group_id=group, **fields)


async def add(owner: Person, group: str, person: Person) -> None:
    """The owner adds somebody."""
    answer = await owner.client.put(f"/v1/groups/{group}/members/{person.id}")
    assert answer.is_success, answer.text


async def send_away(by: Person, group: str, person: Person, *, how: str = "members") -> None:
    """Somebody belongs to the group no more: sent away, banned (`bans`), or by their own will."""
    method = "PUT" if how == "bans" else "DELETE"
    answer = await by.client.request(method, f"/v1/groups/{group}/{how}/{person.id}")
    assert answer.is_success, answer.text


@dataclass(frozen=True)
class Secret:
    """A post for a group with all that can hang on one: the picture hangs on the post that it answers."""

    author: Person
    group: str
    id: str
    poll_id: str
    picture: str
    first_id: str

    def pages(self) -> dict[str, str]:
        """Lists in which its words stand, or do not."""
        author = self.author.username
        return {
            "of the group": f"/v1/timelines/groups/{self.group}",
            "of its hashtag": "/v1/timelines/hashtags/band",
            "of its author": f"/v1/timelines/users/{author}",
            "pinned": f"/v1/timelines/users/{author}/pins",
            "found": "/v1/search?type=posts&q=xylophones",
            "found by author": f"/v1/search?type=posts&q=from:{author}",
            "found among the kept": "/v1/search?type=posts&q=in:bookmarks",
            "liked": "/v1/timelines/likes",
            "kept": "/v1/timelines/bookmarks",
        }

    def things(self) -> dict[str, str]:
        """What is there, or is not."""
        post = f"/v1/posts/{self.id}"
        return {
            "the post": post,
            "its thread": f"{post}/thread",
            "its versions": f"{post}/edits",
            "its reactions": f"{post}/likes",
            "its poll": f"/v1/polls/{self.poll_id}",
            "its voters": f"/v1/polls/{self.poll_id}/voters",
            "the picture": self.picture,
            "what is said of the picture": self.picture.rpartition("/")[0],
        }


async def tell_secret(hearth: Hearth, author: Person, group: str, *named: Person) -> Secret:
    """A member writes for a group: a picture, and in answer to it a poll that is pinned and names others."""
    picture = await uploaded(hearth, author, JPEG)
    first = await write_to(author, group, "Look", media_ids=[picture["id"]])
    text = " ".join([WORDS, *(f"@{person.username}" for person in named)])
    poll = {"options": ["Yes", "No"], "is_public": True, "open_for": 3600}
    post = await write_to(author, group, text, poll=poll, reply_to_id=first["id"])
    assert (await author.client.patch(f"/v1/posts/{post['id']}", json={"content_warning": "loud"})).is_success
    assert (await author.client.post(f"/v1/posts/{post['id']}/pin")).is_success
    await hearth.settle()
    return Secret(author, group, post["id"], post["poll"]["id"], first["media"][0]["url"], first["id"])


async def react(person: Person, secret: Secret) -> None:
    """Somebody who sees it likes it, keeps it and votes."""
    for what in ("like", "bookmark"):
        assert (await person.client.post(f"/v1/posts/{secret.id}/{what}")).is_success
    answer = await person.client.put(f"/v1/polls/{secret.poll_id}/ballot", json={"choices": [0]})
    assert answer.is_success, answer.text


async def there(client: httpx.AsyncClient, secret: Secret) -> set[str]:
    """What of it is there for a client, whether it asks for all or for the head of an answer."""
    found = set()
    for name, path in secret.things().items():
        answer = await client.get(path)
        assert (await client.head(path)).status_code == answer.status_code, name
        found |= {name} if answer.is_success else set()
    return found


async def seen(hearth: Hearth, reader: Person | None, secret: Secret) -> set[str]:
    """By which ways somebody gets to know of it."""
    client = hearth.client if reader is None else reader.client
    found = await there(client, secret)
    for name, path in secret.pages().items():
        answer = await client.get(path)
        if answer.is_success and any(item["post"]["id"] == secret.id for item in answer.json()["items"]):
            found.add(name)
    around = await client.get(f"/v1/posts/{secret.first_id}/thread")
    if secret.id in around.text:
        found.add("the thread around it")
    if (await client.get("/v1/search?type=hashtags&q=band")).json()["items"]:
        found.add("its hashtag")
    if reader is not None:
        ballot = await client.put(f"/v1/polls/{secret.poll_id}/ballot", json={"choices": [1]})
        found |= {"its ballot"} if ballot.is_success else set()
        found |= {f"a notification: {kind}" for kind, _ in await inbox(reader)}
        home = (await client.get("/v1/timelines/home")).json()["items"]
        popular = (await client.get("/v1/timelines/home/popular?window=all")).json()["items"]
        found |= {"a home"} if secret.id in {item["post"]["id"] for item in [*home, *popular]} else set()
    return found

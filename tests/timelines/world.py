"""A small community whose every act is done twice: in the house over HTTP, and in plain Python as the oracle."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from tests.hearth import Hearth, Person

PEOPLE = ("ann", "ben", "cat", "dan", "eve")


@dataclass
class Written:
    """A post as the oracle remembers it."""

    id: int
    author: str
    visibility: str
    mentions: frozenset[str]
    reply_to_author: str | None
    tags: frozenset[str]
    group: str | None = None
    likes: set[str] = field(default_factory=set)
    is_edited: bool = False


@dataclass(frozen=True)
class Carried:
    """A repost as the oracle remembers it; `number` orders reposts and posts alike."""

    number: int
    account: str
    post_id: int


@dataclass
class World:
    """The community: its people and what the oracle knows of them."""

    hearth: Hearth
    people: dict[str, Person]
    chance: random.Random
    posts: dict[int, Written] = field(default_factory=dict)
    reposts: list[Carried] = field(default_factory=list)
    follows: set[tuple[str, str]] = field(default_factory=set)
    blocks: set[tuple[str, str]] = field(default_factory=set)
    mutes: set[tuple[str, str]] = field(default_factory=set)
    private: set[str] = field(default_factory=set)
    # The members of each group by its id, the owner first.
    groups: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    async def of(cls, hearth: Hearth, seed: int) -> "World":
        """A community of five who do not know each other yet, two of whom have founded groups."""
        world = cls(hearth, {name: await hearth.account(name) for name in PEOPLE}, random.Random(seed))
        for owner in PEOPLE[:2]:
            await world.found(owner)
        return world

    # What the oracle says.

    def blocked(self, one: str, other: str) -> bool:
        """Whether a block stands between two."""
        return (one, other) in self.blocks or (other, one) in self.blocks

    def visible(self, viewer: str, post: Written) -> bool:
        """Whether the viewer may see the post."""
        if viewer == post.author:
            return True
        if self.blocked(viewer, post.author):
            return False
        if post.group is not None:
            return viewer in self.groups[post.group]
        follows = (viewer, post.author) in self.follows
        open_to = post.author not in self.private or follows
        by_rule = {"public": open_to, "followers": follows, "mentioned": False}[post.visibility]
        return by_rule or viewer in post.mentions

    def readable(self, viewer: str, post: Written) -> bool:
        """Whether the viewer may see it and wants to."""
        return self.visible(viewer, post) and (viewer, post.author) not in self.mutes

    def _followed(self, viewer: str, source: str) -> bool:
        return viewer == source or (viewer, source) in self.follows

    def _stands_by_itself(self, viewer: str, post: Written) -> bool:
        other = post.reply_to_author
        conversation = other is None or viewer in (other, post.author) or other == post.author
        in_homes = post.group is None and self._followed(viewer, post.author)
        return in_homes and (conversation or (viewer, str(other)) in self.follows)

    def _good_source(self, viewer: str, source: str) -> bool:
        return (
            self._followed(viewer, source) and not self.blocked(viewer, source) and (viewer, source) not in self.mutes
        )

    def home(self, viewer: str) -> list[tuple[int, str | None]]:
        """Ids of the home's posts with who reposted them, the newest first; no post for a group."""
        items: list[tuple[int, int, str | None]] = [
            (post.id, post.id, None)
            for post in self.posts.values()
            if self._stands_by_itself(viewer, post) and self.readable(viewer, post)
        ]
        shown: set[int] = set()
        for repost in sorted(self.reposts, key=lambda one: one.number):
            post = self.posts[repost.post_id]
            if not self._good_source(viewer, repost.account) or repost.post_id in shown:
                continue
            shown.add(repost.post_id)
            if not self._stands_by_itself(viewer, post) and self.readable(viewer, post):
                items.append((repost.number, post.id, repost.account if repost.account != post.author else None))
        return [(post_id, source) for _, post_id, source in sorted(items, reverse=True)]

    def public(self, viewer: str) -> list[tuple[int, str | None]]:
        """Ids of the public timeline."""
        return [
            (post.id, None)
            for post in sorted(self.posts.values(), key=lambda one: one.id, reverse=True)
            if post.visibility == "public" and post.reply_to_author is None and self.readable(viewer, post)
        ]

    def tagged(self, viewer: str, tag: str) -> list[tuple[int, str | None]]:
        """Ids of a hashtag's timeline."""
        return [
            (post.id, None)
            for post in sorted(self.posts.values(), key=lambda one: one.id, reverse=True)
            if tag in post.tags and self.readable(viewer, post)
        ]

    def grouped(self, viewer: str, group: str) -> list[tuple[int, str | None]]:
        """Ids of the posts for a group, as one of its members sees them."""
        return [
            (post.id, None)
            for post in sorted(self.posts.values(), key=lambda one: one.id, reverse=True)
            if post.group == group and self.readable(viewer, post)
        ]

    def popular(self, viewer: str) -> list[int]:
        """Ids of the popular home, the most liked first."""
        own = [
            post for post in self.posts.values() if self._stands_by_itself(viewer, post) and self.readable(viewer, post)
        ]
        return [post.id for post in sorted(own, key=lambda post: (len(post.likes), post.id), reverse=True)]

    # What people do.

    async def act(self) -> None:
        """Somebody does something."""
        acts: list[Callable[[str], Any]] = [
            *[self.write] * 8,
            *[self.write_to_group] * 4,
            *[self.enter] * 4,
            *[self.leave] * 2,
            self.end,
            *[self.repost] * 4,
            *[self.like] * 4,
            *[self.follow] * 5,
            self.unfollow,
            self.block,
            self.unblock,
            self.mute,
            self.unmute,
            self.unrepost,
            self.delete,
            self.edit,
            self.switch_privacy,
        ]
        await self.chance.choice(acts)(self.chance.choice(PEOPLE))

    def _other(self, name: str) -> str:
        return self.chance.choice([other for other in PEOPLE if other != name])

    def _seen(self, name: str) -> Written | None:
        seen = [post for post in self.posts.values() if self.visible(name, post)]
        return self.chance.choice(seen) if seen else None

    async def _ask(self, name: str, method: str, path: str, **sent: Any) -> httpx.Response:
        response = await self.people[name].client.request(method, path, **sent)
        assert response.status_code < HTTPStatus.BAD_REQUEST, response.text
        return response

    async def write(self, name: str) -> None:
        """Writes a post or a reply, perhaps naming somebody."""
        parent = self._seen(name) if self.chance.random() < 0.3 else None
        if parent is not None and parent.group is not None:
            await self._write_to(parent.group, name, parent)
            return
        other = self._other(name)
        named = self.chance.random() < 0.3 and not self.blocked(name, other)
        visibility = self.chance.choice(["public", "public", "followers", "mentioned" if named else "public"])
        tag = self.chance.choice(["tea", "sun"])
        text = f"words #{tag}" + (f" @{other}" if named else "")
        body = {"text": text, "visibility": visibility, "reply_to_id": str(parent.id) if parent else None}
        answer = (await self._ask(name, "POST", "/v1/posts", json=body)).json()
        post_id = int(answer["id"])
        mentions = frozenset([other] if named else [])
        author = parent.author if parent else None
        self.posts[post_id] = Written(post_id, name, visibility, mentions, author, frozenset([tag]))

    async def write_to_group(self, name: str) -> None:
        """Writes a post for a group."""
        await self._write_to(self.chance.choice(sorted(self.groups)), name, None)

    async def _write_to(self, group: str, name: str, parent: Written | None) -> None:
        """Writes for a group if the person belongs to it; an answer goes there by itself."""
        if name not in self.groups[group]:
            return
        other, tag = self._other(name), self.chance.choice(["tea", "sun"])
        named = self.chance.random() < 0.5 and not self.blocked(name, other)
        whither = {"reply_to_id": str(parent.id)} if parent else {"visibility": "group", "group_id": group}
        text = f"words #{tag}" + (f" @{other}" if named else "")
        answer = (await self._ask(name, "POST", "/v1/posts", json={"text": text, **whither})).json()
        post_id = int(answer["id"])
        mentions = frozenset([other] if named and other in self.groups[group] else [])
        author = parent.author if parent else None
        self.posts[post_id] = Written(post_id, name, "group", mentions, author, frozenset([tag]), group)

    async def found(self, name: str) -> None:
        """Founds a group."""
        answer = await self._ask(name, "POST", "/v1/chats", json={"kind": "group", "name": name})
        self.groups[answer.json()["id"]] = [name]

    def _member_path(self, group: str, name: str) -> str:
        return f"/v1/groups/{group}/members/{self.people[name].id}"

    async def enter(self, name: str) -> None:
        """Is added to a group by its owner."""
        group = self.chance.choice(sorted(self.groups))
        owner = self.groups[group][0]
        if name not in self.groups[group] and not self.blocked(name, owner):
            await self._ask(owner, "PUT", self._member_path(group, name))
            self.groups[group].append(name)

    async def leave(self, name: str) -> None:
        """Leaves a group, or is sent away from it."""
        mine = [group for group, members in sorted(self.groups.items()) if name in members[1:]]
        if mine:
            group = self.chance.choice(mine)
            by = self.chance.choice([name, self.groups[group][0]])
            await self._ask(by, "DELETE", self._member_path(group, name))
            self.groups[group].remove(name)

    async def end(self, _name: str) -> None:
        """All leave a group, the owner last, who founds another one."""
        group = self.chance.choice(sorted(self.groups))
        owner = self.groups[group][0]
        for member in reversed(self.groups.pop(group)):
            await self._ask(member, "DELETE", self._member_path(group, member))
        await self.hearth.settle()
        for post in self.posts.values():
            if post.group == group:
                post.group, post.visibility = None, "mentioned"
        await self.found(owner)

    async def edit(self, name: str) -> None:
        """Takes back whom a post names, and gives it another hashtag."""
        own = [post for post in self.posts.values() if post.author == name and post.visibility != "mentioned"]
        if not own:
            return
        post = self.chance.choice(own)
        await self._ask(name, "PATCH", f"/v1/posts/{post.id}", json={"text": "other words #tea"})
        post.mentions, post.tags, post.is_edited = frozenset(), frozenset(["tea"]), True

    async def delete(self, name: str) -> None:
        """Deletes an own post."""
        own = [post for post in self.posts.values() if post.author == name]
        if not own:
            return
        post = self.chance.choice(own)
        await self._ask(name, "DELETE", f"/v1/posts/{post.id}")
        del self.posts[post.id]
        self.reposts = [one for one in self.reposts if one.post_id != post.id]

    async def like(self, name: str) -> None:
        """Likes a post."""
        if (post := self._seen(name)) is not None:
            await self._ask(name, "POST", f"/v1/posts/{post.id}/like")
            post.likes.add(name)

    async def repost(self, name: str) -> None:
        """Reposts what may be."""
        post = self._seen(name)
        if post is None or post.visibility != "public" or (post.author in self.private and post.author != name):
            return
        if any(one.account == name and one.post_id == post.id for one in self.reposts):
            return
        await self._ask(name, "POST", f"/v1/posts/{post.id}/repost")
        found = await self.hearth.database.fetch(
            "SELECT id FROM reposts WHERE account_id = $1 AND post_id = $2", [self.people[name].id, post.id]
        )
        self.reposts.append(Carried(found[0]["id"], name, post.id))

    async def unrepost(self, name: str) -> None:
        """Takes a repost back."""
        own = [one for one in self.reposts if one.account == name and self.visible(name, self.posts[one.post_id])]
        if own:
            chosen = self.chance.choice(own)
            await self._ask(name, "DELETE", f"/v1/posts/{chosen.post_id}/repost")
            self.reposts.remove(chosen)

    async def follow(self, name: str) -> None:
        """Follows somebody, who accepts where that is asked for."""
        other = self._other(name)
        if self.blocked(name, other):
            return
        await self._ask(name, "POST", f"/v1/users/{other}/follow")
        if other in self.private and (name, other) not in self.follows:
            await self._ask(other, "POST", f"/v1/users/me/follow-requests/{self.people[name].id}")
        self.follows.add((name, other))

    async def unfollow(self, name: str) -> None:
        """Follows somebody no more."""
        other = self._other(name)
        if not self.blocked(name, other):
            await self._ask(name, "DELETE", f"/v1/users/{other}/follow")
            self.follows.discard((name, other))

    async def block(self, name: str) -> None:
        """Blocks somebody; both stop following each other."""
        other = self._other(name)
        await self._ask(name, "POST", f"/v1/users/{other}/block")
        self.blocks.add((name, other))
        self.follows -= {(name, other), (other, name)}

    async def unblock(self, name: str) -> None:
        """Takes a block back."""
        own = [pair for pair in self.blocks if pair[0] == name]
        if own:
            pair = self.chance.choice(sorted(own))
            await self._ask(name, "DELETE", f"/v1/users/{pair[1]}/block")
            self.blocks.discard(pair)

    async def mute(self, name: str) -> None:
        """Mutes somebody."""
        other = self._other(name)
        if not self.blocked(name, other):
            await self._ask(name, "POST", f"/v1/users/{other}/mute", json={})
            self.mutes.add((name, other))

    async def unmute(self, name: str) -> None:
        """Takes a mute back."""
        other = self._other(name)
        if not self.blocked(name, other):
            await self._ask(name, "DELETE", f"/v1/users/{other}/mute")
            self.mutes.discard((name, other))

    async def switch_privacy(self, name: str) -> None:
        """Closes or opens a profile."""
        await self._ask(name, "PATCH", "/v1/users/me", json={"private": name not in self.private})
        self.private ^= {name}

    # What people see.

    async def walk(self, viewer: str, path: str, *, limit: int) -> list[tuple[int, str | None]]:
        """A whole timeline, page by page to its end, and back again to the same pages."""
        client = self.people[viewer].client
        response = await client.get(f"{path}{'&' if '?' in path else '?'}limit={limit}")
        pages = [_page(response, limit)]
        while "next" in response.links:
            response = await client.get(response.links["next"]["url"])
            pages.append(_page(response, limit))
        for page in reversed(pages[:-1]):
            response = await client.get(response.links["prev"]["url"])
            assert _page(response, limit) == page
        return [shown(item) for page in pages for item in page]


def shown(item: dict[str, Any]) -> tuple[int, str | None]:
    """An item of a timeline as the oracle says it."""
    source = item["reposted_by"]
    return int(item["post"]["id"]), source and source["username"]


def _page(response: httpx.Response, limit: int) -> list[dict[str, Any]]:
    body = response.json()
    assert response.status_code == HTTPStatus.OK, body
    items: list[dict[str, Any]] = body["items"]
    assert len(items) == limit or body["next"] is None, "a short page in the middle"
    return items

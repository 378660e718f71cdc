"""Pages and groups against an oracle: nothing twice, nothing left out, whatever is hidden, and at a fixed cost."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from src.notifications import kinds, models, service
from src.notifications.constants import FOLLOW
from src.posts.constants import MENTION
from src.reactions.constants import LIKE, REPOST
from tests.hearth import Hearth, Person
from tests.notifications.steps import asked, does, no_group_is_wrong
from tests.notifications.test_kinds import write

pytestmark = pytest.mark.integration


async def walk(person: Person, path: str, limit: int, **query: str) -> list[dict[str, Any]]:
    """All items of a list, page by page to its end; the way back from there has the same."""
    pages = [await asked(person, path, {**query, "limit": limit})]
    while pages[-1]["next"] is not None:
        pages.append(await asked(person, path, {**query, "limit": limit, "cursor": pages[-1]["next"]}))
    for later, earlier in zip(pages[:0:-1], pages[-2::-1], strict=True):
        back = await asked(person, path, {**query, "limit": limit, "cursor": later["prev"]})
        assert back["items"] == earlier["items"]
    assert all(len(page["items"]) == limit for page in pages[:-1])
    return [item for page in pages for item in page["items"]]


class World:
    """An inbox with random contents, and what of it should be seen."""

    def __init__(self, hearth: Hearth, ann: Person, people: list[Person], posts: list[int], seed: int) -> None:
        self.hearth, self.ann, self.people, self.posts = hearth, ann, people, posts
        self.random = random.Random(seed)
        # By key: kind, actor, subject.
        self.told: dict[str, tuple[str, int, int | None]] = {}

    async def tell(self) -> None:
        """Something happens, once or again; now and then much of it in one transaction."""
        notices = []
        for _ in range(self.random.choice((1, 1, 6))):
            kind: kinds.Kind = self.random.choice((LIKE, LIKE, REPOST, MENTION, FOLLOW))
            actor = self.random.choice(self.people).id
            subject = self.random.choice(self.posts) if kind.subject else None
            key = f"{kind.name}:{actor}:{subject}"
            self.told[key] = (kind.name, actor, subject)
            notices.append(service.Notice(self.ann.id, kind, key, actor, subject))
        async with self.hearth.database.write() as session:
            service.notify(session, notices)

    async def take_back(self) -> None:
        """Something is withdrawn."""
        key = self.random.choice(sorted(self.told))
        del self.told[key]
        async with self.hearth.database.write() as session:
            await service.withdraw(session, [(self.ann.id, key)])


@pytest.fixture(params=[1, 2])
async def world(hearth: Hearth, request: pytest.FixtureRequest) -> World:
    """Ann's inbox after much has happened."""
    ann = await hearth.account("ann")
    people = [await hearth.account() for _ in range(6)]
    posts = [int(await write(ann, str(number))) for number in range(4)]
    found = World(hearth, ann, people, posts, request.param)
    for _ in range(30):
        await found.tell()
        if found.random.random() < 0.2:
            await found.take_back()
    return found


async def test_every_walk_meets_each_one_once(world: World) -> None:
    ann, hidden = world.ann, set(world.random.sample([person.id for person in world.people], 2))
    muted = [person for person in world.people if person.id in hidden]
    for person in muted:
        await does(ann, "POST", f"users/{person.username}/mute")
    gone = world.random.choice(world.posts)
    await does(ann, "DELETE", f"posts/{gone}")
    expected = Counter(one for one in world.told.values() if one[1] not in hidden and one[2] != gone)
    assert expected
    members: dict[str, list[dict[str, Any]]] = defaultdict(list)
    items = await walk(ann, "", 80)
    for shown in (items, await walk(ann, "", 4)):
        found = Counter(
            (item["kind"], int(item["actor"]["id"]), int(item["subject"]["id"]) if item["subject"] else None)
            for item in shown
        )
        assert found == expected
        ids = [int(item["id"]) for item in shown]
        assert ids == sorted(ids, reverse=True)
    for item in items:
        members[item["group"]].append(item)
    groups = await walk(ann, "/groups", 80)
    assert await walk(ann, "/groups", 3) == groups
    assert sorted(group["key"] for group in groups) == sorted(members)
    for group in groups:
        own = members[group["key"]]
        assert (group["count"], group["newest_id"], group["kind"]) == (len(own), own[0]["id"], own[0]["kind"])
        assert [one["id"] for one in group["people"]] == [item["actor"]["id"] for item in own]
    for group in world.random.sample(groups, 4):
        assert await walk(ann, "", 2, group=group["key"]) == members[group["key"]]
    await no_group_is_wrong(world.hearth)


async def test_marks_leave_what_they_do_not_name(world: World) -> None:
    ann = world.ann
    items = await walk(ann, "", 80)
    for place in sorted(world.random.sample(range(len(items)), 3), reverse=True):
        await does(ann, "POST", "notifications/read", up_to=items[place]["id"])
        unread = items[:place]
        assert [item["id"] for item in await walk(ann, "", 5, unread="true")] == [item["id"] for item in unread]
        keys = {item["group"]: 0 for item in unread} | Counter(item["group"] for item in unread)
        groups = await walk(ann, "/groups", 3, unread="true")
        assert {group["key"]: group["count"] for group in groups} == keys
        assert (await asked(ann, "/unread"))["count"] == min(99, len(unread))


@contextmanager
def counted(hearth: Hearth) -> Iterator[list[str]]:
    """The statements that are sent in the block."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        sent.append(statement)

    engine = hearth.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_a_page_costs_the_same_whatever_its_length(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    posts = [await write(ann, str(number)) for number in range(6)]
    for person in [await hearth.account() for _ in range(3)]:
        for post in posts:
            await does(person, "POST", f"posts/{post}/like")
    await hearth.settle()
    # The page, people of groups, and the words for posts.
    for path, most in (("", 2), ("/groups", 3)):
        for limit in (2, 18):
            with counted(hearth) as sent:
                await asked(ann, path, {"limit": limit})
            assert len(sent) == most, sent
    with counted(hearth) as sent:
        await asked(ann, "/unread")
    assert len(sent) == 1


async def test_a_handler_costs_the_same_however_many_it_tells(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    costs = []
    for number in (1, 40):
        people = [await hearth.account() for _ in range(number)]
        async with hearth.database.write() as session:
            wanted = [models.Subscription(**_IMMEDIATELY, account_id=person.id) for person in people]
            session.add_all(wanted)
        await write(ann, " ".join(f"@{person.username}" for person in people))
        with counted(hearth) as sent:
            await hearth.settle()
        costs.append(sum("notification" in statement or "deliveries" in statement for statement in sent))
        found = await hearth.database.fetch("SELECT count(*) AS n FROM deliveries", [])
        assert found[0]["n"] == len(people) + (number > 1)
    assert costs[0] == costs[1] == 4


_IMMEDIATELY: dict[str, Any] = {"channel": "mail", "frequency": "immediately", "hour": 8, "weekday": 0}


async def test_a_hundred_likes_are_told_in_a_few_statements(hearth: Hearth) -> None:
    """They are handled in one transaction, and arrive together."""
    ann = await hearth.account("ann")
    post = await write(ann, "hello")
    people = [await hearth.account() for _ in range(30)]
    await hearth.settle()
    for person in people:
        with counted(hearth) as sent:
            await does(person, "POST", f"posts/{post}/like")
        # The like itself knows nothing of inboxes.
        assert not any("notification" in statement for statement in sent)
    with counted(hearth) as sent:
        await hearth.settle()
    assert sum("INSERT INTO notifications" in statement for statement in sent) < 10
    assert (await asked(ann, "/unread"))["count"] == 30

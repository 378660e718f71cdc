"""Reading, marking and emptying one's inbox."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from src import clock
from src.database import ReadSession
from src.models import id_at
from src.notifications import archive, checks, models, queries, service, service_inbox
from src.posts.constants import MENTION
from src.reactions.constants import LIKE
from tests.exported import exported
from tests.hearth import Hearth, Person, problem
from tests.notifications.steps import INBOX, asked, does, groups, inbox, no_group_is_wrong, unread
from tests.notifications.test_kinds import write
from tests.users.steps import caller_of

pytestmark = pytest.mark.integration


async def tell(hearth: Hearth, *notices: service.Notice) -> None:
    """Puts something into inboxes."""
    async with hearth.database.write() as session:
        service.notify(session, notices)


async def liked(hearth: Hearth, author: Person, *, by: int) -> str:
    """The id of a post of this person that so many people like, written straight into the tables."""
    people = [await hearth.account() for _ in range(min(by, 3))]
    post = await write(author, "hello")
    for person in people:
        await does(person, "POST", f"posts/{post}/like")
    await hearth.settle()
    return post


async def test_a_person_reads_marks_and_dismisses(hearth: Hearth) -> None:
    ann, ben, cat = await hearth.account("ann"), await hearth.account("ben"), await hearth.account("cat")
    for person in (ben, cat):
        await does(person, "POST", "users/ann/follow")
        await hearth.settle()
    await write(ben, "@ann hello")
    await hearth.settle()
    assert (await asked(ann, "/unread"), await unread(ben)) == ({"count": 3, "more": False}, 0)
    assert await inbox(ann) == [("mention", "ben"), ("follow", "cat"), ("follow", "ben")]
    assert await inbox(ann, kinds=["follow", "like"]) == [("follow", "cat"), ("follow", "ben")]
    assert await groups(ann) == [("mention", 1, ["ben"]), ("follow", 2, ["cat", "ben"])]
    newest, middle, oldest = (await asked(ann))["items"]
    assert newest["created_at"] > middle["created_at"] > oldest["created_at"]
    assert await inbox(ann, group=middle["group"]) == [("follow", "cat"), ("follow", "ben")]
    # One, and once more.
    for _ in range(2):
        assert (await does(ann, "POST", f"notifications/{middle['id']}/read"))["count"] == 2
    assert await inbox(ann, unread="true") == [("mention", "ben"), ("follow", "ben")]
    assert await groups(ann, unread="true") == [("mention", 1, ["ben"]), ("follow", 1, ["ben"])]
    assert (await asked(ann, "/groups"))["items"][1]["unread"] == 1
    # Up to one that was seen.
    assert (await does(ann, "POST", "notifications/read", up_to=middle["id"]))["count"] == 1
    assert await inbox(ann, unread="true") == [("mention", "ben")]
    # What is somebody else's is not there.
    for deed in ("read", "dismiss"):
        assert problem(await ben.client.post(f"{INBOX}/{newest['id']}/{deed}")) == "notification_not_found"
    await does(ann, "POST", f"notifications/{newest['id']}/dismiss")
    assert problem(await ann.client.post(f"{INBOX}/{newest['id']}/dismiss")) == "notification_not_found"
    assert await inbox(ann) == [("follow", "cat"), ("follow", "ben")]
    assert await unread(ann) == 0
    await does(ann, "DELETE", f"notifications?up_to={oldest['id']}&kinds=follow")
    assert await inbox(ann) == [("follow", "cat")]
    await does(ann, "DELETE", "notifications")
    assert (await inbox(ann), await groups(ann)) == ([], [])


async def test_a_group_is_marked_and_cleared_by_itself(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    await liked(hearth, ann, by=2)
    await liked(hearth, ann, by=3)
    newer, older = (await asked(ann, "/groups"))["items"]
    assert (newer["count"], older["count"], await unread(ann)) == (3, 2, 5)
    assert (await does(ann, "POST", "notifications/read", group=newer["key"]))["count"] == 2
    await does(ann, "DELETE", f"notifications?group={newer['key']}")
    assert [item["key"] for item in (await asked(ann, "/groups"))["items"]] == [older["key"]]


async def test_a_kind_that_nobody_has_is_refused(hearth: Hearth) -> None:
    ann = await hearth.account()
    for path in ("", "/groups"):
        answer = await ann.client.get(f"{INBOX}{path}", params={"kinds": ["like", "cheer"]})
        assert problem(answer) == "notification_kind_unknown"
        assert answer.json()["errors"][0]["loc"] == ["query", "kinds", 1]


async def test_likes_of_another_day_are_another_group(hearth: Hearth) -> None:
    ann, ben, cat = await hearth.account(), await hearth.account("ben"), await hearth.account("cat")
    post = await write(ann, "hello")
    await does(ben, "POST", f"posts/{post}/like")
    await hearth.settle()
    await does(cat, "POST", f"posts/{post}/like")
    with clock.shifted(timedelta(days=1)):
        await hearth.settle()
    assert await groups(ann) == [("like", 1, ["cat"]), ("like", 1, ["ben"])]


_FANS = """
WITH fans AS (
    INSERT INTO accounts (username, role, state, created_at)
    SELECT 'fan' || number, 1, 'active', now() FROM generate_series(1, 10000) number RETURNING id, username
)
INSERT INTO profiles (account_id, display_name, bio, links, locale, time_zone, private, version, followers_count,
    following_count, created_at)
SELECT id, username, '', '[]', 'en', 'UTC', false, 1, 0, 0, now() FROM fans RETURNING account_id
"""


async def storm(hearth: Hearth, ann: Person, post: str) -> None:
    """Ten thousand people like a post in one moment."""
    async with hearth.database.write() as session:
        connection = await session.connection()
        ids = (await connection.exec_driver_sql(_FANS)).scalars().all()
        notices = [service.Notice(ann.id, LIKE, f"like:{post}:{id_}", id_, int(post)) for id_ in ids]
        service.notify(session, notices)


async def test_a_storm_of_likes_is_one_group_and_a_bounded_read(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    quiet = await liked(hearth, ann, by=2)
    post = await write(ann, "everybody likes this")
    await storm(hearth, ann, post)
    loud, small = (await asked(ann, "/groups"))["items"]
    assert (loud["subject"]["id"], loud["count"], loud["more"], loud["unread"]) == (post, 99, True, 99)
    assert (len(loud["people"]), small["subject"]["id"], small["count"]) == (8, quiet, 2)
    assert await asked(ann, "/unread") == {"count": 99, "more": True}
    reader = service_inbox.reader_of(caller_of(ann), hearth.runtime.notifications)
    # Of the loud group as many as are counted, not the ten thousand that there are; so for the badge.
    assert max(await costs(hearth, reader)) < 2_000
    await hearth.database.fetch("UPDATE accounts SET state = 'suspended' WHERE username LIKE 'fan%'", [])
    # All of them hidden: a thousand are looked at in vain.
    assert max(await costs(hearth, reader)) < 5_000
    assert [item["subject"]["id"] for item in (await asked(ann, "/groups"))["items"]] == [quiet]
    await does(ann, "POST", "notifications/read", up_to=loud["newest_id"])
    assert await unread(ann) == 0


async def costs(hearth: Hearth, reader: queries.Reader) -> tuple[int, int]:
    """How many rows a page of groups and the badge read."""
    async with hearth.database.read() as session:
        before = await _rows_read(session)
        await session.execute(queries.grouped(reader, queries.Wanted()).limit(21))
        of_groups = await _rows_read(session)
        await session.execute(queries.unread_count(reader))
        return of_groups - before, await _rows_read(session) - of_groups


async def _rows_read(session: ReadSession) -> int:
    """How many rows this transaction has fetched from all tables."""
    connection = await session.connection()
    sql = "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"
    return int((await connection.exec_driver_sql(sql)).scalar_one())


async def test_what_arrives_while_one_marks_stays_unread(hearth: Hearth) -> None:
    """Of two that arrive at once, the one that is written later has the higher id: a mark cannot swallow it."""
    ann, ben, cat = await hearth.account(), await hearth.account("ben"), await hearth.account("cat")
    written, committed = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with hearth.database.write() as session:
            service.notify(session, [service.Notice(ann.id, MENTION, "slow", ben.id, 1)])
            # The transaction is old when the other one comes and goes.
            await session.scalar(select(1))
            written.set()
            await committed.wait()

    task = asyncio.create_task(slow())
    await written.wait()
    await tell(hearth, service.Notice(ann.id, LIKE, "quick", cat.id, 2))
    async with hearth.database.read() as session:
        seen = await session.scalar(select(func.max(models.Notification.id)))
    committed.set()
    await task
    await does(ann, "POST", "notifications/read", up_to=str(seen))
    found = await hearth.database.fetch("SELECT key, read_at IS NULL AS unread FROM notifications ORDER BY id", [])
    assert [tuple(row) for row in found] == [("quick", False), ("slow", True)]


async def test_ids_rise_with_commits_though_the_clock_goes_back(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    for number, shift in enumerate((0, -60, 60, -60)):
        with clock.shifted(timedelta(seconds=shift)):
            await tell(hearth, service.Notice(ann.id, MENTION, str(number), ben.id, 1))
    found = await hearth.database.fetch("SELECT key FROM notifications ORDER BY id", [])
    assert [row["key"] for row in found] == ["0", "1", "2", "3"]
    await no_group_is_wrong(hearth)


async def test_the_same_is_told_once_however_often_and_by_how_many(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    like = service.Notice(ann.id, LIKE, "like", ben.id, 1)
    await asyncio.gather(*(tell(hearth, like, like) for _ in range(6)))
    found = await hearth.database.fetch("SELECT count(*) AS n FROM notifications", [])
    assert found[0]["n"] == 1
    # Told and taken back in one transaction, in this order or the other.
    async with hearth.database.write() as session:
        await service.withdraw(session, [(ann.id, "like")])
        service.notify(session, [like])
        await service.withdraw(session, [(ann.id, "like")])
    assert (await hearth.database.fetch("SELECT count(*) AS n FROM notifications", []))[0]["n"] == 0
    with pytest.raises(RuntimeError, match="savepoint"):
        async with hearth.database.write() as session, session.begin_nested():
            service.notify(session, [like])


async def test_old_ones_are_forgotten(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account("ben")
    now = clock.now()
    for days, read_at in ((91, now), (89, now), (364, None), (366, None)):
        row = {
            "id": id_at(now - timedelta(days=days)),
            "account_id": ann.id,
            "actor_id": ben.id,
            "kind": "follow",
            "key": f"{days}",
            "group_key": f"{days}",
            "read_at": read_at,
        }
        async with hearth.database.write() as session:
            newest = await session.scalar(insert(models.Notification).values(row).returning(models.Notification.id))
            place = {"account_id": ann.id, "key": f"{days}", "kind": "follow", "newest_id": newest}
            await session.execute(insert(models.Group).values(place))
    await hearth.run_job("notifications.tidy")
    for table, column in (("notifications", "key"), ("notification_groups", "key")):
        found = await hearth.database.fetch(f"SELECT {column} FROM {table} ORDER BY 1", [])
        assert [row[column] for row in found] == ["364", "89"], table


async def test_the_doctor_sees_a_group_that_is_lost(hearth: Hearth) -> None:
    ann = await hearth.account()
    await liked(hearth, ann, by=1)
    await no_group_is_wrong(hearth)
    async with hearth.database.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("DELETE FROM notification_groups")
    async with hearth.database.read() as session:
        [line] = await checks.groups(session)
    assert line.startswith(f"account {ann.id}: the group like:")


async def test_an_account_takes_its_inbox_along_and_leaves_none(hearth: Hearth) -> None:
    ann = await hearth.account()
    await liked(hearth, ann, by=2)
    await does(ann, "PATCH", "notifications/preferences", mail={"frequency": "daily"})
    async with hearth.database.write() as session:
        taken = await exported(session, archive.export(ann.id))
        assert {table: len(rows) for table, rows in taken.items()} == {
            "deliveries": 0,
            "notifications": 2,
            "notification_silences": 0,
            "notification_quiet_times": 0,
            "notification_subscriptions": 1,
        }
        await archive.erase(session, ann.id)
        assert not any((await exported(session, archive.export(ann.id))).values())

"""The demo on a real database: all that is derived is right, and the house agrees that everybody saw what they did."""

from datetime import datetime, timedelta
from http import HTTPStatus

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import aliased

from src.database import Database
from src.demo import building
from src.demo.constants import Step
from src.demo.exceptions import ServerHasPeople
from src.feature import Check
from src.models import instant_of
from src.posts import models as posts_models
from src.posts import queries as posts_queries
from src.reactions import archive as reactions_archive
from src.timelines import rebuild
from tests.cluster import Cluster
from tests.hearth import PASSWORD, PASSWORD_HASH, Hearth

pytestmark = pytest.mark.system

PEOPLE = 30
# Everything by names and by milliseconds before now ($1): without what a database draws by itself.
_PROJECTIONS = {
    "people": "SELECT username, display_name, bio, private, $1 - (a.id >> 16), followers_count, following_count"
    " FROM accounts a JOIN profiles ON account_id = a.id ORDER BY 1",
    "follows": "SELECT a.username, b.username, accepted, $1 - (f.id >> 16) FROM follows f"
    " JOIN accounts a ON a.id = follower_id JOIN accounts b ON b.id = followee_id ORDER BY 1, 2",
    "blocks": "SELECT a.username, b.username FROM blocks"
    " JOIN accounts a ON a.id = blocker_id JOIN accounts b ON b.id = blocked_id ORDER BY 1, 2",
    "mutes": "SELECT a.username, b.username FROM mutes"
    " JOIN accounts a ON a.id = muter_id JOIN accounts b ON b.id = muted_id ORDER BY 1, 2",
    "posts": "SELECT username, $1 - (p.id >> 16), p.text, p.visibility, p.content_warning, parent.text,"
    " p.likes_count, p.reposts_count, p.replies_count FROM posts p JOIN accounts a ON a.id = p.author_id"
    " LEFT JOIN posts parent ON parent.id = p.reply_to_id ORDER BY 2, 1, 3",
    "messages": "SELECT username, $1 - (m.id >> 16), m.text, seq, c.name, c.last_seq FROM messages m"
    " JOIN chats c ON c.id = chat_id JOIN accounts a ON a.id = sender_id ORDER BY 2, 1, 3",
}


async def projection(database: Database, now: datetime) -> dict[str, list[tuple[object, ...]]]:
    """The whole community as it can be compared with another."""
    found = {}
    for name, statement in _PROJECTIONS.items():
        arguments = [round(now.timestamp() * 1000)] if "$1" in statement else []
        rows = await database.fetch(statement.replace("$1", "$1::bigint"), arguments)
        found[name] = [tuple(row) for row in rows]
    return found


async def test_all_that_is_derived_is_right(hearth: Hearth) -> None:
    made = await building.build(hearth.database, seed=1, people=PEOPLE)
    looks = hearth.runtime.registry.all(Check)
    assert len(looks) >= 5
    for look in looks:
        async with hearth.database.read() as session:
            assert list(await look.run(session)) == [], look.name
    messages = [message for chat in made.chats for message in chat.messages]
    for table, count in (
        ("accounts", PEOPLE),
        ("posts", len(made.posts)),
        ("follows", len(made.follows)),
        ("chats", len(made.chats)),
        ("chat_seats", sum(len(chat.members) for chat in made.chats)),
        ("messages", len(messages)),
        ("messages WHERE document IS NOT NULL", len(messages)),
        ("messages WHERE reply_to_id IS NOT NULL", sum(one.reply_to is not None for one in messages)),
        ("message_mentions", sum(one.mentioned is not None for one in messages)),
        ("message_reactions", sum(len({*one.reactions}) for one in messages)),
        ("polls", sum(bool(one.options) for one in messages)),
        ("poll_ballots", sum(len(one.votes) for one in messages)),
    ):
        assert count, table
        assert (await hearth.database.fetch(f"SELECT count(*) FROM {table}", ()))[0][0] == count
    for kind in reactions_archive.KINDS:
        found = await hearth.database.fetch(f"SELECT count(*) FROM {kind.__tablename__}", ())
        assert found[0][0] == sum(one.kind is kind for one in made.reactions) > 0
    await hearth.settle()


async def test_everybody_saw_what_they_answered_liked_and_carried_on(hearth: Hearth) -> None:
    made = await building.build(hearth.database, seed=2, people=PEOPLE)
    post, reply = posts_models.Post, aliased(posts_models.Post)
    for person in made.people:
        unseen = ~posts_queries.visible_to(person.id)
        answered = select(reply.id).join(post, post.id == reply.reply_to_id).where(reply.author_id == person.id, unseen)
        statements = [answered]
        for kind in reactions_archive.KINDS:
            statement = select(kind.id).join(post, post.id == kind.post_id)
            statements.append(statement.where(kind.account_id == person.id, unseen))
        async with hearth.database.read() as session:
            for statement in statements:
                assert (await session.scalars(statement)).all() == []


async def test_a_seed_makes_the_same_community_on_every_server(database: Database, cluster: Cluster) -> None:
    name = await cluster.create()
    other = Database(cluster.server.url_of(name))
    try:
        made = [(one, await building.build(one, seed=5, people=12)) for one in (database, other)]
        first, second = [await projection(one, community.now) for one, community in made]
    finally:
        await other.close()
        await cluster.drop(name)
    assert first == second
    assert all(first[name] for name in ("people", "follows", "posts", "messages"))


async def test_dates_are_those_of_the_story(hearth: Hearth) -> None:
    made = await building.build(hearth.database, seed=4, people=8)
    found = await hearth.database.fetch("SELECT id FROM posts ORDER BY id", ())
    assert [instant_of(row["id"]) for row in found] == sorted(_to_the_millisecond(post.at) for post in made.posts)
    response = await hearth.client.get(f"/v1/users/{made.people[0].username}")
    assert response.status_code == HTTPStatus.OK
    assert datetime.fromisoformat(response.json()["created_at"]) == _to_the_millisecond(made.people[0].joined_at)
    said = await hearth.database.fetch("SELECT id FROM messages ORDER BY id", ())
    assert [instant_of(row["id"]) for row in said] == sorted(
        _to_the_millisecond(message.at) for chat in made.chats for message in chat.messages
    )
    founded = await hearth.database.fetch("SELECT id FROM chats ORDER BY id", ())
    for row, at in zip(founded, sorted(chat.at for chat in made.chats), strict=True):
        assert abs(instant_of(row["id"]) - at) < timedelta(seconds=10)


def _to_the_millisecond(instant: datetime) -> datetime:
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


async def sign_in(hearth: Hearth, username: str) -> httpx.AsyncClient:
    """A client with the token that the password gets."""
    answer = await hearth.client.post("/v1/auth/login", json={"login": username, "password": PASSWORD})
    assert answer.status_code == HTTPStatus.OK, answer.text
    return hearth.connect({"Authorization": f"Bearer {answer.json()['access_token']}"})


async def home(client: httpx.AsyncClient) -> list[str]:
    """The ids of a whole home timeline, newest first."""
    found: list[str] = []
    url = "/v1/timelines/home?limit=80"
    while url:
        response = await client.get(url)
        found += [item["post"]["id"] for item in response.json()["items"]]
        url = response.links.get("next", {}).get("url", "")
    return found


async def test_they_sign_in_and_read_a_home_that_is_the_same_when_it_is_made_anew(hearth: Hearth) -> None:
    made = await building.build(hearth.database, seed=3, people=PEOPLE, password_hash=PASSWORD_HASH)
    clients = [await sign_in(hearth, person.username) for person in made.people[:4]]
    before = [await home(client) for client in clients]
    await rebuild.rebuild_all(hearth.database)
    assert [await home(client) for client in clients] == before
    assert min(map(len, before)) > 50


async def test_a_server_with_people_is_left_alone_unless_told_otherwise(hearth: Hearth) -> None:
    await hearth.account("ada")
    with pytest.raises(ServerHasPeople):
        await building.build(hearth.database, seed=1, people=3)
    assert (await hearth.database.fetch("SELECT count(*) FROM accounts", ()))[0][0] == 1
    for _ in range(2):
        await building.build(hearth.database, seed=1, people=3, force=True)
    assert (await hearth.database.fetch("SELECT count(*) FROM accounts", ()))[0][0] == 7


async def test_progress_is_told_to_the_end_of_each_step(database: Database) -> None:
    told: dict[Step, list[tuple[int, int]]] = {}

    def progress(step: Step, done: int, total: int) -> None:
        told.setdefault(step, []).append((done, total))

    await building.build(database, seed=1, people=25, progress=progress)
    assert list(told) == list(Step)
    for steps in told.values():
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1]

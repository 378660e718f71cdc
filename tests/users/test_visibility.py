"""The expressions of who sees whom, held against the same rules in plain words, and how PostgreSQL runs them."""

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import BigInteger, DateTime, bindparam, literal, select, text

from src import clock
from src.auth import models as auth_models
from src.auth.constants import AccountState
from src.database import Database, HotRead
from src.users import models, visibility

PEOPLE = 8
Account = auth_models.Account
Graph = dict[str, Any]


async def make_graph(database: Database, chance: random.Random) -> Graph:
    """People with chance states and relations; the stranger, 0, is one of those who look."""
    now = clock.now()
    async with database.write() as session:
        accounts = [
            Account(username=f"p{number}", role=1, state=chance.choice(["active"] * 3 + ["suspended"]), created_at=now)
            for number in range(PEOPLE)
        ]
        session.add_all(accounts)
        await session.flush()
        ids = [account.id for account in accounts]
        graph: Graph = {
            "ids": ids,
            "active": {account.id for account in accounts if account.state == AccountState.ACTIVE},
            "private": {id_ for id_ in ids if chance.random() < 0.4},
            "follows": {},
            "blocks": set(),
            "mutes": {},
        }
        for id_ in ids:
            session.add(
                models.Profile(account_id=id_, display_name="x", private=id_ in graph["private"], created_at=now)
            )
        for one, other in ((one, other) for one in ids for other in ids if one != other):
            if chance.random() < 0.4:
                graph["follows"][one, other] = chance.random() < 0.6
                session.add(models.Follow(follower_id=one, followee_id=other, accepted=graph["follows"][one, other]))
            if chance.random() < 0.15:
                graph["blocks"].add((one, other))
                session.add(models.Block(blocker_id=one, blocked_id=other))
            if chance.random() < 0.3:
                graph["mutes"][one, other] = chance.choice([None, now - timedelta(hours=1), now + timedelta(hours=1)])
                session.add(models.Mute(muter_id=one, muted_id=other, until=graph["mutes"][one, other]))
    return graph


def expected(graph: Graph, viewer: int, person: int) -> tuple[bool, ...]:
    """What the expressions below have to say, in their order."""
    active = person in graph["active"]
    blocked = bool({(viewer, person), (person, viewer)} & graph["blocks"])
    muted = (viewer, person) in graph["mutes"] and (
        graph["mutes"][viewer, person] is None or graph["mutes"][viewer, person] > clock.now()
    )
    follows = graph["follows"].get((viewer, person), False)
    opened = viewer == person or person not in graph["private"] or follows
    found = active and (person, viewer) not in graph["blocks"]
    return active, blocked, muted, follows, opened, active and not blocked, found


def expressions(viewer: Any, person: Any, now: Any) -> tuple[Any, ...]:
    return (
        visibility.active(person),
        visibility.blocked_between(viewer, person),
        visibility.muted(viewer, person, now),
        visibility.follows(viewer, person),
        visibility.open_to(viewer, person),
        visibility.account_visible_to(viewer, person),
        visibility.profile_visible_to(viewer, person),
    )


HOT = HotRead(
    select(
        Account.id,
        *expressions(
            bindparam("viewer_id", type_=BigInteger), Account.id, bindparam("now", type_=DateTime(timezone=True))
        ),
    )
)


@pytest.mark.parametrize("seed", range(3))
async def test_every_pair_sees_each_other_as_the_rules_say(database: Database, seed: int) -> None:
    graph = await make_graph(database, random.Random(seed))
    async with database.read() as session:
        for viewer in [0, *graph["ids"]]:
            wanted = {person: expected(graph, viewer, person) for person in graph["ids"]}
            statement = select(Account.id, *expressions(viewer, Account.id, clock.now()))
            assert {row[0]: tuple(row[1:]) for row in await session.execute(statement)} == wanted
            rows = await HOT.fetch(database, viewer_id=viewer, now=clock.now())
            assert {row[0]: tuple(row)[1:] for row in rows} == wanted


async def test_viewer_and_person_may_be_columns_or_values_alike(database: Database) -> None:
    graph = await make_graph(database, random.Random(9))
    one, other = graph["ids"][:2]
    wanted = expected(graph, one, other)
    async with database.read() as session:
        values = expressions(one, other, clock.now())
        assert tuple((await session.execute(select(*values))).one()) == wanted
        looking = Account.__table__.alias("looking")
        columns = expressions(looking.c.id, literal(other, BigInteger), literal(clock.now(), DateTime(timezone=True)))
        assert tuple((await session.execute(select(*columns).where(looking.c.id == one))).one()) == wanted


async def test_a_list_of_follows_is_not_confused_with_the_follows_of_the_filter(database: Database) -> None:
    graph = await make_graph(database, random.Random(4))
    follow, (viewer, *_) = models.Follow, graph["ids"]
    statement = select(follow.follower_id, follow.followee_id).where(visibility.follows(viewer, follow.follower_id))
    async with database.read() as session:
        found = {tuple(row) for row in await session.execute(statement)}
    assert found == {pair for pair in graph["follows"] if graph["follows"].get((viewer, pair[0]), False)}


async def test_the_plan_looks_up_and_never_reads_whole_tables(database: Database) -> None:
    await make_graph(database, random.Random(1))
    assert "EXISTS" not in HOT.sql
    async with database.read() as session:
        # So few rows are read as a whole by any planner that is not told otherwise.
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        await session.execute(text("SET LOCAL enable_bitmapscan = off"))
        statement = select(Account.id).where(visibility.account_visible_to(5, Account.id))
        compiled = statement.compile(database.engine, compile_kwargs={"literal_binds": True})
        plan = "\n".join(await session.scalars(text(f"EXPLAIN {compiled}")))
    assert "hashed" not in plan
    assert plan.count("uq_blocks_blocker_id_blocked_id") == 2

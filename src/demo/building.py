"""The whole demo, one domain after the other. A new domain is a module beside these and two lines here."""

import random
from datetime import timedelta

from src import clock
from src.database import Database
from src.demo import chats, homes, posts, queries, reactions, relations
from src.demo import people as crowd
from src.demo.community import Community, Progress
from src.demo.constants import DEFAULT_PEOPLE, Step
from src.demo.exceptions import ServerHasPeople


def silent(_step: Step, _done: int, _total: int) -> None:
    """Tells nobody of the progress."""


async def build(
    database: Database,
    *,
    seed: int = 0,
    people: int = DEFAULT_PEOPLE,
    password_hash: str | None = None,
    force: bool = False,
    progress: Progress = silent,
) -> Community:
    """Makes a community up and writes it, with half a year of what it did up to now.

    Args:
        database: where.
        seed: the same seed makes the same community, but for ids and for when "now" is.
        people: how many, from `MIN_PEOPLE` to `MAX_PEOPLE`.
        password_hash: of the password that all of them have; None: nobody can sign in as one of them.
        force: also beside people who are there.
        progress: is told how far it is.

    Raises:
        ServerHasPeople: there are people, and `force` is not given.
    """
    async with database.read() as session:
        taken = await queries.usernames(session)
    if taken and not force:
        raise ServerHasPeople
    now = clock.now()
    community = Community(
        chance=random.Random(seed),  # noqa: S311  a demo has no secrets
        now=now - timedelta(microseconds=now.microsecond % 1000),
        progress=progress,
    )
    crowd.draw(community, people, taken=taken)
    relations.draw(community)
    posts.draw(community)
    reactions.draw(community)
    chats.draw(community)
    await crowd.write(database, community, password_hash)
    await relations.write(database, community)
    await posts.write(database, community)
    await reactions.write(database, community)
    await homes.write(database, community)
    await chats.write(database, community)
    return community

"""Which posts of this server those are that rows of an archive refer to."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select

from src.auth import models as auth_models
from src.database import ReadSession
from src.posts import models, queries
from src.restoring import Arrival
from src.users import queries as users_queries

Post = models.Post


class Reference(NamedTuple):
    """A post by the id that it had, and whose it was by id and by name."""

    post_id: int
    author_id: int | None
    author: str | None


async def accounts_here(session: ReadSession, arrival: Arrival, usernames: Collection[str]) -> dict[str, int]:
    """The accounts of these people, as far as a name means the same person here."""
    if not (arrival.same_people and usernames):
        return {}
    account = auth_models.Account
    named = select(account.username, account.id).where(account.username.in_(usernames))
    return {row.username: row.id for row in await session.execute(named)}


async def resolve(session: ReadSession, arrival: Arrival, references: Collection[Reference]) -> dict[int, int]:
    """Old id to the id here, of those that are here and that the arriving account may see.

    Its own are found by what it has brought along. Another's is the one that this person has brought along, or the one
    that has stood here all the time.
    """
    own = {one.post_id for one in references if one.author_id == arrival.archived_id}
    found = await arrival.ledger.known(session, Post.__tablename__, own)
    others = {one.post_id: one.author for one in references if one.post_id not in own and one.author is not None}
    authors = await accounts_here(session, arrival, set(others.values()))
    pairs = {(authors[name], old_id): old_id for old_id, name in others.items() if name in authors}
    brought = await arrival.ledger.known_of(session, Post.__tablename__, pairs)
    stayed = select(Post.id, Post.author_id).where(users_queries.among(Post.id, pairs.values()))
    for row in await session.execute(stayed):
        if (row.author_id, row.id) in pairs:
            found[row.id] = row.id
    found |= {pairs[pair]: new_id for pair, new_id in brought.items()}
    visible = select(Post.id).where(
        users_queries.among(Post.id, found.values()), queries.visible_to(arrival.account_id)
    )
    seen = set(await session.scalars(visible))
    return {old_id: new_id for old_id, new_id in found.items() if new_id in seen}

"""Reactions that come back from an archive, with their dates and exact counters, told nobody."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy import select

from src.database import WriteSession
from src.models import instant_of
from src.posts import models as posts_models
from src.posts import service_references as posts_references
from src.posts import service_references as posts_service_references
from src.posts.constants import Visibility
from src.reactions import models, service_imports
from src.reactions.constants import MAX_PINS
from src.restoring import Arrival, DatedId, OldId, Outcome, Restore, Row, Skipped
from src.schemas import Text
from src.users import models as users_models
from src.users import queries as users_queries

Post, Profile = posts_models.Post, users_models.Profile


class ArchivedReaction(BaseModel):
    """A row of any kind of reaction."""

    id: DatedId
    post_id: OldId
    author_id: OldId
    author: Annotated[Text, Field(max_length=100)]


def restoring(kind: type[models.Reaction]) -> Restore:
    """What brings reactions of this kind back."""

    async def restore(session: WriteSession, arrival: Arrival, rows: Sequence[Row]) -> Outcome:
        outcome = Outcome()
        reactions = outcome.valid(ArchivedReaction, rows)
        references = {posts_service_references.Reference(one.post_id, one.author_id, one.author) for one in reactions}
        here = await posts_references.resolve(session, arrival, references)
        allowed = await _allowed(session, kind, arrival.account_id, set(here.values()))
        found = []
        for one in sorted(reactions, key=lambda one: one.id):
            post_id = here.get(one.post_id)
            if post_id in allowed:
                found.append(service_imports.OldReaction(arrival.account_id, post_id, instant_of(one.id)))
            else:
                outcome.skipped[Skipped.ELSEWHERE if post_id is None else Skipped.NOT_PERMITTED] += 1
        outcome.new = await service_imports.add_old(session, kind, found)
        outcome.known = len(found) - outcome.new
        return outcome

    return restore


async def _allowed(session: WriteSession, kind: type[models.Reaction], account_id: int, post_ids: set[int]) -> set[int]:
    """To which of these posts the account may do this; they do not vanish before the transaction ends."""
    held = select(Post.id).where(users_queries.among(Post.id, post_ids)).order_by(Post.id)
    if kind is models.Repost:
        # As with a new one: who begins to follow the account now waits, and finds these among the earlier ones.
        own = select(Profile.account_id).where(Profile.account_id == account_id)
        await session.execute(own.with_for_update(read=True))
        public = select(Profile.account_id).where(~Profile.private)
        held = held.where(
            Post.visibility == Visibility.PUBLIC, Post.author_id.in_(public) | (Post.author_id == account_id)
        )
    if kind is models.Pin:
        held = held.where(Post.author_id == account_id)
    allowed = list(await session.scalars(held.with_for_update(key_share=True, read=True)))
    if kind is not models.Pin:
        return set(allowed)
    pins = select(models.Pin.post_id).where(models.Pin.account_id == account_id)
    pinned = set(await session.scalars(pins))
    fresh = [post_id for post_id in allowed if post_id not in pinned]
    return pinned | set(fresh[: max(0, MAX_PINS - len(pinned))])

"""The ledger of what came from Mastodon, when it comes back itself: the same archive is then not imported twice."""

from collections.abc import Sequence

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from src.database import WriteSession
from src.mastodon_archive import activities
from src.mastodon_archive.constants import MAX_URI_BYTES
from src.mastodon_archive.models import ImportedPost
from src.posts import models as posts_models
from src.restoring import Arrival, OldId, Outcome, Row, Skipped
from src.users import queries as users_queries

Post = posts_models.Post


class ArchivedEntry(BaseModel):
    """A row of `mastodon_imported_posts`."""

    uri: str
    post_id: OldId | None


async def restore(session: WriteSession, arrival: Arrival, rows: Sequence[Row]) -> Outcome:
    """Writes the entries that are not there yet, each with the post that it is here, if it still is."""
    outcome = Outcome()
    entries = outcome.valid(ArchivedEntry, rows)
    sound = [one for one in entries if activities.is_address(one.uri) and len(one.uri.encode()) <= MAX_URI_BYTES]
    outcome.skipped[Skipped.MALFORMED] += len(entries) - len(sound)
    old_ids = {one.post_id for one in sound if one.post_id is not None}
    here = await arrival.ledger.known(session, Post.__tablename__, old_ids)
    still = select(Post.id).where(users_queries.among(Post.id, here.values()), Post.author_id == arrival.account_id)
    posts = set(await session.scalars(still.with_for_update(key_share=True, read=True)))
    values = []
    for one in {one.uri: one for one in sound}.values():
        post_id = here.get(one.post_id or 0)
        values.append(
            {"account_id": arrival.account_id, "uri": one.uri, "post_id": post_id if post_id in posts else None}
        )
    if values:
        statement = insert(ImportedPost).values(values).on_conflict_do_nothing().returning(ImportedPost.uri)
        outcome.new = len((await session.execute(statement)).all())
    outcome.known = len(sound) - outcome.new
    return outcome

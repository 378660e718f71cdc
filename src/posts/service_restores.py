"""Posts that come back from an archive: with their dates, threads, earlier versions and whom they name, told nobody."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from src import markup
from src.database import ReadSession, WriteSession
from src.media import restoring as media_restoring
from src.models import id_at, instant_of
from src.polls import service_restores as polls_restores
from src.posts import constants, models, queries, schemas, service_imports, service_references
from src.posts.constants import MAX_MEDIA, MEDIA_KIND, POLL_KIND, Visibility
from src.posts.service_references import Reference
from src.restoring import Arrival, DatedId, OldId, Outcome, Row, Skipped, Work
from src.schemas import Instant, Text
from src.users import queries as users_queries

Post, PostEdit = models.Post, models.PostEdit
# Posts that were brought from elsewhere are longer than what people may write here.
_Words = Annotated[Text, Field(max_length=200_000)]
_Name = Annotated[Text, Field(max_length=100)]
_Warning = Annotated[Text, Field(max_length=200_000)]
_Version = Annotated[int, Field(ge=1, le=2**31 - 1)]


class ArchivedPost(BaseModel):
    """A row of `posts`."""

    id: DatedId
    author_id: OldId
    text: _Words
    content_warning: _Warning | None
    language: schemas.Language | None
    visibility: Visibility
    reply_to_id: OldId | None
    reply_to_author_id: OldId | None
    reply_to_author: _Name | None
    quote_of_id: OldId | None
    quote_of_author_id: OldId | None
    quote_of_author: _Name | None
    version: _Version
    edited_at: Instant | None
    hashtags: Annotated[list[_Name], Field(max_length=constants.MAX_HASHTAGS)]
    mentions: Annotated[list[tuple[OldId, _Name]], Field(max_length=constants.MAX_MENTIONS)]

    def references(self) -> list[Reference]:
        """What it answers and quotes."""
        found = []
        if self.reply_to_id is not None:
            found.append(Reference(self.reply_to_id, self.reply_to_author_id, self.reply_to_author))
        if self.quote_of_id is not None:
            found.append(Reference(self.quote_of_id, self.quote_of_author_id, self.quote_of_author))
        return found


class ArchivedEdit(BaseModel):
    """A row of `post_edits`."""

    id: DatedId
    post_id: OldId
    version: _Version
    text: _Words
    content_warning: _Warning | None
    replaced_at: Instant


async def restore_posts(session: WriteSession, arrival: Arrival, rows: Sequence[Row]) -> Outcome:
    """Writes the posts that have never been brought here, oldest first, each with an id of its own date."""
    outcome = Outcome()
    posts = {post.id: post for post in outcome.valid(ArchivedPost, rows)}
    foreign = [id_ for id_, post in posts.items() if post.author_id != arrival.archived_id]
    outcome.skipped[Skipped.NOT_PERMITTED] += len(foreign)
    known = await arrival.ledger.known(session, Post.__tablename__, posts)
    outcome.known = len(known)
    fresh = [post for id_, post in sorted(posts.items()) if id_ not in known and id_ not in set(foreign)]
    if not fresh:
        return outcome
    minted = await service_imports.mint(session, [instant_of(post.id) for post in fresh])
    ids = {post.id: new_id for post, new_id in zip(fresh, minted, strict=True)}
    references = {reference for post in fresh for reference in post.references()}
    here = await service_references.resolve(session, arrival, references) | ids
    names = {name for post in fresh for _, name in post.mentions}
    names |= {post.reply_to_author for post in fresh if post.reply_to_author is not None}
    people = await service_references.accounts_here(session, arrival, names)
    await service_imports.add_old(session, [_old_post(post, ids[post.id], arrival, here, people) for post in fresh])
    await arrival.ledger.note(session, Post.__tablename__, ids)
    outcome.new = len(fresh)
    return outcome


async def restore_what_hangs(work: Work, arrival: Arrival) -> None:
    """Hangs media and polls on posts on which they hung; see `media.restoring` and `polls.service_restores`."""
    await media_restoring.restore(work, arrival, media_restoring.Things(MEDIA_KIND, MAX_MEDIA, _find_here))
    await polls_restores.restore(work, arrival, polls_restores.Things(POLL_KIND, _find_bare, _ask))


async def restore_edits(session: WriteSession, arrival: Arrival, rows: Sequence[Row]) -> Outcome:
    """Writes earlier versions of posts that have come back."""
    outcome = Outcome()
    edits = outcome.valid(ArchivedEdit, rows)
    here = await arrival.ledger.known(session, Post.__tablename__, {edit.post_id for edit in edits})
    still = select(Post.id, Post.version).where(
        users_queries.among(Post.id, here.values()), Post.author_id == arrival.account_id
    )
    versions = {row.id: row.version for row in await session.execute(still.with_for_update(key_share=True))}
    for edit in edits:
        post_id = here.get(edit.post_id, 0)
        if edit.version >= versions.get(post_id, 0):
            outcome.skipped[Skipped.ELSEWHERE] += 1
            continue
        values = {
            "id": id_at(instant_of(edit.id)),
            "post_id": post_id,
            "version": edit.version,
            "text": edit.text,
            "content_warning": edit.content_warning,
            "replaced_at": edit.replaced_at,
        }
        added = insert(PostEdit).values(values).on_conflict_do_nothing().returning(PostEdit.id)
        is_new = (await session.execute(added)).first() is not None
        outcome.new += is_new
        outcome.known += not is_new
    return outcome


async def _find_here(session: ReadSession, arrival: Arrival, old_id: int) -> int | None:
    """The post that this was, if it is still here."""
    here = await arrival.ledger.known(session, Post.__tablename__, [old_id])
    still = select(Post.id).where(Post.id == here.get(old_id, 0), Post.author_id == arrival.account_id)
    if isinstance(session, WriteSession):
        still = still.with_for_update(key_share=True)
    return (await session.scalars(still)).one_or_none()


async def _find_bare(session: ReadSession, arrival: Arrival, old_id: int) -> int | None:
    """The post that this was, if it is still here and nothing hangs on it that a poll does not go with."""
    post_id = await _find_here(session, arrival, old_id)
    if post_id is None:
        return None
    bare = select(Post.id).where(Post.id == post_id, Post.poll_id.is_(None), ~queries.has_media())
    return await session.scalar(bare)


async def _ask(session: WriteSession, post_id: int, poll_id: int) -> None:
    asked = update(Post).where(Post.id == post_id).values(poll_id=poll_id)
    await session.execute(asked.execution_options(synchronize_session=False))


def _old_post(
    post: ArchivedPost, id_: int, arrival: Arrival, here: dict[int, int], people: dict[str, int]
) -> service_imports.OldPost:
    own_thread = post.reply_to_author_id == arrival.archived_id
    return service_imports.OldPost(
        id=id_,
        author_id=arrival.account_id,
        text=markup.clean(post.text),
        # No group comes back with an archive.
        visibility=Visibility.MENTIONED if post.visibility is Visibility.GROUP else post.visibility,
        content_warning=post.content_warning,
        language=post.language,
        reply_to_id=here.get(post.reply_to_id or 0),
        reply_to_author_id=arrival.account_id if own_thread else people.get(post.reply_to_author or ""),
        quote_of_id=here.get(post.quote_of_id or 0),
        version=post.version,
        edited_at=post.edited_at,
        hashtags=post.hashtags,
        mentioned_ids=[people[name] for _, name in post.mentions if name in people],
    )

"""What an import writes, each function within one short transaction; `importing` calls them in turn."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ARRAY, Text, any_, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.auth import callers as auth_callers
from src.auth import models as auth_models
from src.auth import service as accounts
from src.database import ReadSession, WriteSession
from src.mastodon_archive import activities
from src.mastodon_archive.models import ImportedPost
from src.media import bringing as media_bringing
from src.posts import service_imports as posts_imports
from src.posts.constants import MEDIA_KIND, Visibility
from src.reactions import models as reactions_models
from src.reactions import service_imports as reactions_imports
from src.users import exceptions as users_exceptions
from src.users import service_follows

_LOCK = "mastodon_archive.import"


class Bookmarked(NamedTuple):
    """How many bookmarks are of posts that the import has brought along, and how many of them are new."""

    here: int
    new: int


async def unknown(session: ReadSession, *, account_id: int, notes: Sequence[activities.Note]) -> list[activities.Note]:
    """Those that no import has brought before."""
    here = await _posts_of(session, account_id, {note.uri for note in notes})
    return [note for note in notes if note.uri not in here]


async def add_posts(
    session: WriteSession,
    *,
    account_id: int,
    notes: Sequence[activities.Note],
    media: Mapping[str, media_bringing.Taken],
) -> int:
    """Writes the posts that no import has brought before, oldest first, with media and the ledger; how many.

    `media` are the files of posts by their addresses.

    Raises:
        QuotaExceeded, StorageFull: there is no room for the media.
    """
    # One import of an account at a time: what the ledger says is still true when this one writes into it.
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(_LOCK, account_id))))
    uris = {note.uri for note in notes} | {note.in_reply_to for note in notes if note.in_reply_to is not None}
    here = await _posts_of(session, account_id, uris)
    fresh: dict[str, activities.Note] = {}
    for note in notes:
        if note.uri not in here:
            fresh.setdefault(note.uri, note)
    if not fresh:
        return 0
    minted = await posts_imports.mint(session, [note.published for note in fresh.values()])
    ids = dict(zip(fresh, minted, strict=True))
    here |= ids
    await posts_imports.add_old(session, [_old_post(ids[uri], account_id, note, here) for uri, note in fresh.items()])
    rows = [{"account_id": account_id, "uri": uri, "post_id": id_} for uri, id_ in ids.items()]
    await session.execute(insert(ImportedPost), rows)
    for uri, taken in media.items():
        if uri in ids:
            await media_bringing.hang(session, owner_id=account_id, taken=taken, to_kind=MEDIA_KIND, to_id=ids[uri])
    return len(fresh)


async def add_bookmarks(session: WriteSession, *, account_id: int, uris: Collection[str]) -> Bookmarked:
    """Bookmarks those of these posts that an import has brought along, in their order."""
    here = await _posts_of(session, account_id, uris)
    now = clock.now()
    found = [post_id for post_id in map(here.get, uris) if post_id is not None]
    reactions = [reactions_imports.OldReaction(account_id, post_id, now) for post_id in found]
    return Bookmarked(len(found), await reactions_imports.add_old(session, reactions_models.Bookmark, reactions))


async def follow(session: WriteSession, *, account: auth_models.Account, username: str) -> bool:
    """Follows somebody of this server, or asks to; False if there is nobody of this name whom the account may."""
    followee = await accounts.find_by_login(session, name=username)
    if followee is None:
        return False
    caller = auth_callers.Caller(account_id=account.id, session_id=0, role=account.role)
    try:
        await service_follows.follow(session, caller=caller, followee_id=followee.id)
    except (users_exceptions.UserIsYou, users_exceptions.UserNotFound, users_exceptions.UserIsBlocked):
        return False
    return True


async def _posts_of(session: ReadSession, account_id: int, uris: Collection[str]) -> dict[str, int | None]:
    """The posts that these are here; None for one that was brought along and deleted since."""
    asked = ImportedPost.uri == any_(literal(list(uris), ARRAY(Text)))
    statement = select(ImportedPost.uri, ImportedPost.post_id).where(ImportedPost.account_id == account_id, asked)
    return {row.uri: row.post_id for row in await session.execute(statement)}


def _old_post(
    id_: int, account_id: int, note: activities.Note, here: Mapping[str, int | None]
) -> posts_imports.OldPost:
    """The post as it is written here; `here` knows the posts that it may answer."""
    return posts_imports.OldPost(
        id=id_,
        author_id=account_id,
        text=note.text,
        visibility=Visibility[note.visibility.name],
        content_warning=note.content_warning,
        language=note.language,
        reply_to_id=None if note.in_reply_to is None else here.get(note.in_reply_to),
        reply_to_author_id=None if note.in_reply_to is None else account_id,
        edited_at=note.edited,
        hashtags=note.hashtags,
    )

"""What one line of Mastodon's CSV files becomes here, each within one short transaction."""

from collections import Counter
from enum import StrEnum

from sqlalchemy import select

from src import clock
from src.auth import callers as auth_callers
from src.auth import models as auth_models
from src.auth import service as accounts
from src.database import WriteSession
from src.mastodon_archive import service
from src.posts import models as posts_models
from src.posts import queries as posts_queries
from src.reactions import models as reactions_models
from src.reactions import service_imports as reactions_imports
from src.restoring import Outcome, Skipped
from src.users import exceptions as users_exceptions
from src.users import service_blocks, service_follows

Post = posts_models.Post
_REFUSED = (users_exceptions.UserIsYou, users_exceptions.UserNotFound, users_exceptions.UserIsBlocked)


class Relation(StrEnum):
    """What people are to somebody."""

    FOLLOWS = "follows"
    BLOCKS = "blocks"
    MUTES = "mutes"


def one(reason: Skipped) -> Counter[Skipped]:
    """One that was left out."""
    return Counter({reason: 1})


async def relate(session: WriteSession, *, account: auth_models.Account, kind: Relation, username: str) -> Outcome:
    """Follows, blocks or mutes somebody of this server, if there is somebody of this name whom the account may."""
    other = await accounts.find_by_login(session, name=username)
    # An e-mail address is no name in such a file.
    if other is None or other.username != username.lower():
        return Outcome(skipped=one(Skipped.ELSEWHERE))
    caller = auth_callers.Caller(account_id=account.id, session_id=0, role=account.role)
    try:
        if kind is Relation.FOLLOWS:
            is_new = await service_follows.follow(session, caller=caller, followee_id=other.id)
        elif kind is Relation.BLOCKS:
            is_new = await service_blocks.block(session, caller=caller, account_id=other.id)
        else:
            is_new = await service_blocks.mute_old(
                session, caller=caller, account_id=other.id, since=clock.now(), until=None
            )
    except _REFUSED:
        return Outcome(skipped=one(Skipped.NOT_PERMITTED))
    return Outcome(new=int(is_new), known=int(not is_new))


async def bookmark(session: WriteSession, *, account: auth_models.Account, uri: str, post_id: int | None) -> Outcome:
    """Bookmarks a post of this server that the account may see, or one that it has brought along from elsewhere."""
    if post_id is None:
        found = await service.add_bookmarks(session, account_id=account.id, uris=[uri])
        is_here, is_new = bool(found.here), bool(found.new)
    else:
        visible = select(Post.id).where(Post.id == post_id, posts_queries.visible_to(account.id))
        is_here = (await session.execute(visible.with_for_update(key_share=True, read=True))).first() is not None
        bookmarks = [reactions_imports.OldReaction(account.id, post_id, clock.now())] if is_here else []
        is_new = bool(await reactions_imports.add_old(session, reactions_models.Bookmark, bookmarks))
    if not is_here:
        return Outcome(skipped=one(Skipped.ELSEWHERE))
    return Outcome(new=int(is_new), known=int(not is_new))

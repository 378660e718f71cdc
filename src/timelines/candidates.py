"""Which posts stand in a timeline, and in which order: one statement for each kind, as yet without what is shown.

Every statement gives `entry_id` (the order and the cursor), `post_id` and `source_id` (who brought the post: its
author, or who reposted it), with all filters inside, so that a page is never short.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    DateTime,
    Select,
    and_,
    any_,
    bindparam,
    func,
    lateral,
    literal_column,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from src.models import there_is
from src.posts import models as posts_models
from src.posts import queries as posts_queries
from src.posts.constants import Visibility
from src.reactions import models as reactions_models
from src.timelines import models
from src.timelines.constants import POPULAR_CANDIDATES, POPULAR_OF_EACH
from src.users import models as users_models
from src.users import visibility

Post = posts_models.Post
Repost = reactions_models.Repost
Column = ColumnElement[int] | InstrumentedAttribute[int]

VIEWER: BindParameter[int] = bindparam("viewer", type_=BigInteger)
NOW: BindParameter[Any] = bindparam("now", type_=DateTime(timezone=True))
SUBJECT: BindParameter[int] = bindparam("subject", type_=BigInteger)
TAG: BindParameter[str] = bindparam("hashtag")
CHOSEN: BindParameter[Any] = bindparam("chosen", type_=ARRAY(BigInteger))
ABOVE: BindParameter[int] = bindparam("above", type_=BigInteger)
BELOW: BindParameter[int] = bindparam("below", type_=BigInteger)

# A statement between two bounds, in one direction, of so many rows.
Stretch = Callable[[bool, int], Select[*tuple[Any, ...]]]


def _stretch(
    statement: Select[*tuple[Any, ...]], key: Column, *, upwards: bool, limit: int
) -> Select[*tuple[Any, ...]]:
    order = key.asc() if upwards else key.desc()
    # The limit as a literal: the planner has to know that few rows are wanted.
    return statement.where(key > ABOVE, key < BELOW).order_by(order).limit(literal_column(str(limit)))


def _newest(both: CompoundSelect[*tuple[Any, ...]], *, upwards: bool, limit: int) -> Select[*tuple[Any, ...]]:
    """The first of what was found in two places, each in this order and of this length."""
    found = both.subquery()
    order = found.c.entry_id.asc() if upwards else found.c.entry_id.desc()
    return select(found).order_by(order).limit(literal_column(str(limit)))


def _columns(key: Column, source: Column) -> Select[*tuple[Any, ...]]:
    return select(key.label("entry_id"), Post.id.label("post_id"), source.label("source_id"))


def _readable() -> ColumnElement[bool]:
    """Posts that the viewer may see and wants to."""
    return and_(posts_queries.visible_to(VIEWER), ~visibility.muted(VIEWER, Post.author_id, NOW))


def _stands_in_homes() -> ColumnElement[bool]:
    """No post for a group, and replies only where the viewer follows both sides, as every home timeline does it."""
    parent: ColumnElement[Any] = Post.reply_to_author_id.expression
    in_conversation = or_(
        parent.is_(None),
        parent == Post.author_id,
        parent == VIEWER,
        Post.author_id == VIEWER,
        visibility.follows(VIEWER, parent),
    )
    return and_(Post.visibility != literal_column(str(int(Visibility.GROUP))), in_conversation)


def _followed(source: Column) -> ColumnElement[bool]:
    return or_(source == VIEWER, visibility.follows(VIEWER, source))


def _good_source(source: Column) -> ColumnElement[bool]:
    """A repost counts while the viewer follows who made it and neither blocks nor mutes them."""
    return and_(
        _followed(source),
        visibility.account_visible_to(VIEWER, source),
        ~visibility.muted(VIEWER, source, NOW),
    )


def _first_of_its_post(earlier: ColumnElement[bool]) -> ColumnElement[bool]:
    """A repost is shown only where the post does not stand by itself and no earlier repost shows it."""
    return and_(~and_(_followed(Post.author_id), _stands_in_homes()), ~earlier)


def _stands(repost_id: Column) -> ColumnElement[bool]:
    """Whether the repost has not been taken back; its entry may stay in homes that have ceased to follow."""
    repost = aliased(Repost)
    return there_is(repost, repost.id == repost_id)


def home_entries(upwards: bool, limit: int) -> Select[*tuple[Any, ...]]:  # noqa: FBT001  the protocol of a stretch
    """The home timeline as far as it is kept as entries, with the authors who are never written into homes."""
    entry, other = models.Entry, aliased(models.Entry)
    earlier = there_is(
        other,
        other.account_id == VIEWER,
        other.post_id == entry.post_id,
        other.entry_id != other.post_id,
        other.entry_id < entry.entry_id,
        _stands(other.entry_id),
        _good_source(other.source_id),
        many=True,
    )
    original = and_(entry.entry_id == entry.post_id, _followed(entry.source_id), _stands_in_homes())
    # Below the horizon entries are not complete, and reposts have none any more.
    horizon = func.coalesce(
        select(models.Horizon.entry_id).where(models.Horizon.account_id == VIEWER).scalar_subquery(),
        literal_column("0", BigInteger),
    )
    first = _first_of_its_post(
        or_(earlier, _reposted_before(lambda repost_id: and_(repost_id < entry.entry_id, repost_id <= horizon)))
    )
    reposted = and_(entry.entry_id != entry.post_id, _stands(entry.entry_id), _good_source(entry.source_id), first)
    kept = (
        _columns(entry.entry_id, entry.source_id)
        .select_from(entry)
        .join(Post, Post.id == entry.post_id)
        .where(entry.account_id == VIEWER, entry.entry_id > horizon, or_(original, reposted), _readable())
    )
    pulled = (
        _columns(Post.id, Post.author_id)
        .join(models.PulledAuthor, models.PulledAuthor.account_id == Post.author_id)
        .where(Post.id > horizon, _followed(Post.author_id), _stands_in_homes(), _readable())
    )
    both = union(
        _stretch(kept, entry.entry_id, upwards=upwards, limit=limit).subquery().select(),
        _stretch(pulled, Post.id, upwards=upwards, limit=limit).subquery().select(),
    )
    return _newest(both, upwards=upwards, limit=limit)


def _followees() -> Select[*tuple[Any, ...]]:
    follow = users_models.Follow
    followed = select(follow.followee_id.label("id")).where(follow.follower_id == VIEWER, follow.accepted)
    return select(union_all(followed, select(VIEWER.label("id"))).subquery())


def _reposted_before(which: Callable[[Any], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Whether a repost of the post that counts for the viewer is among these; from the reposts themselves."""
    other = aliased(Repost)
    return there_is(other, other.post_id == Post.id, which(other.id), _good_source(other.account_id), many=True)


def _reposted_sources() -> ColumnElement[bool]:
    """What `_first_of_its_post` needs where there are no entries."""
    earlier = _reposted_before(lambda repost_id: repost_id < Repost.id)
    return and_(_good_source(Repost.account_id), _first_of_its_post(earlier))


def home_sources_of_few(upwards: bool, limit: int) -> Select[*tuple[Any, ...]]:  # noqa: FBT001
    """The home timeline from the posts themselves, for who follows few: each followee's newest, then the newest."""
    followees = _followees().cte("followees")
    written = _columns(Post.id, Post.author_id).where(Post.author_id == followees.c.id, _stands_in_homes(), _readable())
    carried = (
        _columns(Repost.id, Repost.account_id)
        .join(Post, Post.id == Repost.post_id)
        .where(Repost.account_id == followees.c.id, _reposted_sources(), _readable())
    )
    written_each = lateral(
        _stretch(written, Post.id, upwards=upwards, limit=limit).correlate(followees), name="written"
    )
    carried_each = lateral(
        _stretch(carried, Repost.id, upwards=upwards, limit=limit).correlate(followees), name="carried"
    )
    both = union_all(
        select(written_each).select_from(followees.join(written_each, literal_column("true"))),
        select(carried_each).select_from(followees.join(carried_each, literal_column("true"))),
    )
    return _newest(both, upwards=upwards, limit=limit)


def home_sources_of_many(upwards: bool, limit: int) -> Select[*tuple[Any, ...]]:  # noqa: FBT001
    """The same for who follows many: all posts from the newest, until enough are by followees."""
    written = _columns(Post.id, Post.author_id).where(_followed(Post.author_id), _stands_in_homes(), _readable())
    carried = (
        _columns(Repost.id, Repost.account_id)
        .join(Post, Post.id == Repost.post_id)
        .where(_reposted_sources(), _readable())
    )
    both = union_all(
        _stretch(written, Post.id, upwards=upwards, limit=limit).subquery().select(),
        _stretch(carried, Repost.id, upwards=upwards, limit=limit).subquery().select(),
    )
    return _newest(both, upwards=upwards, limit=limit)


def public(upwards: bool, limit: int) -> Select[*tuple[Any, ...]]:  # noqa: FBT001
    """Everybody's public posts, without replies."""
    statement = _columns(Post.id, Post.author_id).where(
        Post.visibility == literal_column(str(int(Visibility.PUBLIC))), Post.reply_to_author_id.is_(None), _readable()
    )
    return _stretch(statement, Post.id, upwards=upwards, limit=limit)


def group(upwards: bool, limit: int) -> Select[*tuple[Any, ...]]:  # noqa: FBT001  the protocol of a stretch
    """The posts for a group, answers among them."""
    statement = _columns(Post.id, Post.author_id).where(Post.group_id == SUBJECT, _readable())
    return _stretch(statement, Post.id, upwards=upwards, limit=limit)


def hashtag(upwards: bool, limit: int) -> Select[*tuple[Any, ...]]:  # noqa: FBT001
    """Posts that carry a hashtag."""
    tagged = posts_models.PostHashtag
    statement = (
        _columns(tagged.post_id, Post.author_id)
        .select_from(tagged)
        .join(Post, Post.id == tagged.post_id)
        .where(tagged.hashtag == TAG, _readable())
    )
    return _stretch(statement, tagged.post_id, upwards=upwards, limit=limit)


def profile(upwards: bool, limit: int) -> Select[*tuple[Any, ...]]:  # noqa: FBT001
    """What one person wrote and carried on; a mute does not empty the muted person's own page."""
    written = _columns(Post.id, Post.author_id).where(Post.author_id == SUBJECT, posts_queries.visible_to(VIEWER))
    carried = (
        _columns(Repost.id, Repost.account_id)
        .join(Post, Post.id == Repost.post_id)
        .where(Repost.account_id == SUBJECT, visibility.open_to(VIEWER, SUBJECT), _readable())
    )
    both = union_all(
        _stretch(written, Post.id, upwards=upwards, limit=limit).subquery().select(),
        _stretch(carried, Repost.id, upwards=upwards, limit=limit).subquery().select(),
    )
    return _newest(both, upwards=upwards, limit=limit)


def _reactions(kind: type[reactions_models.Reaction], owner: BindParameter[int]) -> Select[*tuple[Any, ...]]:
    return (
        _columns(kind.id, Post.author_id)
        .select_from(kind)
        .join(Post, Post.id == kind.post_id)
        .where(kind.account_id == owner, posts_queries.visible_to(VIEWER))
    )


def likes(upwards: bool, limit: int) -> Select[*tuple[Any, ...]]:  # noqa: FBT001
    """What the viewer likes, in the order of liking."""
    kind = reactions_models.Like
    return _stretch(_reactions(kind, VIEWER), kind.id, upwards=upwards, limit=limit)


def bookmarks(upwards: bool, limit: int) -> Select[*tuple[Any, ...]]:  # noqa: FBT001
    """What the viewer keeps for later, in the order of keeping."""
    kind = reactions_models.Bookmark
    return _stretch(_reactions(kind, VIEWER), kind.id, upwards=upwards, limit=limit)


def pins(upwards: bool, limit: int) -> Select[*tuple[Any, ...]]:  # noqa: FBT001
    """What a person shows at the top of their profile."""
    kind = reactions_models.Pin
    return _stretch(_reactions(kind, SUBJECT), kind.id, upwards=upwards, limit=limit)


def popular(since: BindParameter[int], limit: int) -> Select[*tuple[Any, ...]]:
    """Ids of own and followees' posts since a time, the most liked first, ties newest first.

    Among the newest `POPULAR_OF_EACH` of each person, and of these the newest `POPULAR_CANDIDATES`: what is older does
    not compete, so that a choice costs no more where people have written for years.
    """
    followees = _followees().cte("followees")
    of_each = select(Post.id).where(Post.author_id == followees.c.id, Post.id >= since).order_by(Post.id.desc())
    each = lateral(of_each.limit(literal_column(str(POPULAR_OF_EACH))).correlate(followees), name="each_ones")
    joined = select(each.c.id).select_from(followees.join(each, literal_column("true"))).order_by(each.c.id.desc())
    newest = joined.limit(literal_column(str(POPULAR_CANDIDATES))).subquery("newest")
    # One look for each: a plain join the planner may turn round and ask of every post whether it may be seen.
    look = select(Post.id, Post.likes_count).where(Post.id == newest.c.id, _stands_in_homes(), _readable())
    seen = lateral(look.limit(literal_column("1")).correlate(newest), name="seen")
    return (
        select(seen.c.id)
        .select_from(newest.join(seen, literal_column("true")))
        .order_by(seen.c.likes_count.desc(), seen.c.id.desc())
        .limit(literal_column(str(limit)))
    )


def frozen(upwards: bool, limit: int) -> Select[*tuple[Any, ...]]:  # noqa: FBT001
    """The posts of a frozen list that are still there for the viewer, in its order; the key is the place in it."""
    kept = models.FrozenList
    ids = func.unnest(kept.post_ids).table_valued("id", with_ordinality="place").render_derived()
    statement = (
        _columns(ids.c.place, Post.author_id)
        .select_from(kept)
        .join(ids, literal_column("true"))
        .join(Post, Post.id == ids.c.id)
        .where(kept.id == SUBJECT, kept.account_id == VIEWER, _readable())
    )
    return _stretch(statement, ids.c.place, upwards=upwards, limit=limit)


def chosen(upwards: bool, limit: int) -> Select[*tuple[Any, ...]]:  # noqa: FBT001
    """Posts that have been found in another way, as far as the viewer still wants to see them."""
    statement = _columns(Post.id, Post.author_id).where(Post.id == any_(CHOSEN), _readable())
    return _stretch(statement, Post.id, upwards=upwards, limit=limit)

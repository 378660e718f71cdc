"""What readers of the demo do: like, repost and bookmark what they see, and pin what they wrote."""

from collections.abc import Iterator
from datetime import timedelta

from src.database import Database
from src.demo.community import Community, Post, Reaction, in_steps
from src.demo.constants import Step
from src.posts.constants import Visibility
from src.reactions import models as reactions_models
from src.reactions import service_imports as reactions_imports

_AT_ONCE = 1_000
# The share of those who see a post of the usual quality; what is twice as good gets twice as many.
_SHARES: dict[type[reactions_models.Reaction], float] = {
    reactions_models.Like: 0.1,
    reactions_models.Repost: 0.01,
    reactions_models.Bookmark: 0.008,
}
_KINDS: tuple[type[reactions_models.Reaction], ...] = (*_SHARES, reactions_models.Pin)
_MOST_LIKELY = 0.9
_QUALITY_SPREAD = 1.8
_HOURS_TO_REACT = 6
_PIN_SHARE = 0.3


def draw(community: Community) -> None:
    """Goes through all posts: who of those who read it does something to it?"""
    drawn = [one for place, post in enumerate(community.posts) for one in _of_readers(community, place, post)]
    newest = {post.author: place for place, post in enumerate(community.posts) if post.visibility is Visibility.PUBLIC}
    for author, place in newest.items():
        if community.chance.random() < _PIN_SHARE:
            drawn.append(Reaction(reactions_models.Pin, author, place, community.posts[place].at))
    people = community.people
    community.reactions = [one for one in drawn if people[one.person].joined_at < one.at < community.now]


def _of_readers(community: Community, place: int, post: Post) -> Iterator[Reaction]:
    chance = community.chance
    quality = chance.paretovariate(_QUALITY_SPREAD)
    open_to_all = post.visibility is Visibility.PUBLIC and not community.people[post.author].private
    for reader in community.readers_of(post.author):
        for kind, share in _SHARES.items():
            if chance.random() > min(_MOST_LIKELY, share * quality) or not community.sees(reader, post):
                continue
            if kind is not reactions_models.Repost or open_to_all:
                after = timedelta(hours=chance.expovariate(1 / _HOURS_TO_REACT), milliseconds=1)
                yield Reaction(kind, reader, place, post.at + after)


async def write(database: Database, community: Community) -> None:
    """Writes the reactions under their dates."""
    people, posts = community.people, community.posts
    by_kind = sorted(community.reactions, key=lambda one: _KINDS.index(one.kind))
    for some in in_steps(community, Step.REACTIONS, by_kind, _AT_ONCE):
        async with database.write() as session:
            for kind in _KINDS:
                rows = [
                    reactions_imports.OldReaction(people[one.person].id, posts[one.post].id, one.at)
                    for one in some
                    if one.kind is kind
                ]
                await reactions_imports.add_old(session, kind, rows)

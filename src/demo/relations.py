"""Who follows whom in the demo, by a power law, and who wants to have nothing to do with whom."""

from src.database import Database
from src.demo.community import Community, Following, in_steps
from src.demo.constants import Step
from src.demo.people import caller
from src.users import schemas as users_schemas
from src.users import service_blocks
from src.users import service_imports as users_imports

_AT_ONCE = 500
_LEAST_FOLLOWED = 4
_FOLLOWED_SPREAD = 1.1
_COMMON_TOPIC = 3
_BACK_SHARE = 0.3
_ACCEPTED_SHARE = 0.8
_BLOCKED_SHARE = 0.1
_MUTED_SHARE = 0.2


def draw(community: Community) -> None:
    """Who follows whom (the popular and the like-minded first, and some follow back), who blocks and who mutes."""
    chance, people = community.chance, community.people
    pairs: dict[tuple[int, int], None] = {}
    for follower in range(len(people)):
        for followee in _choose(community, follower):
            pairs[follower, followee] = None
            if chance.random() < _BACK_SHARE:
                pairs[followee, follower] = None
    community.blocks = _some_pairs(community, _BLOCKED_SHARE)
    community.mutes = _some_pairs(community, _MUTED_SHARE)
    for follower, followee in pairs:
        since = max(people[follower].joined_at, people[followee].joined_at)
        at = since + (community.now - since) * chance.random()
        accepted = not people[followee].private or chance.random() < _ACCEPTED_SHARE
        if not {(follower, followee), (followee, follower)} & community.blocks:
            community.follows.append(Following(follower, followee, at, accepted))


def _some_pairs(community: Community, share: float) -> set[tuple[int, int]]:
    """So many of the people, each with somebody else."""
    chance, count = community.chance, len(community.people)
    pairs = [(one, (one + chance.randrange(1, count)) % count) for one in range(count)]
    return {pair for pair in pairs if chance.random() < share}


def _choose(community: Community, follower: int) -> list[int]:
    """Whom somebody follows: a draw by weight without putting back (Efraimidis and Spirakis, 2006)."""
    chance, people = community.chance, community.people
    count = int(_LEAST_FOLLOWED * chance.paretovariate(_FOLLOWED_SPREAD))
    keys: list[tuple[float, int]] = []
    for place, person in enumerate(people):
        common = len(set(person.topics) & set(people[follower].topics))
        weight = person.popularity * (1 + _COMMON_TOPIC * common)
        keys.append((chance.random() ** (1 / weight), place))
    chosen = sorted(keys, reverse=True)[: min(count, len(people) // 2)]
    return [place for _, place in chosen if place != follower]


async def write(database: Database, community: Community) -> None:
    """Writes the follows with their dates, and blocks and mutes as of today."""
    people = community.people
    for some in in_steps(community, Step.RELATIONS, community.follows, _AT_ONCE):
        rows = [
            users_imports.OldFollow(people[one.follower].id, people[one.followee].id, one.at, one.accepted)
            for one in some
        ]
        async with database.write() as session:
            await users_imports.add_old_follows(session, rows)
    async with database.write() as session:
        for blocker, blocked in sorted(community.blocks):
            await service_blocks.block(session, caller=caller(people[blocker]), account_id=people[blocked].id)
        for muter, muted in sorted(community.mutes):
            forever = users_schemas.MuteCreate()
            await service_blocks.mute(session, caller=caller(people[muter]), account_id=people[muted].id, data=forever)

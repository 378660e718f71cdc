"""People of the demo: who they are, and what they care about."""

from collections.abc import Collection
from datetime import timedelta
from itertools import product

from src.auth import callers as auth_callers
from src.database import Database, WriteSession
from src.demo import words
from src.demo.community import Community, Person, in_steps
from src.demo.constants import HISTORY, Step
from src.feature import Role
from src.users import schemas as users_schemas
from src.users import service as users_service

_AT_ONCE = 20
_PRIVATE_SHARE = 0.1
# How steeply popularity and activity fall from one to the next: a power law, as in real communities.
_POPULARITY_FALL = 0.8
_ACTIVITY_FALL = 0.7


def draw(community: Community, count: int, *, taken: Collection[str]) -> None:
    """Makes so many people up; a username that is taken gets a number."""
    names = list(product(words.FIRST_NAMES, words.LAST_NAMES))
    chance = community.chance
    busy = chance.sample(range(1, count + 1), count)
    for rank, (first, last) in enumerate(chance.sample(names, count), start=1):
        topics = tuple(chance.sample(sorted(words.TOPICS), 3))
        bio = chance.choice(words.BIOS).format(*topics)
        community.people.append(
            Person(
                username=_free(f"{first}_{last}", taken),
                display_name=f"{first.title()} {last.title()}",
                bio=bio[0].upper() + bio[1:],
                topics=topics,
                private=chance.random() < _PRIVATE_SHARE,
                joined_at=community.now - HISTORY * chance.uniform(0.3, 1) - timedelta(hours=1),
                popularity=rank**-_POPULARITY_FALL,
                activity=busy[rank - 1] ** -_ACTIVITY_FALL,
            )
        )


async def write(database: Database, community: Community, password_hash: str | None) -> None:
    """Signs them up, each on the day when they joined."""
    for some in in_steps(community, Step.PEOPLE, community.people, _AT_ONCE):
        async with database.write() as session:
            for person in some:
                await _sign_up(session, person, password_hash)


async def _sign_up(session: WriteSession, person: Person, password_hash: str | None) -> None:
    created = await users_service.create(
        session,
        username=person.username,
        password_hash=password_hash,
        display_name=person.display_name,
        created_at=person.joined_at,
    )
    person.id = created.profile.account_id
    data = users_schemas.ProfileUpdate(bio=person.bio, private=person.private)
    await users_service.update(session, caller=caller(person), data=data)


def caller(person: Person) -> auth_callers.Caller:
    """The person as services see them."""
    return auth_callers.Caller(account_id=person.id, session_id=0, role=Role.MEMBER)


def _free(username: str, taken: Collection[str]) -> str:
    number, free = 1, username
    while free in taken:
        number += 1
        free = f"{username}{number}"
    return free

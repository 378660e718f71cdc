"""What the endpoints of timelines ask for."""

from typing import Annotated, NamedTuple

from fastapi import Depends, Path, Request

from src.auth import dependencies as auth_dependencies
from src.database import Database, DatabaseDep, database_of
from src.groups import dependencies as groups_dependencies
from src.groups import exceptions as groups_exceptions
from src.groups import membership as groups_membership
from src.schemas import Text
from src.timelines.constants import MAX_HASHTAG, Permission
from src.timelines.rendering import Rendered
from src.users import dependencies as users_dependencies

Reader = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.READ)]
HomeReader = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.HOME)]
Hashtag = Annotated[Text, Path(min_length=1, max_length=MAX_HASHTAG, description="Without the #; in any spelling.")]


class Reading(NamedTuple):
    """What timelines are read with: the database, and what this process remembers of posts as bytes."""

    database: Database
    memory: Rendered


async def reading_of(request: Request) -> Reading:
    """Both at once: on the way of the requests that come most often each dependency counts."""
    return Reading(await database_of(request), request.state.rendered_posts)


ReadingDep = Annotated[Reading, Depends(reading_of)]


async def subject(caller: Reader, username: users_dependencies.Username, database: DatabaseDep) -> int:
    """The account of the person whom the path names.

    It is looked up in a transaction of its own, which is over before the hot read begins: requests that hold one
    connection while they wait for a second one would in the end wait for each other.

    Raises:
        UserNotFound: it does not exist for this caller.
    """
    async with database.read() as session:
        return (await users_dependencies.valid_user(username, session, caller)).id


Subject = Annotated[int, Depends(subject)]


async def own_group(caller: HomeReader, group_id: groups_dependencies.GroupId, database: DatabaseDep) -> int:
    """The group of the path, to which the caller belongs; looked up as `subject`.

    Raises:
        GroupNotFound: it does not exist, or they do not.
    """
    async with database.read() as session:
        if await groups_membership.role_of(session, group_id, caller.account_id) is None:
            raise groups_exceptions.GroupNotFound
    return group_id


OwnGroup = Annotated[int, Depends(own_group)]

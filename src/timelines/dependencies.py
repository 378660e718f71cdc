"""What the endpoints of timelines ask for."""

from typing import Annotated

from fastapi import Depends, Path

from src.auth import dependencies as auth_dependencies
from src.database import DatabaseDep
from src.schemas import Text
from src.timelines.constants import MAX_HASHTAG, Permission
from src.users import dependencies as users_dependencies

Reader = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.READ)]
HomeReader = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.HOME)]
Hashtag = Annotated[Text, Path(min_length=1, max_length=MAX_HASHTAG, description="Without the #; in any spelling.")]


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

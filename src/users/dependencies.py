"""What the routes of people take: who asks, and the person that the path names."""

from typing import Annotated

from fastapi import Depends, Path
from sqlalchemy import ColumnElement, or_

from src.auth import dependencies as auth_dependencies
from src.auth import usernames as auth_usernames
from src.database import ReadDep, ReadSession
from src.schemas import Text
from src.users import constants, exceptions, queries, visibility
from src.users.constants import Permission

Reader = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.READ)]
Writer = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.WRITE)]

# One sign more than a name has: the @ in front of it.
Username = Annotated[
    Text, Path(max_length=constants.MAX_USERNAME + 1, description="With or without @ in front.", examples=["ada"])
]
_AccountId = queries.Account.id


async def _load(session: ReadSession, username: str, condition: ColumnElement[bool]) -> queries.Person:
    statement = queries.people().where(queries.Account.username == auth_usernames.normal(username), condition)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise exceptions.UserNotFound
    return queries.person_of(row)


async def valid_user(username: Username, session: ReadDep, caller: auth_dependencies.Authenticated) -> queries.Person:
    """Somebody whom the caller may look up.

    Raises:
        UserNotFound: nobody has the name, or is suspended, or has blocked the caller.
    """
    return await _load(session, username, visibility.profile_visible_to(caller.account_id, _AccountId))


ValidUser = Annotated[queries.Person, Depends(valid_user)]


async def open_user(user: ValidUser, session: ReadDep, caller: auth_dependencies.Authenticated) -> queries.Person:
    """Somebody whose lists the caller may read.

    Raises:
        UserNotFound: see `valid_user`.
        ListsArePrivate: the person is private, and the caller does not follow them.
    """
    if user.profile.private and not await queries.is_open_to(session, caller.account_id, user.id):
        raise exceptions.ListsArePrivate
    return user


OpenUser = Annotated[queries.Person, Depends(open_user)]


async def tied_user(username: Username, session: ReadDep, caller: auth_dependencies.Authenticated) -> queries.Person:
    """Somebody whom the caller may look up, or with whom there is something that the caller may end.

    Raises:
        UserNotFound: neither.
    """
    viewer_id = caller.account_id
    condition = or_(visibility.profile_visible_to(viewer_id, _AccountId), queries.tied(viewer_id, _AccountId))
    return await _load(session, username, condition)


TiedUser = Annotated[queries.Person, Depends(tied_user)]


async def blockable_user(
    username: Username, session: ReadDep, caller: auth_dependencies.Authenticated
) -> queries.Person:
    """Somebody whom the caller may block or unblock: also who has blocked the caller first, or the block would go.

    Raises:
        UserNotFound: nobody has the name, or is suspended without having been blocked by the caller.
    """
    condition = or_(visibility.active(_AccountId), visibility.blocks(caller.account_id, _AccountId))
    return await _load(session, username, condition)


BlockableUser = Annotated[queries.Person, Depends(blockable_user)]

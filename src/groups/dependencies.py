"""What the endpoints of groups ask for: a caller who is permitted, and a group to which the caller belongs.

What a role allows is asked again by the service that writes, when nobody can change it any more.
"""

from typing import Annotated

from fastapi import Depends, Path

from src.auth import dependencies as auth_dependencies
from src.database import ReadDep
from src.feature import RegistryDep
from src.groups import exceptions, kinds, queries
from src.groups.constants import MAX_CODE, GroupRole, Permission
from src.schemas import Id, Text

GroupId = Annotated[Id, Path(description="The group's id.")]
MemberId = Annotated[Id, Path(description="The person's id.")]
InviteId = Annotated[Id, Path(description="The invite's id.")]
Code = Annotated[Text, Path(max_length=MAX_CODE, description="As it was given or typed.", examples=["7K3M-9QXD-…"])]
Reader = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.READ)]
Writer = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.WRITE)]


async def own_group(session: ReadDep, caller: auth_dependencies.Authenticated, group_id: GroupId) -> queries.Sight:
    """The group of the path, to which the caller belongs.

    Raises:
        GroupNotFound: it does not exist, or they do not.
    """
    found = await queries.sight(session, group_id=group_id, account_id=caller.account_id)
    if found is None:
        raise exceptions.GroupNotFound
    return found


async def readable_group(_caller: Reader, sight: Annotated[queries.Sight, Depends(own_group)]) -> queries.Sight:
    """The same, for who may read."""
    return sight


ReadableGroup = Annotated[queries.Sight, Depends(readable_group)]


async def writable_group(_caller: Writer, sight: Annotated[queries.Sight, Depends(own_group)]) -> queries.Sight:
    """The same, for who may write."""
    return sight


WritableGroup = Annotated[queries.Sight, Depends(writable_group)]


async def administered_group(sight: ReadableGroup) -> queries.Sight:
    """The group of the path, of which the caller sees what admins see.

    Raises:
        RoleTooLow: they are a member like the others.
    """
    if sight.role < GroupRole.ADMIN:
        raise exceptions.RoleTooLow
    return sight


AdministeredGroup = Annotated[queries.Sight, Depends(administered_group)]


async def kinds_of(registry: RegistryDep) -> kinds.GroupKinds:
    """What kinds of groups there are in the process that serves this request."""
    return kinds.of(registry)


KindsDep = Annotated[kinds.GroupKinds, Depends(kinds_of)]

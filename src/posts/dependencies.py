"""What the endpoints of posts ask for: a caller who is permitted, a post that the caller may see or owns."""

from typing import Annotated

from fastapi import Depends, Path

from src.auth import dependencies as auth_dependencies
from src.database import ReadDep
from src.posts import exceptions, queries, service
from src.posts.constants import Permission
from src.schemas import Id

PostId = Annotated[Id, Path(description="The post's id.")]
Reader = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.READ)]
Writer = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.WRITE)]


async def visible_post(session: ReadDep, caller: Reader, post_id: PostId) -> queries.Sight:
    """The post of the path.

    Raises:
        PostNotFound: it does not exist for this caller.
    """
    found = await service.find(session, caller=caller, post_id=post_id)
    if found is None:
        raise exceptions.PostNotFound
    return found


ValidPost = Annotated[queries.Sight, Depends(visible_post)]


async def owned_post(caller: Writer, found: ValidPost) -> queries.Sight:
    """The post of the path, which the caller wrote.

    Raises:
        PostNotYours: somebody else did.
    """
    if found.post.author_id != caller.account_id:
        raise exceptions.PostNotYours
    return found


OwnedPost = Annotated[queries.Sight, Depends(owned_post)]


async def removable_post(session: ReadDep, caller: Writer, post_id: PostId) -> queries.Sight:
    """The post of the path, which the caller wrote or may remove as a moderator, whether or not they may read it.

    Raises:
        PostNotFound: it does not exist for this caller.
        PostNotYours: the caller sees it, but neither wrote nor moderates it.
    """
    moderates = caller.may(Permission.MODERATE)
    if moderates:
        # A block against a moderator, or a private account, must not put anything out of their reach.
        found = await service.find_any(session, post_id=post_id)
    else:
        found = await service.find(session, caller=caller, post_id=post_id)
    if found is None:
        raise exceptions.PostNotFound
    if found.post.author_id != caller.account_id and not moderates:
        raise exceptions.PostNotYours
    return found


RemovablePost = Annotated[queries.Sight, Depends(removable_post)]

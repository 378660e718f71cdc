"""What the endpoints of polls ask for: a permitted caller, and a poll that they see, have voted in or own."""

from typing import Annotated

from fastapi import Depends, Path

from src.auth import dependencies as auth_dependencies
from src.database import ReadDep
from src.feature import RegistryDep
from src.polls import containers, exceptions, queries, service
from src.polls.constants import Permission
from src.schemas import Id

PollId = Annotated[Id, Path(description="The poll's id.")]
Reader = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.READ)]
Writer = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.WRITE)]


async def containers_of(registry: RegistryDep) -> containers.Containers:
    """What polls can belong to in the process that serves this request."""
    return containers.of(registry)


ContainersDep = Annotated[containers.Containers, Depends(containers_of)]


async def visible_poll(session: ReadDep, caller: Reader, known: ContainersDep, poll_id: PollId) -> queries.Shown:
    """The poll of the path.

    Raises:
        PollNotFound: it does not exist for this caller.
    """
    readable = containers.readable(known, caller)
    found = await service.find(session, containers=readable, viewer_id=caller.account_id, poll_id=poll_id)
    if found is None:
        raise exceptions.PollNotFound
    return found


VisiblePoll = Annotated[queries.Shown, Depends(visible_poll)]


async def voted_poll(session: ReadDep, caller: Writer, known: ContainersDep, poll_id: PollId) -> queries.Shown:
    """The poll of the path, also where the caller has voted and does not see it any more: what is theirs they end.

    Raises:
        PollNotFound: it does not exist for this caller.
    """
    readable = containers.readable(known, caller)
    found = await service.find(
        session, containers=readable, viewer_id=caller.account_id, poll_id=poll_id, own_vote=True
    )
    if found is None:
        raise exceptions.PollNotFound
    return found


VotedPoll = Annotated[queries.Shown, Depends(voted_poll)]


async def owned_poll(caller: Writer, found: VisiblePoll) -> queries.Shown:
    """The poll of the path, which is the caller's.

    Raises:
        PollNotYours: it is somebody else's.
    """
    if found.poll.owner_id != caller.account_id:
        raise exceptions.PollNotYours
    return found


OwnedPoll = Annotated[queries.Shown, Depends(owned_poll)]

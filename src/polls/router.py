"""The endpoints of polls; a new one comes with the thing that it belongs to."""

from http import HTTPStatus

from fastapi import APIRouter

from src import clock
from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.pagination import InvalidCursor, Page, PagingDep
from src.polls import exceptions, rendering, schemas, service
from src.polls.dependencies import ContainersDep, OwnedPoll, Reader, VisiblePoll, VotedPoll, Writer
from src.users import utils as users_utils

router = APIRouter(tags=["polls"])
_ERRORS = (*auth_dependencies.GUARDED, InvalidInput, exceptions.PollNotFound)


@router.get("/{poll_id}", summary="Read a poll", responses=problems(*_ERRORS))
async def read_poll(found: VisiblePoll) -> schemas.PollRead:
    """The poll with its results, as far as they are shown, and the caller's own vote."""
    return rendering.read_of(found, clock.now())


@router.put(
    "/{poll_id}/ballot",
    summary="Vote",
    responses=problems(*_ERRORS, exceptions.VoteRefused, exceptions.PollEnded, exceptions.BallotUnfit),
)
async def vote_in_poll(
    caller: Writer, known: ContainersDep, found: VisiblePoll, data: schemas.Ballot, session: WriteDep
) -> schemas.PollRead:
    """The caller's vote, in place of an earlier one, as long as the poll is open.

    In a direct chat nobody votes while one of the two blocks the other.
    """
    voted = await service.vote(session, caller=caller, containers=known, found=found, data=data)
    return rendering.read_of(voted, clock.now())


@router.delete(
    "/{poll_id}/ballot",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Take a vote back",
    responses=problems(*_ERRORS, exceptions.PollEnded),
)
async def withdraw_vote(caller: Writer, found: VotedPoll, session: WriteDep) -> None:
    """As if the caller had not voted; also where they do not see the poll any more."""
    await service.withdraw(session, caller=caller, poll_id=found.poll.id)


@router.post("/{poll_id}/close", summary="End a poll", responses=problems(*_ERRORS, exceptions.PollNotYours))
async def close_poll(caller: Writer, found: OwnedPoll, session: WriteDep) -> schemas.PollRead:
    """Ends one's own poll before its time; who has voted is told. Once more changes nothing."""
    closed = await service.close(session, caller=caller, poll_id=found.poll.id)
    return rendering.read_of(closed, clock.now())


@router.get(
    "/{poll_id}/voters",
    summary="Who has voted",
    responses=problems(*_ERRORS, InvalidCursor, exceptions.PollIsAnonymous, exceptions.PollResultsHidden),
)
async def list_voters(
    found: VisiblePoll, session: ReadDep, caller: Reader, paging: PagingDep
) -> Page[schemas.VoterRead]:
    """Who has chosen what in a public poll, the newest accounts first."""
    slice_ = await service.voters(session, caller=caller, poll=found.poll, paging=paging)
    items = [
        schemas.VoterRead(person=users_utils.author(row.Profile, row.username), choices=row.choices)
        for row in slice_.rows
    ]
    return paging.page(slice_, items)

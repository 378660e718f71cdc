"""What polls do when something happens: who has voted is told of the end."""

from sqlalchemy import select

from src.database import WriteSession
from src.events import event as events
from src.notifications import service as notifications_service
from src.polls import events as polls_events
from src.polls import models
from src.polls.constants import ENDED, TOLD_AT_ONCE

Ballot = models.PollBallot


async def tell(session: WriteSession, event: polls_events.PollClosed) -> None:
    """After: the owner of a poll that has ended by itself, and the first of its voters."""
    if event.actor_id == 0:
        # Of nobody: people are not told of what they do themselves.
        notifications_service.notify(session, [_notice(event.owner_id, event.poll_id, None)])
    await _tell_voters(session, event.poll_id, 0)


async def tell_on(session: WriteSession, event: polls_events.VotersWaiting) -> None:
    """After: the next of its voters."""
    await _tell_voters(session, event.poll_id, event.after_id)


async def take_back(session: WriteSession, event: polls_events.PollDeleted) -> None:
    """After: nobody is told of a poll that is gone."""
    await notifications_service.withdraw_about(session, [ENDED], event.poll_id)


async def _tell_voters(session: WriteSession, poll_id: int, after_id: int) -> None:
    """Some voters in the order of their ids; whoever is told twice has it once."""
    owner_id = await session.scalar(select(models.Poll.owner_id).where(models.Poll.id == poll_id))
    if owner_id is None:
        return
    voters = select(Ballot.account_id).where(Ballot.poll_id == poll_id, Ballot.account_id > after_id)
    ids = (await session.scalars(voters.order_by(Ballot.account_id).limit(TOLD_AT_ONCE))).all()
    notifications_service.notify(session, [_notice(id_, poll_id, owner_id) for id_ in ids])
    if len(ids) == TOLD_AT_ONCE:
        waiting = polls_events.VotersWaiting(actor_id=0, poll_id=poll_id, after_id=ids[-1])
        events.publish(session, waiting)


def _notice(account_id: int, poll_id: int, owner_id: int | None) -> notifications_service.Notice:
    return notifications_service.Notice(account_id, ENDED, f"poll:{poll_id}", actor_id=owner_id, subject_id=poll_id)

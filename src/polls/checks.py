"""Looks of `hearth doctor` at what polls derive: counters must equal a recount of the ballots."""

from collections.abc import Sequence

from sqlalchemy import any_, case, func, select

from src.database import ReadSession
from src.polls import models
from src.polls.constants import PollKind

_SHOWN = 20
Poll, Option, Ballot = models.Poll, models.PollOption, models.PollBallot


async def counters(session: ReadSession) -> Sequence[str]:
    """Polls and options whose number of voters or votes is not that of the ballots."""
    voters = select(func.count()).where(Ballot.poll_id == Poll.id).correlate(Poll).scalar_subquery()
    wrong_polls = select(Poll.id, Poll.voters, voters).where(Poll.voters != voters).limit(_SHOWN)
    chooses = case(
        (Poll.kind == PollKind.RANKED, Ballot.choices[1] == Option.position),
        else_=Option.position == any_(Ballot.choices),
    )
    votes = (
        select(func.count())
        .select_from(Ballot)
        .where(Ballot.poll_id == Poll.id, chooses)
        .correlate(Poll, Option)
        .scalar_subquery()
    )
    wrong_options = (
        select(Poll.id, Option.position, Option.votes, votes)
        .join(Poll, Poll.id == Option.poll_id)
        .where(Option.votes != votes)
        .limit(_SHOWN)
    )
    polls = (await session.execute(wrong_polls)).all()
    options = (await session.execute(wrong_options)).all()
    return [
        *(f"poll {id_}: {kept} voters kept, {real} found" for id_, kept, real in polls),
        *(f"poll {id_}, option {place}: {kept} votes kept, {real} found" for id_, place, kept, real in options),
    ]


async def places(session: ReadSession) -> Sequence[str]:
    """Polls that belong to nothing, and so are seen by nobody."""
    lost = select(Poll.id).where(Poll.attached_id.is_(None)).limit(_SHOWN)
    return [f"poll {id_}: belongs to nothing" for id_ in await session.scalars(lost)]

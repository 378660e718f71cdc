"""Whose polls and votes: what one account's export holds, and how they are erased."""

from collections.abc import Collection

from sqlalchemy import ARRAY, BigInteger, SmallInteger, column, delete, func, literal, select, update

from src.auth import models as auth_models
from src.database import WriteSession
from src.feature import Statements
from src.polls import models, queries, service
from src.polls.constants import PollKind

Poll, Option, Ballot = models.Poll, models.PollOption, models.PollBallot


def export(account_id: int) -> Statements:
    """The account's polls with their results, and what it has chosen in which polls of whom."""
    polls = (
        select(*Poll.__table__.columns, queries.options().label("options"))
        .where(Poll.owner_id == account_id)
        .order_by(Poll.id)
    )
    owner = auth_models.Account
    ballots = (
        select(
            *Ballot.__table__.columns,
            Poll.owner_id,
            owner.username.label("owner"),
            Poll.question,
            queries.options().label("options"),
        )
        .join(Poll, Poll.id == Ballot.poll_id)
        .join(owner, owner.id == Poll.owner_id)
        .where(Ballot.account_id == account_id)
        .order_by(Ballot.poll_id)
    )
    return {"polls": polls, "poll_ballots": ballots}


async def erase(session: WriteSession, account_id: int) -> None:
    """Deletes the account's polls, and takes its votes out of those of others as if they had never been."""
    await session.execute(delete(Poll).where(Poll.owner_id == account_id))
    voted = select(Ballot.poll_id).where(Ballot.account_id == account_id)
    held = select(Poll).where(Poll.id.in_(voted)).order_by(Poll.id).with_for_update(key_share=True)
    polls = {poll.id: poll for poll in await session.scalars(held)}
    gone = delete(Ballot).where(Ballot.account_id == account_id, Ballot.poll_id.in_(polls))
    rows = (await session.execute(gone.returning(Ballot.poll_id, Ballot.choices))).all()
    steps: set[tuple[int, int]] = set()
    for poll_id, choices in rows:
        poll = polls[poll_id]
        poll.voters = max(0, poll.voters - 1)
        steps.update((poll_id, position) for position in service.counted(poll.kind, choices))
        if poll.kind == PollKind.RANKED and poll.closed_at is not None:
            poll.outcome = await service.tally(session, poll_id)
    await session.flush()
    await _count_down(session, steps)


async def _count_down(session: WriteSession, steps: Collection[tuple[int, int]]) -> None:
    """Takes a vote off each of these options of polls that are locked."""
    if not steps:
        return
    poll_ids, positions = zip(*steps, strict=True)
    given = func.unnest(literal(list(poll_ids), ARRAY(BigInteger)), literal(list(positions), ARRAY(SmallInteger)))
    step = given.table_valued(column("poll_id", BigInteger), column("position", SmallInteger))
    step = step.render_derived(name="step")
    statement = (
        update(Option)
        .where(Option.poll_id == step.c.poll_id, Option.position == step.c.position)
        .values(votes=func.greatest(Option.votes - 1, 0))
    )
    await session.execute(statement.execution_options(synchronize_session=False))

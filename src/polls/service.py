"""What can be done with polls.

Whoever votes, takes a vote back, ends a poll or erases a voter first locks the poll's row. So counters are exact, a
ballot is either counted before the end or refused after it, and below that lock nothing can be waited for in another
order; of many polls the rows are locked in the order of their ids.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy import case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from src import clock, markup
from src.auth import callers as auth_callers
from src.auth import models as auth_models
from src.database import ReadSession, WriteSession
from src.events import event as events
from src.models import id_at
from src.pagination import Paging, Slice, paginate
from src.polls import events as polls_events
from src.polls import exceptions, models, queries, runoff, schemas
from src.polls.constants import CLOSED_AT_ONCE, PollKind
from src.polls.containers import Containers
from src.users import models as users_models
from src.users import visibility

Poll, Option, PollBallot = models.Poll, models.PollOption, models.PollBallot


async def create(
    session: WriteSession, *, caller: auth_callers.Caller, data: schemas.PollCreate, kind: str
) -> models.Poll:
    """Writes a poll of the caller's for a thing of this kind; `attach` has to follow in the same transaction.

    Raises:
        PollWordsUnfit: the words are refused.
    """
    question, options = words(data.question, data.options)
    now = clock.now()
    poll = Poll(
        id=id_at(now),
        owner_id=caller.account_id,
        kind=data.kind,
        question=question,
        is_hidden=data.is_hidden,
        is_public=data.is_public,
        attached_kind=kind,
        closes_at=None if data.open_for is None else now + timedelta(seconds=data.open_for),
    )
    await add(session, poll, options)
    return poll


async def attach(session: WriteSession, *, poll_id: int, thing_id: int) -> None:
    """From now on, who sees this thing sees the poll."""
    statement = update(Poll).where(Poll.id == poll_id).values(attached_id=thing_id)
    await session.execute(statement.execution_options(synchronize_session=False))


async def add(session: WriteSession, poll: models.Poll, options: Sequence[str]) -> None:
    """Writes a poll and what there is to choose."""
    session.add(poll)
    await session.flush()
    rows = [{"poll_id": poll.id, "position": place, "text": text, "votes": 0} for place, text in enumerate(options)]
    await session.execute(insert(Option).values(rows))


def words(question: str | None, options: Sequence[str]) -> tuple[str | None, list[str]]:
    """The question and the options as they are stored.

    Raises:
        PollWordsUnfit: something is blank, or stands twice.
    """
    asked = None if question is None else markup.clean(question)
    texts = [markup.clean(text) for text in options]
    said = texts if asked is None else [asked, *texts]
    if any(markup.is_blank(text) for text in said) or len(set(texts)) < len(texts):
        raise exceptions.PollWordsUnfit
    return asked, texts


async def find(
    session: ReadSession, *, containers: Containers, viewer_id: int, poll_id: int, own_vote: bool = False
) -> queries.Shown | None:
    """The poll, if the viewer may see it; with `own_vote` also if they have voted while they saw it."""
    reachable = queries.visible_to(containers, viewer_id)
    if own_vote:
        reachable = or_(reachable, queries.has_voted(viewer_id))
    row = (await session.execute(queries.shown(viewer_id).where(Poll.id == poll_id, reachable))).one_or_none()
    return None if row is None else queries.shown_of(row)


async def vote(
    session: WriteSession,
    *,
    caller: auth_callers.Caller,
    containers: Containers,
    found: queries.Shown,
    data: schemas.Ballot,
) -> queries.Shown:
    """The caller's vote, in place of an earlier one, in a poll that `find` has given; how they see it then.

    Raises:
        PollNotFound: it was deleted in this moment, or the caller does not see it any more.
        VoteRefused: the caller may not take part.
        PollEnded: it has ended.
        BallotUnfit: there are no such choices in this poll.
    """
    poll_id = found.poll.id
    poll = await _hold_open(session, poll_id)
    before = await _voter(session, containers, caller, poll_id)
    _check(PollKind(poll.kind), len(found.options), data.choices)
    if before != data.choices:
        ballot = {"poll_id": poll_id, "account_id": caller.account_id, "choices": data.choices, "at": clock.now()}
        written = insert(PollBallot).values(ballot)
        replaced = {name: written.excluded[name] for name in ("choices", "at")}
        place = [PollBallot.poll_id, PollBallot.account_id]
        await session.execute(written.on_conflict_do_update(index_elements=place, set_=replaced))
        await _count(session, poll, before, data.choices)
        _tell_voted(session, caller, poll)
    return await read(session, poll_id=poll_id, viewer_id=caller.account_id)


async def withdraw(session: WriteSession, *, caller: auth_callers.Caller, poll_id: int) -> None:
    """Takes the caller's vote back; nothing happens if there is none.

    Raises:
        PollNotFound: the poll was deleted in this moment.
        PollEnded: it has ended.
    """
    poll = await _hold_open(session, poll_id)
    mine = delete(PollBallot).where(PollBallot.poll_id == poll_id, PollBallot.account_id == caller.account_id)
    before = (await session.execute(mine.returning(PollBallot.choices))).scalar_one_or_none()
    if before is not None:
        await _count(session, poll, before, None)
        _tell_voted(session, caller, poll)


async def close(session: WriteSession, *, caller: auth_callers.Caller, poll_id: int) -> queries.Shown:
    """Ends a poll of the caller's; once more changes nothing.

    Raises:
        PollNotFound: it was deleted in this moment.
    """
    poll = await _hold(session, poll_id)
    if poll.closed_at is None:
        await _end(session, poll, by_id=caller.account_id)
    return await read(session, poll_id=poll_id, viewer_id=caller.account_id)


async def close_due(session: WriteSession) -> int:
    """Ends some of the polls whose time has come, but for those that somebody has in hand; how many."""
    due = (
        select(Poll)
        .where(Poll.closed_at.is_(None), Poll.closes_at <= clock.now())
        .order_by(Poll.closes_at)
        .limit(CLOSED_AT_ONCE)
        .with_for_update(skip_locked=True, key_share=True)
    )
    polls = (await session.scalars(due)).all()
    for poll in polls:
        await _end(session, poll, by_id=0)
    return len(polls)


async def discard(session: WriteSession, *, kind: str, ids: Collection[int]) -> None:
    """Deletes the polls of these things, with all votes; in the transaction that deletes the things."""
    held = select(Poll.id).where(Poll.attached_kind == kind, Poll.attached_id.in_(ids)).order_by(Poll.id)
    poll_ids = (await session.scalars(held.with_for_update())).all()
    if not poll_ids:
        return
    await session.execute(delete(Poll).where(Poll.id.in_(poll_ids)))
    for poll_id in poll_ids:
        events.publish(session, polls_events.PollDeleted(actor_id=0, poll_id=poll_id))


async def read(session: ReadSession, *, poll_id: int, viewer_id: int) -> queries.Shown:
    """A poll that the viewer may see.

    Raises:
        PollNotFound: it was deleted in this moment.
    """
    for shown in await queries.shown_among(session, [poll_id], viewer_id):
        return shown
    raise exceptions.PollNotFound


async def voters(session: ReadSession, *, caller: auth_callers.Caller, poll: models.Poll, paging: Paging) -> Slice[Any]:
    """Who has voted in a public poll, as far as the caller may see them, the newest accounts first.

    Raises:
        PollIsAnonymous, PollResultsHidden: that is not to be known, or not yet.
    """
    if not poll.is_public:
        raise exceptions.PollIsAnonymous
    if poll.is_hidden and not poll.has_ended(clock.now()):
        raise exceptions.PollResultsHidden
    account, profile = auth_models.Account, users_models.Profile
    statement = (
        select(profile, account.username, PollBallot.choices)
        .select_from(PollBallot)
        .join(account, account.id == PollBallot.account_id)
        .join(profile, profile.account_id == PollBallot.account_id)
        .where(PollBallot.poll_id == poll.id, visibility.account_visible_to(caller.account_id, PollBallot.account_id))
    )
    return await paginate(session, statement, key=PollBallot.account_id, paging=paging)


def counted(kind: str, choices: Sequence[int]) -> Sequence[int]:
    """The options whose counters a ballot moves."""
    return choices[:1] if kind == PollKind.RANKED else choices


async def tally(session: ReadSession, poll_id: int) -> dict[str, Any]:
    """How a ranked poll is decided by the ballots that there are, as it is stored."""
    number = func.count().label("number")
    statement = select(PollBallot.choices, number).where(PollBallot.poll_id == poll_id).group_by(PollBallot.choices)
    ballots = {tuple(row.choices): row.number for row in await session.execute(statement)}
    return asdict(runoff.decide(ballots, await _count_options(session, poll_id)))


async def _end(session: WriteSession, poll: models.Poll, *, by_id: int) -> None:
    """Ends a poll whose row is locked."""
    poll.closed_at = clock.now()
    if poll.kind == PollKind.RANKED:
        poll.outcome = await tally(session, poll.id)
    await session.flush()
    closed = polls_events.PollClosed(
        actor_id=by_id,
        poll_id=poll.id,
        owner_id=poll.owner_id,
        attached_kind=poll.attached_kind,
        attached_id=poll.attached_id or 0,
    )
    events.publish(session, closed)


async def _hold(session: WriteSession, poll_id: int) -> models.Poll:
    statement = select(Poll).where(Poll.id == poll_id).with_for_update(key_share=True)
    poll = await session.scalar(statement.execution_options(populate_existing=True))
    if poll is None:
        raise exceptions.PollNotFound
    return poll


async def _hold_open(session: WriteSession, poll_id: int) -> models.Poll:
    poll = await _hold(session, poll_id)
    # The time is taken now that nobody else can end it.
    if poll.has_ended(clock.now()):
        raise exceptions.PollEnded
    return poll


async def _voter(
    session: WriteSession, containers: Containers, caller: auth_callers.Caller, poll_id: int
) -> list[int] | None:
    """What the caller has chosen until now in a poll that is held, if they may vote.

    Asked apart from the lock, which waits with the view of its beginning: what has changed meanwhile counts.

    Raises:
        PollNotFound, VoteRefused: see `vote`.
    """
    viewer_id = caller.account_id
    mine = select(PollBallot.choices).where(PollBallot.poll_id == poll_id, PollBallot.account_id == viewer_id)
    seen = select(queries.may_vote(containers, viewer_id), mine.scalar_subquery()).where(
        Poll.id == poll_id, queries.visible_to(containers, viewer_id)
    )
    row = (await session.execute(seen)).one_or_none()
    if row is None:
        raise exceptions.PollNotFound
    allowed, choices = row
    if not allowed:
        raise exceptions.VoteRefused
    return choices  # type: ignore[no-any-return]  # as the column says


async def _count_options(session: ReadSession, poll_id: int) -> int:
    return await session.scalar(select(func.count()).where(Option.poll_id == poll_id)) or 0


def _check(kind: PollKind, options: int, choices: Sequence[int]) -> None:
    most = 1 if kind is PollKind.SINGLE else options
    if len(choices) > most or len(set(choices)) < len(choices) or max(choices) >= options:
        raise exceptions.BallotUnfit


async def _count(
    session: WriteSession, poll: models.Poll, before: Sequence[int] | None, after: Sequence[int] | None
) -> None:
    """Moves the counters of a locked poll from one ballot to another; a step down ends at zero, whatever drifted."""
    steps: Counter[int] = Counter(counted(poll.kind, after or ()))
    steps.subtract(counted(poll.kind, before or ()))
    moved = {position: step for position, step in steps.items() if step}
    if moved:
        votes = func.greatest(Option.votes + case(moved, value=Option.position), 0)
        statement = update(Option).where(Option.poll_id == poll.id, Option.position.in_(moved)).values(votes=votes)
        await session.execute(statement.execution_options(synchronize_session=False))
    step = (after is not None) - (before is not None)
    if step:
        poll.voters = max(0, poll.voters + step)
        await session.flush()


def _tell_voted(session: WriteSession, caller: auth_callers.Caller, poll: models.Poll) -> None:
    voted = polls_events.PollVoted(
        actor_id=caller.account_id,
        poll_id=poll.id,
        attached_kind=poll.attached_kind,
        attached_id=poll.attached_id or 0,
    )
    events.publish(session, voted)

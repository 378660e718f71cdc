"""Polls that come back from an archive: with their dates and what there was to choose, without the votes of others."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Annotated

from anyio import to_thread
from pydantic import BaseModel, Field
from sqlalchemy import select

from src import clock
from src.database import ReadSession, WriteSession
from src.models import id_at, instant_of
from src.polls import exceptions, models, runoff, schemas, service
from src.polls.constants import MAX_OPTIONS, MIN_OPTIONS, PollKind
from src.restoring import Arrival, DatedId, OldId, Outcome, Skipped, Work
from src.schemas import Instant, Text

STEP = "polls"
_POLLS = models.Poll.__tablename__


class ArchivedPoll(BaseModel):
    """A row of `polls`, as far as it is believed: not its counters, which tell of others."""

    id: DatedId
    owner_id: OldId
    kind: PollKind
    question: schemas.Question | None
    options: Annotated[list[tuple[schemas.OptionText, OldId]], Field(min_length=MIN_OPTIONS, max_length=MAX_OPTIONS)]
    is_hidden: bool
    is_public: bool
    closes_at: Instant | None
    closed_at: Instant | None
    attached_kind: Annotated[Text, Field(max_length=50)]
    attached_id: OldId


@dataclass(frozen=True)
class Things:
    """What polls can belong to, as the package knows it that owns it.

    Attributes:
        kind: the word for it, as in `Container`.
        find: which thing here is the one of this old id, if it is there and has no poll; locked, if the session writes.
        hung: is told the thing and its poll, in the same transaction.
    """

    kind: str
    find: Callable[[ReadSession, Arrival, int], Awaitable[int | None]]
    hung: Callable[[WriteSession, int, int], Awaitable[None]]


async def restore(work: Work, arrival: Arrival, things: Things) -> None:
    """Gives things the polls that they had in the archive; one that was to end meanwhile has ended."""
    by_thing = await to_thread.run_sync(partial(_by_thing, arrival, things))
    outcome = arrival.outcomes.setdefault(_POLLS, Outcome())
    for done, polls in enumerate(by_thing.values(), 1):
        outcome.add(await _restore_one(work, arrival, things, polls[0]))
        outcome.skipped[Skipped.MALFORMED] += len(polls) - 1
        # Until here they counted as rows that do not come back.
        outcome.skipped[Skipped.LEFT_OUT] -= len(polls)
        await work.progress(STEP, done, len(by_thing))


async def _restore_one(work: Work, arrival: Arrival, things: Things, archived: ArchivedPoll) -> Outcome:
    outcome = Outcome()
    if archived.owner_id != arrival.archived_id:
        outcome.skipped[Skipped.NOT_PERMITTED] = 1
        return outcome
    try:
        question, options = service.words(archived.question, [text for text, _ in archived.options])
    except exceptions.PollWordsUnfit:
        outcome.skipped[Skipped.MALFORMED] = 1
        return outcome
    async with work.write() as session:
        await arrival.ledger.hold(session)
        if await arrival.ledger.known(session, _POLLS, [archived.id]):
            outcome.known = 1
            return outcome
        thing_id = await things.find(session, arrival, archived.attached_id)
        if thing_id is None:
            outcome.skipped[Skipped.ELSEWHERE] = 1
            return outcome
        poll = _old_poll(archived, arrival, question, len(options))
        poll.id, poll.attached_id = await _mint(session, archived), thing_id
        await service.add(session, poll, options)
        await things.hung(session, thing_id, poll.id)
        await arrival.ledger.note(session, _POLLS, {archived.id: poll.id})
        outcome.new = 1
    return outcome


def _old_poll(archived: ArchivedPoll, arrival: Arrival, question: str | None, options: int) -> models.Poll:
    now = clock.now()
    ends = [instant for instant in (archived.closed_at, archived.closes_at) if instant is not None and instant <= now]
    has_outcome = bool(ends) and archived.kind is PollKind.RANKED
    return models.Poll(
        owner_id=arrival.account_id,
        kind=archived.kind,
        question=question,
        is_hidden=archived.is_hidden,
        is_public=archived.is_public,
        attached_kind=archived.attached_kind,
        closes_at=archived.closes_at,
        closed_at=ends[0] if ends else None,
        outcome=asdict(runoff.decide({}, options)) if has_outcome else None,
    )


async def _mint(session: WriteSession, archived: ArchivedPoll) -> int:
    """A new id of the poll's date; the low bits repeat, so one of long ago may be taken."""
    while True:
        drawn = (await session.execute(select(id_at(instant_of(archived.id))))).scalar_one()
        if await session.get(models.Poll, drawn) is None:
            return drawn


def _by_thing(arrival: Arrival, things: Things) -> Mapping[int, list[ArchivedPoll]]:
    """The polls of things of this kind, by the old id of the thing; the first of each counts."""
    found: dict[int, list[ArchivedPoll]] = defaultdict(list)
    for row in arrival.source.rows(_POLLS):
        if row.get("attached_kind") == things.kind:
            for poll in Outcome().valid(ArchivedPoll, [row]):
                found[poll.attached_id].append(poll)
    return dict(sorted(found.items()))

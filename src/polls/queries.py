"""The statements that reads of polls are made of: who may see one, and what is read with it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, aliased

from src import markup
from src.database import ReadSession
from src.models import there_is
from src.polls import models
from src.polls.constants import MAX_QUESTION
from src.polls.containers import Containers
from src.users import queries as users_queries
from src.users import visibility

Poll, Option, Ballot = models.Poll, models.PollOption, models.PollBallot
PollId = ColumnElement[int] | InstrumentedAttribute[int | None]


class Shown(NamedTuple):
    """A poll with what a reader sees of it."""

    poll: models.Poll
    # Pairs of text and votes, in their order.
    options: Sequence[tuple[str, int]]
    # What the reader has chosen, if they have voted.
    choices: Sequence[int] | None


def visible_to(
    containers: Containers, viewer_id: visibility.AccountId, poll: type[models.Poll] = Poll
) -> ColumnElement[bool]:
    """Whether the viewer (0: a stranger) may see the poll: as they may see what it belongs to."""
    return or_(
        false(),
        *(
            and_(poll.attached_kind == container.kind, container.visible_to(viewer_id, poll.attached_id))
            for container in containers
        ),
    )


def may_vote(containers: Containers, viewer_id: visibility.AccountId) -> ColumnElement[bool]:
    """Whether somebody who sees the statement's poll may vote in it."""
    refused = (
        and_(Poll.attached_kind == container.kind, ~container.may_vote(viewer_id, Poll.attached_id))
        for container in containers
        if container.may_vote is not None
    )
    return ~or_(false(), *refused)


def poll_visible_to(containers: Containers, viewer_id: visibility.AccountId, poll_id: PollId) -> ColumnElement[bool]:
    """The same for a statement that knows a poll only by its id; false for one that is gone."""
    poll = aliased(Poll)
    return there_is(poll, poll.id == poll_id, visible_to(containers, viewer_id, poll))


def has_voted(viewer_id: visibility.AccountId) -> ColumnElement[bool]:
    """Whether the viewer has a ballot in the statement's poll."""
    ballot = aliased(Ballot)
    return there_is(ballot, ballot.poll_id == Poll.id, ballot.account_id == viewer_id)


def options() -> ColumnElement[Any]:
    """Pairs of text and votes of the options of the statement's poll, in their order, as JSON."""
    pair = func.jsonb_build_array(Option.text, Option.votes)
    pairs = func.jsonb_agg(aggregate_order_by(pair, Option.position), type_=JSONB)
    return select(pairs).where(Option.poll_id == Poll.id).correlate(Poll).scalar_subquery()


def shown(viewer_id: int) -> Select[*tuple[Any, ...]]:
    """Polls with their options and the viewer's ballot; rows are for `shown_of`."""
    mine = select(Ballot.choices).where(Ballot.poll_id == Poll.id, Ballot.account_id == viewer_id)
    statement = select(Poll, options(), mine.correlate(Poll).scalar_subquery())
    return statement.execution_options(populate_existing=True)


def shown_of(row: Row[*tuple[Any, ...]]) -> Shown:
    """A row of `shown`."""
    poll, pairs, choices = row
    return Shown(poll, [(text, votes) for text, votes in pairs or ()], choices)


async def shown_among(session: ReadSession, poll_ids: Collection[int], viewer_id: int) -> list[Shown]:
    """These polls, as far as they are there, in one statement."""
    rows = await session.execute(shown(viewer_id).where(users_queries.among(Poll.id, poll_ids)))
    return [shown_of(row) for row in rows]


async def excerpts(session: ReadSession, poll_ids: Collection[int]) -> Mapping[int, str]:
    """What polls ask, each in one line; of one without a question, what there is to choose."""
    texts = func.string_agg(Option.text, aggregate_order_by(literal(" / "), Option.position))
    choice = select(texts).where(Option.poll_id == Poll.id).correlate(Poll).scalar_subquery()
    asked = select(Poll.id, func.coalesce(Poll.question, choice)).where(users_queries.among(Poll.id, poll_ids))
    return {id_: markup.excerpt(text, MAX_QUESTION) for id_, text in await session.execute(asked)}

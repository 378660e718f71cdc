"""How polls are written out for a reader, one or many at once."""

from collections.abc import Collection
from datetime import datetime

from src import clock
from src.database import ReadSession
from src.polls import queries, schemas
from src.polls.constants import PollKind


async def of(session: ReadSession, poll_ids: Collection[int], viewer_id: int) -> dict[int, schemas.PollRead]:
    """The polls of a page by id, in one statement; none if there are none.

    Whoever asks has made sure that the viewer (0: a stranger) may see what they belong to.
    """
    if not poll_ids:
        return {}
    now = clock.now()
    return {one.poll.id: read_of(one, now) for one in await queries.shown_among(session, poll_ids, viewer_id)}


def read_of(shown: queries.Shown, now: datetime) -> schemas.PollRead:
    """The answer for a poll."""
    poll = shown.poll
    has_ended = poll.has_ended(now)
    is_open = has_ended or not poll.is_hidden
    outcome = poll.outcome if has_ended else None
    return schemas.PollRead(
        id=poll.id,
        owner_id=poll.owner_id,
        belongs_to=schemas.ThingRead(kind=poll.attached_kind, id=poll.attached_id or 0),
        kind=PollKind(poll.kind),
        question=poll.question,
        options=[schemas.PollOptionRead(text=text, votes=votes if is_open else None) for text, votes in shown.options],
        voters=poll.voters if is_open else None,
        is_hidden=poll.is_hidden,
        is_public=poll.is_public,
        closes_at=poll.closes_at,
        has_ended=has_ended,
        choices=None if shown.choices is None else list(shown.choices),
        outcome=None if outcome is None else schemas.OutcomeRead.model_validate(outcome),
    )

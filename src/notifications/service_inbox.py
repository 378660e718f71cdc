"""What a person does with their inbox: read it, mark it, empty it.

Marks stand on the rows, not on a line that is drawn at an id: what is handled late has an earlier id than what the
reader has seen, and would lie below the line unread.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, update

from src import clock
from src.auth import callers as auth_callers
from src.database import ReadSession, WriteSession
from src.notifications import exceptions, models, queries, service
from src.notifications.constants import NAMED
from src.notifications.kinds import Catalogue, Place
from src.pagination import Paging, Slice, paginate
from src.users import queries as users_queries

Notification = models.Notification
# What a thing is called, by its kind of subject and its id.
Excerpts = Mapping[tuple[str, int], str]
# What in a thing is meant, by the kind of notification and the thing's id.
Places = Mapping[tuple[str, int | None], Sequence[Place]]


@dataclass(frozen=True)
class Listed:
    """Notifications one by one, with the words for what they are about, and what in it they mean."""

    rows: Slice[Row[*tuple[Any, ...]]]
    excerpts: Excerpts
    places: Places


@dataclass(frozen=True)
class Gathered:
    """A group as it is shown."""

    key: str
    kind: str
    subject_id: int | None
    count: int
    unread: int
    newest_id: int
    people: Sequence[users_queries.Person]
    excerpt: str | None
    places: Sequence[Place]


def reader_of(caller: auth_callers.Caller, catalogue: Catalogue) -> queries.Reader:
    """The caller as the reader of their own inbox, now."""
    return queries.Reader(caller.account_id, catalogue, clock.now())


async def page(session: ReadSession, *, reader: queries.Reader, wanted: queries.Wanted, paging: Paging) -> Listed:
    """Notifications, newest first; rows hold the notification, and username and profile of who did it."""
    rows = await paginate(session, queries.listed(reader, wanted), key=Notification.id, paging=paging)
    about = [(row.Notification.kind, row.Notification.subject_id) for row in rows.rows]
    return Listed(rows, await _excerpts(session, reader.catalogue, about), await _places(session, reader, about))


async def group_page(
    session: ReadSession, *, reader: queries.Reader, wanted: queries.Wanted, paging: Paging
) -> tuple[Slice[Any], list[Gathered]]:
    """Groups, the one with the newest arrival first: the page as it was cut, and what is shown of it."""
    statement = queries.grouped(reader, wanted)
    rows = await paginate(session, statement, key=models.Group.newest_id, paging=paging)
    return rows, await _gathered(session, reader, rows.rows)


async def newest_groups(
    session: ReadSession, *, reader: queries.Reader, wanted: queries.Wanted, limit: int
) -> list[Gathered]:
    """The newest groups of what is wanted, without a page around them."""
    statement = queries.grouped(reader, wanted).order_by(models.Group.newest_id.desc()).limit(limit)
    if wanted.after is not None:
        statement = statement.where(models.Group.newest_id > wanted.after)
    return await _gathered(session, reader, (await session.execute(statement)).all())


async def unread(session: ReadSession, *, reader: queries.Reader) -> int:
    """How many unread notifications are shown; one more than `COUNTED` stands for any higher number."""
    return await session.scalar(queries.unread_count(reader)) or 0


async def mark_read(session: WriteSession, *, caller: auth_callers.Caller, wanted: queries.Wanted) -> None:
    """Marks as read what is there of the wanted ones; what arrives meanwhile stays unread."""
    statement = update(Notification).where(wanted.of(caller.account_id), Notification.read_at.is_(None))
    await session.execute(statement.values(read_at=clock.now()).execution_options(synchronize_session=False))


async def mark_one_read(session: WriteSession, *, caller: auth_callers.Caller, notification_id: int) -> None:
    """Marks one as read.

    Raises:
        NotificationNotFound: it is not in the caller's inbox.
    """
    own = queries.Wanted(ids=[notification_id]).of(caller.account_id)
    if await session.scalar(select(Notification.id).where(own)) is None:
        raise exceptions.NotificationNotFound
    await mark_read(session, caller=caller, wanted=queries.Wanted(ids=[notification_id]))


async def clear(session: WriteSession, *, caller: auth_callers.Caller, wanted: queries.Wanted) -> int:
    """Throws away what is there of the wanted ones; how many there were."""
    return await service.remove(session, wanted.of(caller.account_id))


async def dismiss(session: WriteSession, *, caller: auth_callers.Caller, notification_id: int) -> None:
    """Throws one away.

    Raises:
        NotificationNotFound: it is not in the caller's inbox.
    """
    if not await clear(session, caller=caller, wanted=queries.Wanted(ids=[notification_id])):
        raise exceptions.NotificationNotFound


async def _gathered(
    session: ReadSession, reader: queries.Reader, rows: Sequence[Row[*tuple[Any, ...]]]
) -> list[Gathered]:
    # An actor may stand in a group more than once, and there may be none.
    named = [[id_ for id_ in dict.fromkeys(row.actor_ids) if id_ is not None][:NAMED] for row in rows]
    ids = sorted({id_ for of_row in named for id_ in of_row})
    found = (await session.execute(queries.people(ids))).all() if ids else []
    people = {person.id: person for person in map(users_queries.person_of, found)}
    about = [(row.kind, row.subject_id) for row in rows]
    excerpts = await _excerpts(session, reader.catalogue, about)
    places = await _places(session, reader, about)
    return [
        Gathered(
            key=row.key,
            kind=row.kind,
            subject_id=row.subject_id,
            count=row.counted,
            unread=row.unread,
            newest_id=row.newest_id,
            people=[people[id_] for id_ in of_row if id_ in people],
            excerpt=excerpt_of(reader.catalogue, excerpts, row.kind, row.subject_id),
            places=places.get((row.kind, row.subject_id), ()),
        )
        for row, of_row in zip(rows, named, strict=True)
    ]


def excerpt_of(catalogue: Catalogue, excerpts: Excerpts, kind: str, subject_id: int | None) -> str | None:
    """The words for what a notification is about; None if it is about nothing but the person."""
    subject = catalogue.subject_of(kind)
    return None if subject is None or subject_id is None else excerpts.get((subject.name, subject_id))


async def _excerpts(session: ReadSession, catalogue: Catalogue, about: Sequence[tuple[str, int | None]]) -> Excerpts:
    """One statement for each kind of subject, however many notifications there are."""
    ids: dict[str, set[int]] = defaultdict(set)
    for kind, subject_id in about:
        subject = catalogue.subject_of(kind)
        if subject is not None and subject_id is not None:
            ids[subject.name].add(subject_id)
    return {
        (name, id_): text
        for name, wanted in ids.items()
        for id_, text in (await catalogue.subjects[name].excerpts(session, sorted(wanted))).items()
    }


async def _places(session: ReadSession, reader: queries.Reader, about: Sequence[tuple[str, int | None]]) -> Places:
    """What the placed ones mean, as it is now."""
    found: dict[tuple[str, int | None], Sequence[Place]] = {}
    for kind in {kind for kind, _ in about if reader.catalogue.kinds[kind].placed}:
        subject = reader.catalogue.subject_of(kind)
        if subject is not None and subject.places is not None:
            ids = sorted({id_ for of_kind, id_ in about if of_kind == kind and id_ is not None})
            places = await subject.places(session, reader.account_id, ids)
            found |= {(kind, id_): places.get(id_, ()) for id_ in ids}
    return found

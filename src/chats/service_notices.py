"""News of messages in inboxes: one for each person and chat, there as long as something is unread.

All is made of how things are when it is made: levels, what is muted, and who has read the message meanwhile. What is
told to somebody who reads in this very moment may come after the reading; the inbox does not show it (`has_unread`),
and the next news takes its place.
"""

from collections.abc import Sequence

import asyncpg

from src import clock
from src.chats import notice_kinds, queries_notices
from src.database import WriteSession
from src.notifications import kinds as notifications_kinds
from src.notifications import service as notifications_service

_Wanted = tuple[asyncpg.Record, notifications_kinds.Kind]


async def tell_named(session: WriteSession, *, message_id: int) -> None:
    """Tells those whom a message names. It takes the place of other news of the chat."""
    rows = await queries_notices.NAMED.fetch(session, message_id=message_id, now=clock.now())
    await _tell(session, [(row, notice_kinds.MENTION) for row in rows])


async def tell_all(session: WriteSession, *, chat_ids: Sequence[int]) -> None:
    """Tells those who want to hear of all messages and have unread ones, unless they are told already."""
    told = {(notice.subject_id, notice.account_id) for notice in _waiting(session)}
    rows = await queries_notices.UNREAD.fetch(session, chat_ids=chat_ids, now=clock.now())
    await _tell(
        session,
        [(row, notice_kinds.of_chat(row["kind"])) for row in rows if (row["chat_id"], row["account_id"]) not in told],
    )


async def withdraw_over(
    session: WriteSession, *, chat_ids: Sequence[int], account_ids: Sequence[int] | None = None
) -> None:
    """Takes news of chats back that are none any more, from these people or from all.

    For whoever moves a read mark, in the same unit of work; nothing else has to be done about it.
    """
    if account_ids is None:
        rows = await queries_notices.OVER.fetch(session, chat_ids=chat_ids)
    else:
        rows = await queries_notices.OVER_OF_PEOPLE.fetch(session, chat_ids=chat_ids, account_ids=account_ids)
    await notifications_service.withdraw(session, [(row["account_id"], row["key"]) for row in rows])


async def _tell(session: WriteSession, wanted: Sequence[_Wanted]) -> None:
    if not wanted:
        return
    keys = {
        (row["chat_id"], row["account_id"]): notice_kinds.key(kind, row["chat_id"], row["read_seq"])
        for row, kind in wanted
    }
    rows = await queries_notices.STANDING.fetch(
        session, chat_ids=list({place[0] for place in keys}), account_ids=list({place[1] for place in keys})
    )
    present = [((row["chat_id"], row["account_id"]), row["key"]) for row in rows]
    present += [((notice.subject_id or 0, notice.account_id), notice.key) for notice in _waiting(session)]
    await notifications_service.withdraw(
        session, [(place[1], key) for place, key in present if keys.get(place, key) != key]
    )
    notifications_service.notify(
        session,
        [
            notifications_service.Notice(
                row["account_id"],
                kind,
                keys[row["chat_id"], row["account_id"]],
                actor_id=row["sender_id"],
                subject_id=row["chat_id"],
            )
            for row, kind in wanted
        ],
    )


def _waiting(session: WriteSession) -> list[notifications_service.Notice]:
    """What this very unit of work tells of chats."""
    return [notice for notice in notifications_service.waiting(session) if notice.kind in notice_kinds.ALL]

"""What has been said in a chat: pages of messages before, after or around a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select

from src.auth import callers as auth_callers
from src.auth import models as auth_models
from src.chats import message_models, message_queries, models
from src.database import ReadSession
from src.polls import rendering as polls_rendering
from src.polls import schemas as polls_schemas
from src.users import models as users_models

Chat = models.Chat
Message = message_models.Message
Rows = Sequence[Row[*tuple[Any, ...]]]
Messages = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Window:
    """Which messages of a chat are asked for: the last ones, or those around a number."""

    before: int | None
    after: int | None
    around: int | None
    limit: int


@dataclass(frozen=True)
class History:
    """A page, the oldest message first. `people` are pairs of profile and username of those who wrote it.

    `polls` are those of its messages, as the caller sees them.
    """

    rows: Rows
    people: Sequence[tuple[users_models.Profile, str]]
    polls: Sequence[polls_schemas.PollRead]
    last_seq: int
    has_before: bool
    has_after: bool


async def read(session: ReadSession, *, caller: auth_callers.Caller, chat_id: int, window: Window) -> History:
    """The messages of a chat of which the caller is a member."""
    visible = _visible(caller, chat_id)
    if window.around is not None:
        half = window.limit // 2
        earlier, has_before = await _earlier(session, visible, window.around, half)
        later, has_after = await _later(session, visible, window.around - 1, window.limit - half)
        rows: Rows = [*earlier, *later]
    elif window.after is not None:
        rows, has_after = await _later(session, visible, window.after, window.limit)
        has_before = window.after > 0
    else:
        rows, has_before = await _earlier(session, visible, window.before, window.limit)
        has_after = window.before is not None
    last_seq = await session.scalar(select(Chat.last_seq).where(Chat.id == chat_id)) or 0
    people, polls = await people_of(session, rows), await polls_of(session, rows, caller.account_id)
    return History(rows, people, polls, last_seq, has_before, has_after)


def _visible(caller: auth_callers.Caller, chat_id: int) -> Messages:
    """Messages of a chat of which the caller is a member."""
    return message_queries.messages().where(Message.chat_id == chat_id, ~message_queries.is_hidden(caller.account_id))


async def _earlier(session: ReadSession, visible: Messages, seq: int | None, limit: int) -> tuple[Rows, bool]:
    """The last messages before this number, and whether there are more."""
    statement = visible if seq is None else visible.where(Message.seq < seq)
    rows = (await session.execute(statement.order_by(Message.seq.desc()).limit(limit + 1))).all()
    return rows[:limit][::-1], len(rows) > limit


async def _later(session: ReadSession, visible: Messages, seq: int, limit: int) -> tuple[Rows, bool]:
    """The first messages after this number, and whether there are more."""
    statement = visible.where(Message.seq > seq).order_by(Message.seq)
    rows = (await session.execute(statement.limit(limit + 1))).all()
    return rows[:limit], len(rows) > limit


async def people_of(session: ReadSession, rows: Rows) -> Sequence[tuple[users_models.Profile, str]]:
    """Who has written these messages, as pairs of profile and username."""
    ids = {row.Message.sender_id for row in rows if row.Message.sender_id is not None}
    if not ids:
        return []
    statement = (
        select(users_models.Profile, auth_models.Account.username)
        .join(auth_models.Account, auth_models.Account.id == users_models.Profile.account_id)
        .where(users_models.Profile.account_id.in_(ids))
        .order_by(auth_models.Account.username)
    )
    return [(profile, username) for profile, username in await session.execute(statement)]


async def polls_of(session: ReadSession, rows: Rows, viewer_id: int) -> list[polls_schemas.PollRead]:
    """The polls that these messages hold, in one statement more where there are any."""
    ids = [row.Message.poll_id for row in rows if row.Message.poll_id is not None]
    found = await polls_rendering.of(session, ids, viewer_id)
    return [found[id_] for id_ in ids if id_ in found]

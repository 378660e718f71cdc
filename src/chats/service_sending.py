"""Sending a message: what is checked before, two ways to the statement that sends, and why it may have sent nothing.

A plain text goes through the batcher, together with what others send. A message on which something hangs (media, a
poll, named members) is a unit of work of its own, around the same statement. Both are told to the sockets of this
process at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from uuid import uuid4

import asyncpg
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.auth import callers as auth_callers
from src.auth import models as auth_models
from src.cards import parts as cards_parts
from src.chats import (
    batching,
    exceptions,
    frames,
    message_models,
    message_schemas,
    message_texts,
    models,
    rendering,
    rights,
    sending,
)
from src.chats.constants import MEDIA_KIND
from src.chats.service_events import stream_of
from src.database import Database, ReadSession, WriteSession
from src.events import bus as events_bus
from src.events import event as events
from src.exceptions import HearthError, Unavailable
from src.feature import Registry
from src.media import service_attachments as media_attachments
from src.models import instant_of
from src.polls import service as polls_service
from src.realtime import hub as realtime_hub

Chat = models.Chat
Seat = models.Seat
Message = message_models.Message

# The constraint that a sender's client id stands for one message: somebody else may use it in the same moment.
_CLIENT_ID = "uq_messages_sender_id_cid"


@dataclass(frozen=True, slots=True)
class Means:
    """What a process has open for sending."""

    database: Database
    batcher: batching.Batcher
    hub: realtime_hub.Hub
    events: events_bus.Events
    registry: Registry


class _NotSent(Exception):
    """Nothing was sent, so what was written for it is taken back."""


async def send(
    means: Means,
    *,
    caller: auth_callers.Caller,
    chat_id: int,
    data: message_schemas.MessageCreate,
    may_name_all: bool = True,
) -> sending.Sent:
    """Sends a message; sent again under the same client id, it answers where the first one stands.

    Args:
        means: what the process has open for it.
        caller: the sender.
        chat_id: where to.
        data: the message.
        may_name_all: whether `@all` in it names all members, and so notifies them.

    Raises:
        MessageEmpty: there is nothing to see.
        MessageDiffers: the sender has sent something else under this client id.
        ChatNotFound, PartnerUnavailable, ChatIsReadOnly, ChatIsSlow: the caller cannot write there, or not now.
        ReplyTargetNotFound, ThreadNotFound, ForwardNotFound: what it refers to is not there.
        MediaUnknown, MediaTaken, MediaFailed, PollWordsUnfit: so are its media, or its poll.
    """
    content = message_texts.content_of(data.text, may_be_blank=bool(data.media_ids or data.forward or data.poll))
    draft = sending.Draft(
        chat_id=chat_id,
        sender_id=caller.account_id,
        cid=data.cid or uuid4(),
        digest=_digest(chat_id, data),
        text=content.text,
        reply_to_id=data.reply_to_id,
        thread_id=data.thread_id,
        names_all=content.names_all and may_name_all,
        card_kind=None if data.forward is None else data.forward.kind,
        card_id=None if data.forward is None else data.forward.id,
    )
    if data.forward is not None and not await _may_forward(means, draft.sender_id, data.forward):
        # Before it went out of sight, it may have been sent.
        return await _find_first(means.database, draft, exceptions.ForwardNotFound)
    if data.media_ids or data.poll or content.usernames:
        sent = await _send_alone(means, caller, draft, data, content.usernames)
    else:
        sent = await _send_together(means, draft)
    return sent or await _find_first(means.database, draft)


def is_plain(data: message_schemas.MessageCreate) -> bool:
    """Whether nothing has to be looked up or written beside the message, so that it joins others as it comes."""
    return not (data.media_ids or data.poll or data.forward or "@" in data.text)


async def _send_together(means: Means, draft: sending.Draft) -> sending.Sent | None:
    """Where it stands, None if it was not sent."""
    try:
        return await means.batcher.send(draft, lambda sent: _tell(means, draft, sent))
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != _CLIENT_ID:
            raise
        # Somebody else has used the client id in this moment.
        return None


async def _send_alone(
    means: Means,
    caller: auth_callers.Caller,
    draft: sending.Draft,
    data: message_schemas.MessageCreate,
    usernames: Sequence[str],
) -> sending.Sent | None:
    """Where it stands, None if it was not sent."""
    try:
        async with means.database.write() as session:
            sent = await _written(session, caller, draft, data)
            if usernames:
                await name(session, chat_id=draft.chat_id, seq=sent.seq, message_id=sent.id, usernames=usernames)
            events.note_streams(session, [(stream_of(draft.chat_id), sent.ev)])
    except _NotSent:
        return None
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != _CLIENT_ID:
            raise
        # Somebody else has used the client id in this moment.
        return None
    return sent


async def _written(
    session: WriteSession,
    caller: auth_callers.Caller,
    draft: sending.Draft,
    data: message_schemas.MessageCreate,
) -> sending.Sent:
    """A message with its poll and its media.

    Raises:
        _NotSent: something hinders it.
    """
    if data.poll is not None:
        poll = await polls_service.create(session, caller=caller, data=data.poll, kind=MEDIA_KIND)
        draft = replace(draft, poll_id=poll.id)
    rows = await sending.SEND.fetch(session, **sending.arguments([draft], clock.now()))
    if not rows:
        raise _NotSent
    _, message_id, seq, ev, names_all = rows[0]
    if draft.poll_id is not None:
        await polls_service.attach(session, poll_id=draft.poll_id, thing_id=message_id)
    if data.media_ids:
        await media_attachments.attach(
            session, owner_id=draft.sender_id, ids=data.media_ids, to_kind=MEDIA_KIND, to_id=message_id
        )
    return sending.Sent(message_id, seq, ev, names_all)


def sent_read(chat_id: int, sent: sending.Sent) -> message_schemas.MessageSentRead:
    """The answer to a send."""
    return message_schemas.MessageSentRead(
        id=sent.id,
        chat_id=chat_id,
        seq=sent.seq,
        ev=sent.ev,
        created_at=instant_of(sent.id),
        dup=sent.is_repeat,
    )


async def name(session: WriteSession, *, chat_id: int, seq: int, message_id: int, usernames: Sequence[str]) -> None:
    """Notes whom a message names: of these names, those of the chat's members."""
    account = auth_models.Account
    named = (
        select(account.id, Seat.chat_id, Message.seq, Message.id)
        .join(Seat, Seat.account_id == account.id)
        .join(Message, Message.chat_id == Seat.chat_id)
        .where(account.username.in_(usernames), Seat.chat_id == chat_id, Message.seq == seq, Message.id == message_id)
    )
    columns = ["account_id", "chat_id", "seq", "message_id"]
    written = insert(message_models.MessageMention).from_select(columns, named).on_conflict_do_nothing()
    await session.execute(written)


def _tell(means: Means, draft: sending.Draft, sent: sending.Sent) -> None:
    """The sockets of this process get the message at once; all others hear of its event."""

    def data() -> bytes:
        return rendering.fresh(draft, sent).model_dump_json().encode()

    stream = stream_of(draft.chat_id)
    means.hub.push(stream, sent.ev, frames.NEW, data)
    means.events.committed_streams([(stream, sent.ev)])


def _digest(chat_id: int, data: message_schemas.MessageCreate) -> int:
    """A number that two messages share only if they are the same, but for one case in 2⁶⁴."""
    # What is not said is left out: so the number stays when there is more to say one day. A socket names the chat
    # in the message, a route beside it.
    written = f"{chat_id} {data.model_dump_json(exclude={'cid', 'chat_id'}, exclude_defaults=True)}"
    return int.from_bytes(blake2b(written.encode(), digest_size=8).digest(), "big", signed=True)


async def _may_forward(means: Means, sender_id: int, thing: message_schemas.ForwardCreate) -> bool:
    async with means.database.read() as session:
        return await cards_parts.is_readable(
            means.registry, session, viewer_id=sender_id, kind=thing.kind, thing_id=thing.id
        )


async def _find_first(
    database: Database, draft: sending.Draft, otherwise: type[HearthError] | None = None
) -> sending.Sent:
    """The message that was sent before under the same client id.

    Raises:
        as `send`: there is none, and this, or `otherwise`, is why it was not sent.
    """
    async with database.read() as session:
        first = select(Message.id, Message.seq, Message.ev, Message.digest).where(
            Message.sender_id == draft.sender_id, Message.cid == draft.cid
        )
        found = (await session.execute(first)).one_or_none()
        if found is None:
            raise otherwise() if otherwise else await _refusal(session, draft)
        if found.digest != draft.digest:
            raise exceptions.MessageDiffers
        return sending.Sent(found.id, found.seq, found.ev, is_repeat=True)


async def _refusal(session: ReadSession, draft: sending.Draft) -> Exception:
    """Why a message was not sent."""
    statement = (
        select(
            rights.is_blocked(),
            rights.is_closed_to(draft.sender_id),
            Chat.slow_mode_seconds,
            Seat.wrote_at,
        )
        .join(Seat, Seat.chat_id == Chat.id)
        .where(Chat.id == draft.chat_id, Seat.account_id == draft.sender_id)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return exceptions.ChatNotFound()
    is_blocked, is_read_only, pause, wrote_at = row
    if is_blocked:
        return exceptions.PartnerUnavailable()
    if is_read_only:
        return exceptions.ChatIsReadOnly()
    if draft.reply_to_id is not None and not await _stands_in(session, draft.chat_id, draft.reply_to_id):
        return exceptions.ReplyTargetNotFound()
    if draft.thread_id is not None and not await _stands_in(session, draft.chat_id, draft.thread_id, carries=True):
        return exceptions.ThreadNotFound()
    waited = pause if wrote_at is None else (clock.now() - wrote_at).total_seconds()
    # Without a pause, what hindered it is over.
    return exceptions.ChatIsSlow(retry_after=max(pause - waited, 0)) if pause else Unavailable()


async def _stands_in(session: ReadSession, chat_id: int, message_id: int, *, carries: bool = False) -> bool:
    statement = select(Message.id).where(
        Message.id == message_id, Message.chat_id == chat_id, Message.deleted_at.is_(None)
    )
    if carries:
        statement = statement.where(Message.thread_id.is_(None))
    return await session.scalar(statement) is not None

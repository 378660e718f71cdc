"""Messages of long ago: many of one chat at once, with their own dates, and without a word to anybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, case, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from src.chats import message_models, models
from src.database import WriteSession
from src.models import Base, id_at

Chat, Seat = models.Chat, models.Seat
Message = message_models.Message
Mention, Reaction = message_models.MessageMention, message_models.MessageReaction


@dataclass(frozen=True, slots=True, kw_only=True)
class OldMessage:
    """A message of a member.

    Attributes:
        sender_id: who wrote it.
        at: when; of two messages of a chat the later one stands behind the other by a millisecond at least.
        text: as it is stored.
        reply_to: the place in the same list of the message that it answers.
        mentioned_ids: the members whom it names; the text is not searched for names.
        reactions: who put which emoji on it, each once.
        poll_id: a poll made for it, to which it has still to be attached.
    """

    sender_id: int
    at: datetime
    text: str
    reply_to: int | None = None
    mentioned_ids: Sequence[int] = ()
    reactions: Sequence[tuple[int, str]] = ()
    poll_id: int | None = None


async def add_old(
    session: WriteSession, *, chat_id: int, messages: Sequence[OldMessage], unread: Mapping[int, int]
) -> list[int]:
    """Writes messages into a chat in which there are none yet.

    The stream of the chat does not hold them: whoever follows it reads the chat as it is, as after a long time away.

    Args:
        session: the unit of work.
        chat_id: where to.
        messages: in the order of their dates.
        unread: how many of the last ones members have not read, but for what stands before a message of their own;
            who is not named has read all.

    Returns:
        Their ids.
    """
    chat = (await session.scalars(select(Chat).where(Chat.id == chat_id).with_for_update(key_share=True))).one()
    if not messages:
        return []
    rows = [
        {
            "id": id_at(one.at),
            "chat_id": chat_id,
            "seq": seq,
            "ev": chat.last_ev,
            "sender_id": one.sender_id,
            "digest": 0,
            "text": one.text,
            "names_all": False,
            "poll_id": one.poll_id,
            "version": 1,
        }
        for seq, one in enumerate(messages, start=1)
    ]
    written = await session.execute(insert(Message).values(rows).returning(Message.seq, Message.id))
    by_seq: dict[int, int] = {seq: id_ for seq, id_ in written}  # noqa: C416  a row is no tuple of two for the checker
    ids = [by_seq[seq] for seq in range(1, len(messages) + 1)]
    chat.last_seq, chat.latest_id = len(messages), ids[-1]
    await session.flush()
    await _hang(session, chat_id, messages, ids)
    await _mark_read(session, chat_id, messages, unread)
    return ids


async def _hang(session: WriteSession, chat_id: int, messages: Sequence[OldMessage], ids: Sequence[int]) -> None:
    """What messages answer, whom they name, and what is put on them."""
    places = list(zip(ids, messages, strict=True))
    answers = {id_: ids[one.reply_to] for id_, one in places if one.reply_to is not None}
    if answers:
        answered = case(answers, value=Message.id).cast(BigInteger)
        replies = update(Message).where(Message.id.in_(answers)).values(reply_to_id=answered)
        await session.execute(replies.execution_options(synchronize_session=False))
    mentions = [
        {"account_id": account_id, "chat_id": chat_id, "seq": seq, "message_id": id_}
        for seq, (id_, one) in enumerate(places, start=1)
        for account_id in one.mentioned_ids
    ]
    reactions = [
        {"message_id": id_, "account_id": account_id, "emoji": emoji}
        for id_, one in places
        for account_id, emoji in one.reactions
    ]
    for model, rows in ((Mention, mentions), (Reaction, reactions)):
        if rows:
            await session.execute(insert(Base.metadata.tables[model.__tablename__]), rows)


async def _mark_read(
    session: WriteSession, chat_id: int, messages: Sequence[OldMessage], unread: Mapping[int, int]
) -> None:
    own = {one.sender_id: seq for seq, one in enumerate(messages, start=1)}
    last = len(messages)
    read = {account_id: max(last - count, own.get(account_id, 0), 0) for account_id, count in unread.items()}
    read_seq = case(read, value=Seat.account_id, else_=literal(last)).cast(BigInteger) if read else literal(last)
    marked = update(Seat).where(Seat.chat_id == chat_id).values(read_seq=func.least(read_seq, last))
    await session.execute(marked.execution_options(synchronize_session=False))

"""Whose messages: what one account's export holds, and what is left of it in chats, which is nothing but places."""

from sqlalchemy import delete, or_, select, update

from src.chats import events, message_models, models, service_gone
from src.database import WriteSession
from src.feature import Statements
from src.groups import models as groups_models

Chat, Seat = models.Chat, models.Seat
Message = message_models.Message
Edit = message_models.MessageEdit
Mention = message_models.MessageMention
Hidden = message_models.HiddenMessage
Reaction = message_models.MessageReaction
Pin = message_models.MessagePin
Group, Member = groups_models.Group, groups_models.GroupMember

TABLES = (Message, Edit, Mention, Hidden, Reaction, Pin)
# What is derived from messages, and how clients call them, stays here. Polls themselves say to what they belong.
_DERIVED = frozenset({"document", "link_card_id", "poll_id", "cid", "digest", "ev"})


def export(account_id: int) -> Statements:
    """What the account has written in chats, with its reactions, its pins, and where it is named or has hidden what."""
    columns = [column for column in Message.__table__.columns if column.name not in _DERIVED]
    alone = (Chat.low_id == account_id) & (Chat.high_id == account_id)
    return {
        "messages": select(*columns, Chat.kind.label("chat_kind"), alone.is_(True).label("to_oneself"))
        .join(Chat, Chat.id == Message.chat_id)
        .where(Message.sender_id == account_id, Message.deleted_at.is_(None))
        .order_by(Message.id),
        "message_edits": select(Edit.__table__)
        .join(Message, Message.id == Edit.message_id)
        .where(Message.sender_id == account_id)
        .order_by(Edit.id),
        "message_reactions": select(Reaction.__table__).where(Reaction.account_id == account_id).order_by(Reaction.id),
        "message_pins": select(Pin.__table__).where(Pin.by_id == account_id).order_by(Pin.message_id),
        "message_mentions": select(Mention.__table__)
        .where(Mention.account_id == account_id)
        .order_by(Mention.message_id),
        "message_hidings": select(Hidden.__table__).where(Hidden.account_id == account_id).order_by(Hidden.message_id),
    }


async def erase(session: WriteSession, account_id: int) -> None:
    """Empties the account's messages, which nobody has sent from then on, and takes its reactions off those of others.

    Locks are taken in the order of all: groups, then messages, then chats. So this stands before the account gives up
    its seats, for which the same groups and chats are locked.
    """
    member_of = select(Member.group_id).where(Member.account_id == account_id)
    reacted = select(Reaction.message_id).where(Reaction.account_id == account_id)
    touched = or_(Message.sender_id == account_id, Message.id.in_(reacted))
    groups = (
        select(Group.id)
        .where(or_(Group.id.in_(member_of), Group.id.in_(select(Message.chat_id).where(touched))))
        .order_by(Group.id)
    )
    await session.execute(groups.with_for_update(key_share=True))
    held = select(Message.id, Message.chat_id, Message.sender_id, Message.deleted_at).where(touched)
    rows = (await session.execute(held.order_by(Message.id).with_for_update(key_share=True))).all()
    own = [(row.id, row.chat_id) for row in rows if row.sender_id == account_id and row.deleted_at is None]
    await service_gone.empty(session, own)
    for statement in (
        delete(Reaction).where(Reaction.account_id == account_id),
        delete(Mention).where(Mention.account_id == account_id),
        delete(Hidden).where(Hidden.account_id == account_id),
        update(Pin).where(Pin.by_id == account_id).values(by_id=None),
        update(Message).where(Message.sender_id == account_id).values(sender_id=None, cid=None, digest=0),
    ):
        await session.execute(statement.execution_options(synchronize_session=False))
    seated = await session.scalars(select(Seat.chat_id).where(Seat.account_id == account_id))
    await service_gone.lock(session, {*seated, *(row.chat_id for row in rows)})
    await service_gone.tell(session, events.MessageDeleted, own)
    others = [(row.id, row.chat_id) for row in rows if row.sender_id != account_id and row.deleted_at is None]
    await service_gone.tell(session, events.Reacted, others)

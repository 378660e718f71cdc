"""Which chats an account sits in, for it to take along, and how it gets up from all of them."""

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import aliased

from src.chats import message_models, models
from src.chats.constants import GROUP_KIND
from src.database import WriteSession
from src.feature import Statements
from src.groups import models as groups_models
from src.models import there_is
from src.users import models as users_models

Chat, Seat = models.Chat, models.Seat
Group, Member = groups_models.Group, groups_models.GroupMember
Refusal = message_models.ReceiptRefusal

TABLES = (Chat, Seat, Refusal)


def export(account_id: int) -> Statements:
    """The chats of the account with what it has read in each and how it is told, and what it has said of all."""
    settings = (Chat.id, Chat.kind, Chat.low_id, Chat.high_id, Chat.name, Chat.topic, Chat.is_public)
    mine = select(Seat.chat_id).where(Seat.account_id == account_id)
    return {
        "chats": select(*settings).where(Chat.id.in_(mine)).order_by(Chat.id),
        "chat_seats": select(Seat.__table__).where(Seat.account_id == account_id).order_by(Seat.chat_id),
        "chat_receipt_refusals": select(Refusal.__table__).where(Refusal.account_id == account_id),
    }


async def erase(session: WriteSession, account_id: int) -> None:
    """Gives up the account's seats. What stays of a direct chat is the other one's, to read.

    The memberships end with `groups`; locks are taken in its order: groups, then chats, then seats.
    """
    mine = select(Member.group_id).where(Member.account_id == account_id)
    groups = select(Group.id).where(Group.kind == GROUP_KIND, Group.id.in_(mine)).order_by(Group.id)
    await session.execute(groups.with_for_update(key_share=True))
    seated = select(Seat.chat_id).where(Seat.account_id == account_id)
    paired = or_(Chat.low_id == account_id, Chat.high_id == account_id)
    chats = select(Chat.id).where(or_(Chat.id.in_(seated), paired)).order_by(Chat.id)
    await session.execute(chats.with_for_update(key_share=True))
    other, profile = aliased(Seat), aliased(users_models.Profile)
    is_person = there_is(profile, profile.account_id == other.account_id, ~profile.is_bot)
    shared = there_is(other, other.chat_id == Chat.id, other.account_id != account_id, is_person, many=True)
    # Nobody is left to whom its name would say anything; `service_emptied.delete_emptied` deletes the rest.
    unnamed = update(Chat).where(Chat.id.in_(seated), ~shared).values(name=None, topic=None)
    parted = update(Chat).where(paired).values(low_id=None, high_id=None, is_read_only=True)
    for statement in (
        unnamed.execution_options(synchronize_session=False),
        parted.execution_options(synchronize_session=False),
        delete(Seat).where(Seat.account_id == account_id),
        delete(Refusal).where(Refusal.account_id == account_id),
    ):
        await session.execute(statement)

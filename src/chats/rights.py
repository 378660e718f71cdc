"""What keeps members from writing, whether they send, show that they are typing, react or vote."""

from sqlalchemy import ColumnElement, and_

from src.chats import models
from src.groups import membership as groups_membership
from src.groups.constants import GroupRole
from src.users import visibility

Chat = models.Chat


def is_blocked(chat: type[models.Chat] = Chat) -> ColumnElement[bool]:
    """Whether one of the two of a direct chat has blocked the other."""
    return and_(chat.low_id.is_not(None), visibility.blocked_between(chat.low_id, chat.high_id))


def is_closed_to(account_id: visibility.AccountId) -> ColumnElement[bool]:
    """Whether only admins write in the statement's chat, and this member is none."""
    return and_(Chat.is_read_only, ~groups_membership.has_role(Chat.id, account_id, GroupRole.ADMIN))

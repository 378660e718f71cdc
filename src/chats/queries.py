"""The statements that all reads of chats are made of: the chat as one person sees it, what is in it, who they are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Row, Select, and_, bindparam, or_, select

from src.chats import message_models, message_queries, models, rights
from src.database import HotRead, ReadSession
from src.groups import models as groups_models
from src.groups.constants import GroupRole
from src.media import models as media_models
from src.pagination import Paging, Slice, paginate
from src.users import queries as users_queries

Chat, Seat, Message = models.Chat, models.Seat, message_models.Message
Group, Member = groups_models.Group, groups_models.GroupMember
Picture = media_models.MediaItem

_ACCOUNT = bindparam("account_id", type_=BigInteger)
# Of a member: what may keep them from writing; no row for anybody else.
HINDRANCES = HotRead(
    select(rights.is_blocked(), rights.is_closed_to(_ACCOUNT))
    .join(Seat, Seat.chat_id == Chat.id)
    .where(Chat.id == bindparam("chat_id", type_=BigInteger), Seat.account_id == _ACCOUNT)
)


@dataclass(frozen=True)
class Sight:
    """A chat as one person sees it; without a seat, they are no member of it."""

    chat: models.Chat
    members_count: int
    picture: media_models.MediaItem | None
    viewer_id: int
    seat: models.Seat | None
    role: GroupRole | None
    unread: int
    mentions: int

    @property
    def leads(self) -> bool:
        """Whether the person is an admin of the chat."""
        return self.role is not None and self.role >= GroupRole.ADMIN

    @property
    def partner_id(self) -> int | None:
        """Of a direct chat: the other one, or oneself."""
        return self.chat.high_id if self.chat.low_id == self.viewer_id else self.chat.low_id


def sights(viewer_id: int) -> Select[*tuple[Any, ...]]:
    """All chats as this person would see them, whether they may or not; rows are for `sight_of`."""
    seated = and_(Seat.chat_id == Chat.id, Seat.account_id == viewer_id)
    belongs = and_(Member.group_id == Chat.id, Member.account_id == viewer_id)
    return (
        select(
            Chat,
            Group.members_count,
            Picture,
            Seat,
            Member.role,
            message_queries.unread(Chat.id, Chat.last_seq, Seat.read_seq, viewer_id).label("unread"),
            message_queries.mentioned(Chat.id, Seat.read_seq, viewer_id).label("mentions"),
        )
        .join(Group, Group.id == Chat.id)
        .outerjoin(Seat, seated)
        .outerjoin(Member, belongs)
        .outerjoin(Picture, Picture.id == Chat.picture_id)
    )


def sight_of(row: Row[*tuple[Any, ...]], viewer_id: int) -> Sight:
    """A row of `sights`."""
    chat, members_count, picture, seat, role, unread, mentions = row[:7]
    return Sight(chat, members_count, picture, viewer_id, seat, role, unread or 0, mentions or 0)


async def sight(session: ReadSession, *, chat_id: int, viewer_id: int) -> Sight | None:
    """The chat, if the person is a member of it or everybody may be."""
    statement = sights(viewer_id).where(Chat.id == chat_id, or_(Seat.account_id.is_not(None), Chat.is_public))
    row = (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()
    return None if row is None else sight_of(row, viewer_id)


async def page(session: ReadSession, *, viewer_id: int, paging: Paging) -> Slice[Any]:
    """The chats in which the person has a seat, those with the newest message first."""
    statement = sights(viewer_id).where(Seat.account_id == viewer_id)
    return await paginate(session, statement, key=Chat.latest_id, paging=paging)


async def public_page(session: ReadSession, *, viewer_id: int, paging: Paging) -> Slice[Any]:
    """The channels that everybody may join, the newest first."""
    return await paginate(session, sights(viewer_id).where(Chat.is_public), key=Chat.id, paging=paging)


async def shared(session: ReadSession, chat_ids: Collection[int]) -> dict[int, Sight]:
    """These chats as far as they are there, as somebody sees them who has no part in them."""
    statement = sights(0).where(Chat.id.in_(chat_ids)).execution_options(populate_existing=True)
    return {row.Chat.id: sight_of(row, 0) for row in await session.execute(statement)}


async def latest(session: ReadSession, *, viewer_id: int, ids: Collection[int]) -> dict[int, Row[*tuple[Any, ...]]]:
    """These messages as rows of `message_queries.messages`, by id; without those that the viewer has deleted."""
    if not ids:
        return {}
    statement = message_queries.messages().where(Message.id.in_(ids), ~message_queries.is_hidden(viewer_id))
    return {row.Message.id: row for row in await session.execute(statement)}


async def people(session: ReadSession, ids: Collection[int]) -> dict[int, users_queries.Person]:
    """These people by id, whoever blocks whom: they sit in one chat."""
    if not ids:
        return {}
    statement = users_queries.people().where(users_queries.among(users_queries.Profile.account_id, ids))
    return {row.Profile.account_id: users_queries.person_of(row) for row in await session.execute(statement)}


async def least_to_address(session: ReadSession, chat_id: int) -> GroupRole:
    """From which role on members write: in a channel of its admins from theirs. The one of two who is left does not."""
    is_read_only = await session.scalar(select(Chat.is_read_only).where(Chat.id == chat_id))
    return GroupRole.ADMIN if is_read_only else GroupRole.MEMBER


async def names(session: ReadSession, chat_ids: Collection[int]) -> Mapping[int, str]:
    """What these chats are called, by id, for who knows them only as groups; a direct one has no name."""
    statement = select(Chat.id, Chat.name).where(Chat.id.in_(chat_ids), Chat.name.is_not(None))
    return {row.id: row.name for row in await session.execute(statement)}

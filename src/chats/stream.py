"""The stream of a chat as its members' sockets get it: who may read it, where it stands, how its entries look."""

from collections.abc import Collection, Sequence
from typing import Any

from pydantic import BaseModel
from sqlalchemy import BigInteger, Row, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from src.chats import events, frames, message_queries, models, rendering
from src.chats.constants import STREAM, Permission
from src.chats.service_events import stream_of
from src.database import Database, HotRead, ReadSession
from src.events import records
from src.groups.constants import GroupRole, GroupRoleName
from src.media import models as media_models
from src.realtime import parts as realtime_parts

Chat = models.Chat
Seat = models.Seat
Picture = media_models.MediaItem
Pictured = tuple[models.Chat, media_models.MediaItem | None]

_account_id = bindparam("account_id", type_=BigInteger)


def _states() -> HotRead:
    account_id = _account_id
    return HotRead(
        select(
            Chat.id,
            Chat.last_seq,
            Seat.read_seq,
            message_queries.unread(Chat.id, Chat.last_seq, Seat.read_seq, account_id),
            message_queries.mentioned(Chat.id, Seat.read_seq, account_id),
        )
        .join(Seat, Seat.chat_id == Chat.id)
        .where(Seat.account_id == account_id, Seat.chat_id == any_(bindparam("chat_ids", type_=ARRAY(BigInteger))))
    )


_STATES = _states()
_mine = select(Chat.id, Chat.last_ev).join(Seat, Seat.chat_id == Chat.id).where(Seat.account_id == _account_id)
_HEADS = HotRead(_mine.order_by(Chat.latest_id.desc()))
_END = HotRead(_mine.where(Chat.id == bindparam("chat_id", type_=BigInteger)))


async def heads(database: Database, account_id: int) -> Sequence[realtime_parts.Head]:
    """Where the account's chats stand, the latest first."""
    rows = await _HEADS.fetch(database, account_id=account_id)
    return [realtime_parts.Head(stream_of(chat_id), last_ev) for chat_id, last_ev in rows]


async def states(database: Database, account_id: int, chat_ids: Sequence[int]) -> realtime_parts.States:
    """What is unread in chats of the account."""
    rows = await _STATES.fetch(database, account_id=account_id, chat_ids=list(chat_ids))
    return {
        chat_id: {"seq": last_seq, "read_seq": read_seq, "unread": unread, "mentions": mentions}
        for chat_id, last_seq, read_seq, unread, mentions in rows
    }


async def end(database: Database, account_id: int, chat_id: int) -> int | None:
    """The newest entry of a chat; None for who is no member."""
    rows = await _END.fetch(database, chat_id=chat_id, account_id=account_id)
    return rows[0]["last_ev"] if rows else None


async def may_read(database: Database, account_id: int, chat_id: int) -> bool:
    """Whether the account is a member."""
    return await end(database, account_id, chat_id) is not None


async def render(session: ReadSession, entries: Sequence[records.Record]) -> Sequence[realtime_parts.Rendered]:
    """What members get of these entries: of messages, what is there of them now."""
    message_ids = {int(str(id_)) for entry in entries if (id_ := entry.payload.get("message_id")) is not None}
    rows = await message_queries.load(session, message_ids) if message_ids else {}
    chat_ids = {_chat_of(entry) for entry in entries if entry.type == events.ChatChanged.type}
    chats = await _chats(session, chat_ids) if chat_ids else {}
    return [_rendered(entry, rows, chats) for entry in entries]


def _rendered(
    entry: records.Record, rows: dict[int, Row[*tuple[Any, ...]]], chats: dict[int, Pictured]
) -> realtime_parts.Rendered:
    ev = entry.ev or 0
    kind = frames.TYPES.get(entry.type)
    if kind is None:
        # A newer version beside this one, or before it, has written it; the entries around it are told all the same.
        return realtime_parts.Rendered(ev, frames.OTHER, _bytes(frames.Other()))
    if entry.type in _OF_MEMBERS:
        account_id = int(str(entry.payload["account_id"]))
        joins = (account_id,) if entry.type == events.MemberJoined.type else ()
        leaves = (account_id,) if entry.type == events.MemberLeft.type else ()
        return realtime_parts.Rendered(ev, kind, _bytes(_member(entry, account_id)), joins, leaves)
    if entry.type == events.ChatChanged.type:
        return realtime_parts.Rendered(ev, kind, _bytes(frames.chat_frame(*chats[_chat_of(entry)])))
    message_id = int(str(entry.payload["message_id"]))
    row = rows.get(message_id)
    if row is None or row.Message.deleted_at is not None:
        # Nothing but its place is left, whatever happened to it at the time.
        seq = entry.payload.get("seq") if row is None else row.Message.seq
        gone = frames.MessageGone(id=message_id, seq=None if seq is None else int(str(seq)))
        return realtime_parts.Rendered(ev, frames.GONE, _bytes(gone))
    if entry.type == events.Reacted.type:
        shown: BaseModel = frames.Reactions(
            id=message_id, seq=row.Message.seq, reactions=rendering.reactions_read(row.reactions)
        )
    else:
        shown = rendering.message_read(row)
    return realtime_parts.Rendered(ev, kind, _bytes(shown))


_OF_MEMBERS = frozenset({events.MemberJoined.type, events.MemberLeft.type, events.MemberRoleChanged.type})
# The entries at which sockets begin or cease to read.
MOVING = frozenset({events.MemberJoined.type, events.MemberLeft.type})


def _member(entry: records.Record, account_id: int) -> frames.Member:
    role = entry.payload.get("role")
    name = None if role is None else GroupRoleName.of(GroupRole(int(str(role))))
    return frames.Member(account_id=account_id, by_id=entry.actor_id or None, role=name)


def _chat_of(entry: records.Record) -> int:
    return int(str(entry.payload["chat_id"]))


async def _chats(session: ReadSession, ids: Collection[int]) -> dict[int, Pictured]:
    pictured = select(Chat, Picture).outerjoin(Picture, Picture.id == Chat.picture_id).where(Chat.id.in_(ids))
    return {chat.id: (chat, picture) for chat, picture in await session.execute(pictured)}


def _bytes(shown: BaseModel) -> bytes:
    return shown.model_dump_json().encode()


PARTS = (
    realtime_parts.StreamKind(
        STREAM, Permission.READ, heads=heads, end=end, render=render, moving=MOVING, states=states
    ),
    *(realtime_parts.EventType(STREAM, name, model) for name, model in frames.MODELS.items()),
)

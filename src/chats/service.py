"""What can be done with chats as a whole: opened, founded, joined, found, read and changed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, insert, literal, literal_column, select

from src.auth import callers as auth_callers
from src.chats import events, exceptions, models, queries, schemas, service_events, service_seats, utils
from src.chats.constants import GROUP_KIND, ChatKind
from src.database import ReadSession, WriteSession
from src.groups import membership as groups_membership
from src.groups import models as groups_models
from src.groups import service as groups_service
from src.groups.constants import GroupRole
from src.users import service_follows as users_follows

Chat, Seat = models.Chat, models.Seat
Member = groups_models.GroupMember


async def direct(session: WriteSession, *, caller: auth_callers.Caller, account_id: int) -> int:
    """The id of the chat of the caller and this person, or of the caller alone; it is made if there is none.

    Raises:
        UserNotFound, UserIsBlocked: of `users`; there is none, and the two cannot begin one.
    """
    low_id, high_id = sorted((caller.account_id, account_id))
    pair = select(Chat.id).where(Chat.low_id == low_id, Chat.high_id == high_id)
    found = await session.scalar(pair)
    if found is None:
        # Of both who open it at once, the other one sees from here on what the first has made.
        await users_follows.lock(session, {low_id, high_id})
        found = await session.scalar(pair)
    if found is not None:
        return found
    group = await groups_service.found(
        session, kind=GROUP_KIND, owner_id=caller.account_id, others=[account_id], is_fixed=True
    )
    chat = _new(group.id, ChatKind.DIRECT, low_id=low_id, high_id=high_id)
    return await _open(session, chat, by_id=caller.account_id)


async def create(session: WriteSession, *, caller: auth_callers.Caller, data: schemas.ChatCreate) -> int:
    """Founds a group or a channel, which the caller owns; its id.

    Raises:
        UserNotFound, UserIsBlocked: of `users`; the caller cannot add one of the others.
        GroupIsFull: of `groups`; they are too many.
    """
    group = await groups_service.found(session, kind=GROUP_KIND, owner_id=caller.account_id, others=data.member_ids)
    settings = data.model_dump(exclude={"kind", "member_ids"})
    return await _open(session, _new(group.id, ChatKind[data.kind.name], **settings), by_id=caller.account_id)


async def join(session: WriteSession, *, caller: auth_callers.Caller, sight: queries.Sight) -> None:
    """Makes the caller a member of a public channel; who is one already stays one.

    Raises:
        ChatNotFound: it is not public any more.
        GroupNotFound, GroupIsFull, BannedFromGroup: of `groups`.
    """
    if sight.seat is not None:
        return
    chat_id = sight.chat.id
    await groups_service.hold(session, group_id=chat_id)
    public = select(Chat.id).where(Chat.id == chat_id, Chat.is_public).with_for_update(key_share=True)
    if await session.scalar(public) is None:
        raise exceptions.ChatNotFound
    account_id = caller.account_id
    await groups_service.join(session, group_id=chat_id, account_id=account_id, by_id=account_id)
    # Not only when the group's event is heard, at the end: the answer shows it.
    await service_seats.take(session, chat_id=chat_id, account_id=account_id, by_id=account_id)


async def change(session: WriteSession, *, caller: auth_callers.Caller, chat_id: int, data: schemas.ChatUpdate) -> None:
    """Gives a chat other settings.

    Raises:
        ChatNotFound, ChatNotYours: see `administered`.
        ChatIsNoChannel: only a channel can be public.
    """
    chat = await administered(session, caller=caller, chat_id=chat_id)
    given = data.model_dump(exclude_unset=True)
    if given.get("is_public") and chat.kind != ChatKind.CHANNEL:
        raise exceptions.ChatIsNoChannel
    changed = {name: value for name, value in given.items() if getattr(chat, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(chat, name, value)
        await session.flush()
        await service_events.tell(session, events.ChatChanged(actor_id=caller.account_id, chat_id=chat_id))


async def administered(session: WriteSession, *, caller: auth_callers.Caller, chat_id: int) -> models.Chat:
    """A chat that the caller leads, locked with its membership: neither changes before the unit of work ends.

    Raises:
        GroupNotFound, GroupIsFixed: of `groups`; it is gone, or a direct chat.
        ChatNotFound: the caller is no member any more.
        ChatNotYours: they are no admin any more.
    """
    await groups_service.hold(session, group_id=chat_id)
    role = await groups_membership.role_of(session, chat_id, caller.account_id)
    if role is None:
        raise exceptions.ChatNotFound
    if role < GroupRole.ADMIN:
        raise exceptions.ChatNotYours
    locked = select(Chat).where(Chat.id == chat_id).with_for_update(key_share=True)
    return (await session.scalars(locked.execution_options(populate_existing=True))).one()


async def shown(session: ReadSession, sights: Sequence[queries.Sight]) -> list[schemas.SeenChatRead]:
    """These chats with their newest messages and the people in question; two statements however many they are."""
    # A newest message that is the chat itself is none.
    wanted = [one.chat.latest_id for one in sights if one.seat is not None and one.chat.last_seq]
    viewer_id = sights[0].viewer_id if sights else 0
    newest = await queries.latest(session, viewer_id=viewer_id, ids=wanted)
    named = [row.Message.sender_id for row in newest.values()] + [one.partner_id for one in sights]
    people = await queries.people(session, {id_ for id_ in named if id_ is not None})
    return [utils.seen_chat_read(one, newest.get(one.chat.latest_id), people) for one in sights]


async def one_shown(session: ReadSession, *, viewer_id: int, chat_id: int) -> schemas.SeenChatRead:
    """One chat as this person sees it now.

    Raises:
        ChatNotFound: they do not.
    """
    sight = await queries.sight(session, chat_id=chat_id, viewer_id=viewer_id)
    if sight is None:
        raise exceptions.ChatNotFound
    return (await shown(session, [sight]))[0]


def _new(chat_id: int, kind: ChatKind, **settings: Any) -> models.Chat:
    plain = {"is_public": False, "is_read_only": False, "slow_mode_seconds": 0}
    return Chat(id=chat_id, kind=int(kind), last_seq=0, last_ev=0, latest_id=chat_id, **(plain | settings))


async def _open(session: WriteSession, chat: models.Chat, *, by_id: int) -> int:
    """Writes a new chat with a seat for each member of its group, and tells who they are."""
    session.add(chat)
    await session.flush()
    members: Select[*tuple[Any, ...]] = select(literal(chat.id), Member.account_id, literal_column("0")).where(
        Member.group_id == chat.id
    )
    seated = insert(Seat).from_select(["chat_id", "account_id", "read_seq"], members).returning(Seat.account_id)
    account_ids = sorted((await session.scalars(seated)).all(), key=lambda id_: (id_ != by_id, id_))
    # In a direct chat both are the same.
    owner_id = None if chat.kind == ChatKind.DIRECT else by_id
    roles = {id_: GroupRole.OWNER if id_ == owner_id else GroupRole.MEMBER for id_ in account_ids}
    joined = [
        events.MemberJoined(actor_id=by_id, chat_id=chat.id, account_id=id_, role=role) for id_, role in roles.items()
    ]
    await service_events.tell(session, *joined)
    return chat.id

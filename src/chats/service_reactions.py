"""Reactions: an emoji of a member on a message, once, and no more different ones than fit below it."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.auth import callers as auth_callers
from src.auth import models as auth_models
from src.chats import events, exceptions, frames, message_models, message_queries, rendering, service_messages
from src.chats.constants import MAX_REACTIONS
from src.chats.service_messages import Demand
from src.database import ReadSession, WriteSession
from src.models import id_at
from src.pagination import Paging, Slice, paginate
from src.users import models as users_models

Reaction = message_models.MessageReaction


async def put(session: WriteSession, *, caller: auth_callers.Caller, message_id: int, emoji: str) -> None:
    """Puts an emoji on a message; a second tap changes nothing.

    Raises:
        MessageNotFound: it was deleted in this moment.
        TooManyReactions: it has as many different ones as it may have, and this is another.
        ChatNotFound, PartnerUnavailable: the caller is in this chat no more.
    """
    # Held, so that nobody else changes what is on it.
    message = await service_messages.hold(session, message_id)
    present = set(await session.scalars(select(Reaction.emoji).where(Reaction.message_id == message_id).distinct()))
    if emoji not in present and len(present) >= MAX_REACTIONS:
        raise exceptions.TooManyReactions
    values = {
        "id": id_at(clock.now()),
        "message_id": message_id,
        "account_id": caller.account_id,
        "emoji": emoji,
    }
    added = insert(Reaction).values(values).on_conflict_do_nothing().returning(Reaction.id)
    if await session.scalar(added) is not None:
        await _tell(session, caller, message, Demand.TALKS)


async def take(session: WriteSession, *, caller: auth_callers.Caller, message_id: int, emoji: str) -> None:
    """Takes an emoji of one's own off a message; where there is none, that changes nothing.

    Raises:
        MessageNotFound: the message was deleted in this moment.
        ChatNotFound: the caller is in this chat no more.
    """
    message = await service_messages.hold(session, message_id)
    own = delete(Reaction).where(
        Reaction.message_id == message_id, Reaction.account_id == caller.account_id, Reaction.emoji == emoji
    )
    if await session.scalar(own.returning(Reaction.id).execution_options(synchronize_session=False)) is not None:
        await _tell(session, caller, message, Demand.MEMBER)


async def read(session: ReadSession, message_id: int) -> frames.Reactions:
    """All that is on a message now."""
    row = (await message_queries.load(session, [message_id]))[message_id]
    return frames.Reactions(id=message_id, seq=row.Message.seq, reactions=rendering.reactions_read(row.reactions))


async def page(session: ReadSession, *, message_id: int, emoji: str | None, paging: Paging) -> Slice[Any]:
    """Who has put what on a message, the newest first; rows begin as those of `users.queries.people`."""
    account, profile = auth_models.Account, users_models.Profile
    statement = (
        select(profile, account.username, Reaction)
        .join(account, account.id == profile.account_id)
        .join(Reaction, Reaction.account_id == profile.account_id)
        .where(Reaction.message_id == message_id)
    )
    if emoji is not None:
        statement = statement.where(Reaction.emoji == emoji)
    return await paginate(session, statement, key=Reaction.id, paging=paging)


async def _tell(
    session: WriteSession, caller: auth_callers.Caller, message: message_models.Message, demand: Demand
) -> None:
    reacted = events.Reacted(actor_id=caller.account_id, chat_id=message.chat_id, message_id=message.id)
    await service_messages.conclude(session, reacted, demand)

"""Hooks of a chat: made, listed, given another code and taken back by its admins.

A hook writes as a bot of its own, which is an admin of the chat: so it writes where members only read, and is not
slowed down. It has no key, and so no way to use that rank otherwise. The hook lives as long as the bot is a member,
whoever sent it away; its messages stay.
"""

from typing import Any

from sqlalchemy import delete, func, select, update

from src.archives import service as archives_service
from src.auth import callers as auth_callers
from src.auth import opaque as auth_opaque
from src.bots import service as bots_service
from src.chats import exceptions, hook_models, message_models, service
from src.chats.constants import MAX_HOOKS
from src.database import ReadSession, WriteSession, exists
from src.groups import service as groups_service
from src.groups.constants import SERVER, Departure, GroupRole
from src.pagination import Paging, Slice, paginate
from src.users import queries as users_queries

Hook = hook_models.ChatHook
Message = message_models.Message
_BOT_NAME = "hook"


async def create(session: WriteSession, *, caller: auth_callers.Caller, chat_id: int, name: str) -> tuple[Any, str]:
    """A new hook as a row of `page`; with it comes the code that nobody sees again.

    Raises:
        ChatNotFound, ChatNotYours: see `service.administered`.
        TooManyHooks: the chat has as many as it may have.
        GroupIsFull: of `groups`; there is no place for its bot.
    """
    await service.administered(session, caller=caller, chat_id=chat_id)
    live = select(func.count()).select_from(Hook).where(Hook.chat_id == chat_id, Hook.digest.is_not(None))
    if (await session.scalar(live) or 0) >= MAX_HOOKS:
        raise exceptions.TooManyHooks
    bot_id = await bots_service.make_part(session, name=_BOT_NAME, display_name=name)
    group = await groups_service.hold(session, group_id=chat_id)
    await groups_service.enter(session, group, account_id=bot_id, by_id=caller.account_id)
    await groups_service.set_role(session, group_id=chat_id, account_id=bot_id, role=GroupRole.ADMIN, by_id=SERVER)
    code = auth_opaque.new_hook_code()
    hook = Hook(chat_id=chat_id, account_id=bot_id, created_by_id=caller.account_id, digest=auth_opaque.digest(code))
    session.add(hook)
    await session.flush()
    return await _find(session, chat_id=chat_id, hook_id=hook.id), code


async def page(session: ReadSession, *, chat_id: int, paging: Paging) -> Slice[Any]:
    """The hooks of a chat that are good, the newest first; rows are for `users.queries.person_of`, with `ChatHook`."""
    statement = _hooks().where(Hook.chat_id == chat_id)
    return await paginate(session, statement, key=Hook.id, paging=paging)


async def rotate(session: WriteSession, *, caller: auth_callers.Caller, chat_id: int, hook_id: int) -> tuple[Any, str]:
    """Gives a hook another code: the one before is good no more.

    Raises:
        ChatNotFound, ChatNotYours: see `service.administered`.
        HookNotFound: the chat has no such hook.
    """
    await service.administered(session, caller=caller, chat_id=chat_id)
    row = await _find(session, chat_id=chat_id, hook_id=hook_id)
    code = auth_opaque.new_hook_code()
    row.ChatHook.digest = auth_opaque.digest(code)
    await session.flush()
    return row, code


async def revoke(session: WriteSession, *, caller: auth_callers.Caller, chat_id: int, hook_id: int) -> None:
    """Takes a hook back: its bot leaves the chat.

    Raises:
        ChatNotFound, ChatNotYours: see `service.administered`.
        HookNotFound: the chat has no such hook.
    """
    await service.administered(session, caller=caller, chat_id=chat_id)
    row = await _find(session, chat_id=chat_id, hook_id=hook_id)
    group = await groups_service.hold(session, group_id=chat_id)
    await groups_service.depart(
        session, group, account_id=row.ChatHook.account_id, by_id=caller.account_id, how=Departure.REMOVED
    )


async def end(session: WriteSession, *, chat_id: int, account_id: int) -> None:
    """Ends the hook whose bot is no member any more, if the account is one; a bot that has said nothing goes, too."""
    ended = (
        update(Hook)
        .where(Hook.chat_id == chat_id, Hook.account_id == account_id, Hook.digest.is_not(None))
        .values(digest=None)
        .returning(Hook.id)
        .execution_options(synchronize_session=False)
    )
    hook_id = (await session.scalars(ended)).one_or_none()
    if hook_id is not None and not await exists(session, select(Message.id).where(Message.sender_id == account_id)):
        await session.execute(delete(Hook).where(Hook.id == hook_id))
        await archives_service.delete_now(session, account_id=account_id)


async def discard(session: WriteSession, *, chat_id: int) -> None:
    """Deletes the hooks of a chat that is deleted, with their bots."""
    gone = delete(Hook).where(Hook.chat_id == chat_id).returning(Hook.account_id)
    for account_id in sorted((await session.scalars(gone)).all()):
        await archives_service.delete_now(session, account_id=account_id)


async def _find(session: ReadSession, *, chat_id: int, hook_id: int) -> Any:
    """One row of `page`.

    Raises:
        HookNotFound: the chat has no such hook.
    """
    statement = _hooks().where(Hook.chat_id == chat_id, Hook.id == hook_id)
    row = (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        raise exceptions.HookNotFound
    return row


def _hooks() -> Any:
    statement = users_queries.people().add_columns(Hook)
    return statement.join(Hook, Hook.account_id == users_queries.Account.id).where(Hook.digest.is_not(None))

"""A program writes through a hook, by nothing but its code."""

from dataclasses import dataclass
from hashlib import blake2b
from uuid import UUID

from sqlalchemy import select

from src.auth import callers as auth_callers
from src.auth import opaque as auth_opaque
from src.chats import exceptions, hook_models, hook_schemas, hook_texts, message_schemas, sending, service_sending
from src.database import ReadSession
from src.feature import Role
from src.users import visibility

Hook = hook_models.ChatHook


@dataclass(frozen=True, slots=True)
class Place:
    """A hook that is good: where it writes, and as whom."""

    hook_id: int
    chat_id: int
    account_id: int


async def find(session: ReadSession, *, code: str) -> Place:
    """The hook of this code.

    It is found by the digest: how long that takes says nothing of how much of a code is right.

    Raises:
        HookNotValid: the code is none, its hook has ended, or staff has suspended the hook's bot.
    """
    if not auth_opaque.is_hook_code(code):
        raise exceptions.HookNotValid
    good = select(Hook.id, Hook.chat_id, Hook.account_id).where(
        Hook.digest == auth_opaque.digest(code), visibility.active(Hook.account_id)
    )
    row = (await session.execute(good)).one_or_none()
    if row is None:
        raise exceptions.HookNotValid
    return Place(row.id, row.chat_id, row.account_id)


async def post(
    means: service_sending.Means, *, place: Place, message: hook_schemas.HookMessage, key: str | None
) -> tuple[sending.Sent, bool]:
    """Writes a message of the hook's bot; where it stands, and whether its text had to be cut.

    It may name members, but not all of them at once: nobody could be asked not to do that again.

    Args:
        means: what a process has open for sending.
        place: the hook.
        message: what the program says.
        key: the program's own name for the message; again under the same one it is not written twice.

    Raises:
        HookNotValid: the hook has ended in this moment.
        MessageEmpty: there is nothing to see.
        MessageDiffers: something else was sent under this key.
        ChatIsReadOnly, ChatIsSlow: the chat's owner has taken the rank of an admin from the hook's bot.
    """
    text, is_cut = hook_texts.text_of(message)
    data = message_schemas.MessageCreate(text=text, cid=None if key is None else _cid(key))
    bot = auth_callers.Caller(account_id=place.account_id, session_id=0, role=Role.MEMBER)
    try:
        sent = await service_sending.send(means, caller=bot, chat_id=place.chat_id, data=data, may_name_all=False)
    except exceptions.ChatNotFound:
        # Its seat was taken away after it was found.
        raise exceptions.HookNotValid from None
    return sent, is_cut


def _cid(key: str) -> UUID:
    """The client id that stands for a key; two share one only by a chance of one in 2¹²⁸."""
    return UUID(bytes=blake2b(key.encode(), digest_size=16, person=b"hearth hook key").digest())

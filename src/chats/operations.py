"""What members do over the socket instead of by a route: send, and say that they are writing."""

from src.chats import frames, message_schemas, queries, service_sending
from src.chats.constants import STREAM, Permission
from src.chats.exceptions import ChatIsReadOnly, ChatNotFound, PartnerUnavailable
from src.chats.message_dependencies import means_in
from src.chats.service_events import stream_of
from src.feature import Part
from src.realtime import parts as realtime_parts
from src.realtime import turns as realtime_turns
from src.schemas import Id, Input


class Send(message_schemas.MessageCreate):
    """A message to a chat."""

    chat_id: Id


class Typing(Input):
    """The caller is writing something in a chat."""

    chat_id: Id


async def send(operation: realtime_parts.Operation, payload: Send) -> message_schemas.MessageSentRead:
    """As `POST /v1/chats/{chat_id}/messages`."""
    means = means_in(operation.database, operation.resources)
    sent = await service_sending.send(means, caller=operation.caller, chat_id=payload.chat_id, data=payload)
    return service_sending.sent_read(payload.chat_id, sent)


async def show_typing(operation: realtime_parts.Operation, payload: Typing) -> None:
    """Shows the other members that the caller is writing.

    Raises:
        ChatNotFound, PartnerUnavailable, ChatIsReadOnly: the caller cannot write there.
    """
    account_id = operation.caller.account_id
    rows = await queries.HINDRANCES.fetch(operation.database, chat_id=payload.chat_id, account_id=account_id)
    if not rows:
        raise ChatNotFound
    is_blocked, is_closed = rows[0]
    if is_blocked:
        raise PartnerUnavailable
    if is_closed:
        raise ChatIsReadOnly
    shown = frames.Typing(account_id=account_id).model_dump_json().encode()
    operation.hub.ephemeral(stream_of(payload.chat_id), frames.TYPING, shown, by=account_id)


def _turn(payload: Send) -> realtime_turns.Turn:
    """Plain messages keep their order by themselves; one on which something hangs takes longer than those after it."""
    return realtime_turns.Turn(f"send {payload.chat_id}", alone=not service_sending.is_plain(payload))


PARTS: tuple[Part, ...] = (
    realtime_parts.Op(
        "send",
        Send,
        message_schemas.MessageSentRead,
        send,
        permission=Permission.WRITE,
        turn=_turn,
    ),
    realtime_parts.Op("typing", Typing, None, show_typing, permission=Permission.WRITE),
    realtime_parts.EventType(STREAM, frames.TYPING, frames.Typing, ephemeral=True),
)

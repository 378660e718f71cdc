"""What has happened in a chat gets the next number of its stream."""

from sqlalchemy import update

from src.chats import events, models
from src.chats.constants import STREAM
from src.database import WriteSession
from src.events import event

Chat = models.Chat


def stream_of(chat_id: int) -> str:
    """The name of the chat's stream."""
    return f"{STREAM}:{chat_id}"


async def tell(session: WriteSession, *happened: events.ChatEvent) -> None:
    """Publishes events of one chat, in this order, as the next entries of its stream.

    The chat's row stays locked until the unit of work ends, so entries become visible in the order of their numbers.
    Whoever locks other rows of the chat, too, tells last. Of a chat that is gone nothing is told.
    """
    chat_id = happened[0].chat_id
    counted = update(Chat).where(Chat.id == chat_id).values(last_ev=Chat.last_ev + len(happened))
    last = await session.scalar(counted.returning(Chat.last_ev).execution_options(synchronize_session=False))
    if last is not None:
        for ev, one in enumerate(happened, start=last - len(happened) + 1):
            event.publish(session, one, stream=stream_of(chat_id), ev=ev)

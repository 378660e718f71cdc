"""Messages that come back from an archive: those that somebody has written to themselves, told nobody.

What was said to others stays where it was said: an archive is what a stranger wrote, and nobody else has agreed to it.
"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy import insert, select, update

from src import markup
from src.chats import events, message_models, models, service_events
from src.chats.constants import GROUP_KIND, MAX_MEDIA, MAX_TEXT, MEDIA_KIND, ChatKind
from src.database import ReadSession, WriteSession
from src.groups import service as groups_service
from src.media import restoring as media_restoring
from src.models import id_at, instant_of
from src.polls import service_restores as polls_restores
from src.restoring import Arrival, DatedId, OldId, Outcome, Row, Skipped, Work
from src.schemas import Instant, Text

Chat, Seat = models.Chat, models.Seat
Message = message_models.Message


class ArchivedMessage(BaseModel):
    """A row of `messages`."""

    id: DatedId
    sender_id: OldId
    to_oneself: bool
    text: Annotated[Text, Field(max_length=MAX_TEXT)]
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    edited_at: Instant | None


async def restore_messages(session: WriteSession, arrival: Arrival, rows: Sequence[Row]) -> Outcome:
    """Writes the notes to oneself that have never been brought here behind those that are here, oldest first."""
    outcome = Outcome()
    messages = {message.id: message for message in outcome.valid(ArchivedMessage, rows)}
    own = {id_: message for id_, message in messages.items() if message.sender_id == arrival.archived_id}
    notes = {id_: message for id_, message in own.items() if message.to_oneself}
    outcome.skipped[Skipped.NOT_PERMITTED] += len(messages) - len(own)
    outcome.skipped[Skipped.LEFT_OUT] += len(own) - len(notes)
    known = await arrival.ledger.known(session, Message.__tablename__, notes)
    outcome.known = len(known)
    fresh = [message for id_, message in sorted(notes.items()) if id_ not in known]
    if fresh:
        chat = await _own_chat(session, arrival.account_id)
        await arrival.ledger.note(session, Message.__tablename__, await _write(session, chat, arrival, fresh))
        outcome.new = len(fresh)
    return outcome


async def restore_what_hangs(work: Work, arrival: Arrival) -> None:
    """Hangs media and polls on messages on which they hung; see `media.restoring` and `polls.service_restores`."""
    await media_restoring.restore(work, arrival, media_restoring.Things(MEDIA_KIND, MAX_MEDIA, _find_here))
    await polls_restores.restore(work, arrival, polls_restores.Things(MEDIA_KIND, _find_without_poll, _ask))


async def _find_here(session: ReadSession, arrival: Arrival, old_id: int) -> int | None:
    """The message that this was, if it is still here."""
    here = await arrival.ledger.known(session, Message.__tablename__, [old_id])
    still = select(Message.id).where(
        Message.id == here.get(old_id, 0), Message.sender_id == arrival.account_id, Message.deleted_at.is_(None)
    )
    if isinstance(session, WriteSession):
        still = still.with_for_update(key_share=True)
    return (await session.scalars(still)).one_or_none()


async def _find_without_poll(session: ReadSession, arrival: Arrival, old_id: int) -> int | None:
    """The same, if it holds no poll."""
    message_id = await _find_here(session, arrival, old_id)
    if message_id is None:
        return None
    return await session.scalar(select(Message.id).where(Message.id == message_id, Message.poll_id.is_(None)))


async def _ask(session: WriteSession, message_id: int, poll_id: int) -> None:
    asked = update(Message).where(Message.id == message_id).values(poll_id=poll_id)
    await session.execute(asked.execution_options(synchronize_session=False))


async def _own_chat(session: WriteSession, account_id: int) -> models.Chat:
    """The chat of the account with itself, locked; made if there is none."""
    mine = select(Chat).where(Chat.low_id == account_id, Chat.high_id == account_id)
    found = await session.scalar(mine.with_for_update(key_share=True).execution_options(populate_existing=True))
    if found is not None:
        return found
    group = await groups_service.found(session, kind=GROUP_KIND, owner_id=account_id, is_fixed=True)
    chat = Chat(
        id=group.id,
        kind=ChatKind.DIRECT,
        low_id=account_id,
        high_id=account_id,
        is_public=False,
        is_read_only=False,
        slow_mode_seconds=0,
        last_seq=0,
        last_ev=0,
        latest_id=group.id,
    )
    session.add(chat)
    await session.flush()
    session.add(Seat(chat_id=chat.id, account_id=account_id, read_seq=0))
    await session.flush()
    return chat


async def _write(
    session: WriteSession, chat: models.Chat, arrival: Arrival, messages: Sequence[ArchivedMessage]
) -> dict[int, int]:
    """Numbers and writes messages; old id to new. Of all of them the chat tells once."""
    places = dict(enumerate(messages, start=chat.last_seq + 1))
    values = [
        {
            "id": id_at(instant_of(message.id)),
            "chat_id": chat.id,
            "seq": seq,
            "ev": chat.last_ev,
            "sender_id": arrival.account_id,
            "digest": 0,
            "text": markup.clean(message.text),
            "names_all": False,
            "version": message.version,
            "edited_at": message.edited_at,
        }
        for seq, message in places.items()
    ]
    written = (await session.execute(insert(Message).values(values).returning(Message.seq, Message.id))).all()
    last = max(places)
    read = update(Seat).where(Seat.chat_id == chat.id, Seat.account_id == arrival.account_id).values(read_seq=last)
    await session.execute(read.execution_options(synchronize_session=False))
    chat.last_seq = last
    chat.latest_id = max(chat.latest_id, *(row.id for row in written))
    await session.flush()
    await service_events.tell(session, events.ChatChanged(actor_id=arrival.account_id, chat_id=chat.id))
    return {places[row.seq].id: row.id for row in written}

"""A read mark as it is told: to the reader's own devices for sure, to the other members in passing."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from src.chats import schemas, service_reads
from src.chats.constants import STREAM, Permission
from src.chats.service_events import stream_of
from src.database import WriteSession
from src.feature import Part
from src.realtime import constants as realtime_constants
from src.realtime import parts as realtime_parts
from src.realtime import personal as realtime_personal
from src.schemas import Count, Id, Input, Output

OWN_READ = "chat.read"
READ = "read"


class Read(Input):
    """How far one has read in a chat."""

    chat_id: Id
    seq: Annotated[Count, Field(description="The number of the last message that was read.")]


class OwnReadFrame(Output):
    """The reader's other devices: how far one has read, and what was left then."""

    chat_id: Id
    read_seq: int
    unread_count: int
    mentions_count: int


class ReadFrame(Output):
    """The other members: how far somebody has read."""

    account_id: Id
    read_seq: int


@dataclass(frozen=True)
class Reader:
    """Somebody who reads, and where that is told."""

    account_id: int
    hub: realtime_parts.Streams


async def mark(session: WriteSession, reader: Reader, *, chat_id: int, seq: int) -> schemas.ReadMarkRead:
    """Notes how far somebody has read; if that is further than before, it is told.

    Raises:
        ChatNotFound, ChatNotYours: see `service_reads.mark`.
    """
    account_id = reader.account_id
    standing = await service_reads.mark(session, account_id=account_id, chat_id=chat_id, seq=seq)
    shown = schemas.ReadMarkRead(
        read_seq=standing.read_seq, unread_count=standing.unread, mentions_count=standing.mentions
    )
    if standing.has_moved:
        own = OwnReadFrame(chat_id=chat_id, **dict(shown)).model_dump(mode="json")
        await realtime_personal.append(session, OWN_READ, [(account_id, own)])
        if standing.told:
            data = ReadFrame(account_id=account_id, read_seq=standing.read_seq).model_dump_json().encode()
            session.after_commit(
                lambda: reader.hub.ephemeral(stream_of(chat_id), READ, data, by=account_id, to=standing.told)
            )
    return shown


async def read(operation: realtime_parts.Operation, payload: Read) -> schemas.ReadMarkRead:
    """As `PUT /v1/chats/{chat_id}/read`."""
    reader = Reader(operation.caller.account_id, operation.hub)
    async with operation.database.write() as session:
        return await mark(session, reader, chat_id=payload.chat_id, seq=payload.seq)


PARTS: tuple[Part, ...] = (
    realtime_parts.Op("read", Read, schemas.ReadMarkRead, read, permission=Permission.WRITE),
    realtime_parts.EventType(realtime_constants.OWN, OWN_READ, OwnReadFrame, permission=Permission.READ),
    realtime_parts.EventType(STREAM, READ, ReadFrame, ephemeral=True),
)

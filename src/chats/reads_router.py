"""Endpoints of what members have read and how they are told of the rest."""

from fastapi import APIRouter

from src.auth import dependencies as auth_dependencies
from src.chats import exceptions, read_operations, schemas, service_reads, utils
from src.chats.dependencies import ChatId, OwnChat, Reader, Writer
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.realtime import dependencies as realtime_dependencies

router = APIRouter(tags=["chats"])

_OWN = (*auth_dependencies.GUARDED, InvalidInput, exceptions.ChatNotFound, exceptions.ChatNotYours)


@router.get("/all/unread", summary="Count what is unread", responses=problems(*auth_dependencies.GUARDED, InvalidInput))
async def count_unread(caller: Reader, session: ReadDep) -> schemas.UnreadRead:
    """In all chats of the caller, but for those that are muted or of which they want to hear nothing."""
    chats, unread, mentions = await service_reads.totals(session, account_id=caller.account_id)
    return schemas.UnreadRead(chats_count=chats, unread_count=unread, mentions_count=mentions)


@router.get(
    "/all/settings",
    summary="Get what holds for all of one's chats",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput),
)
async def read_chat_settings(caller: Reader, session: ReadDep) -> schemas.ChatSettingsRead:
    """Whether others see what one has read."""
    shares = await service_reads.shares_reads(session, account_id=caller.account_id)
    return schemas.ChatSettingsRead(shares_reads=shares)


@router.patch(
    "/all/settings",
    summary="Change what holds for all of one's chats",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput),
)
async def change_chat_settings(
    data: schemas.ChatSettingsUpdate, caller: Writer, session: WriteDep
) -> schemas.ChatSettingsRead:
    """Who does not let others see what they have read does not see it of others either."""
    if data.model_fields_set:
        await service_reads.share_reads(session, account_id=caller.account_id, shares=data.shares_reads)
    shares = await service_reads.shares_reads(session, account_id=caller.account_id)
    return schemas.ChatSettingsRead(shares_reads=shares)


@router.put("/{chat_id}/read", summary="Say how far one has read", responses=problems(*_OWN))
async def mark_chat_read(
    chat_id: ChatId, data: schemas.ReadUpdate, caller: Writer, session: WriteDep, hub: realtime_dependencies.HubDep
) -> schemas.ReadMarkRead:
    """The mark moves forward only; a number beyond the newest message stands for that one."""
    reader = read_operations.Reader(caller.account_id, hub)
    return await read_operations.mark(session, reader, chat_id=chat_id, seq=data.seq)


@router.get("/{chat_id}/receipts", summary="Who has read how far", responses=problems(*_OWN))
async def list_receipts(sight: OwnChat, session: ReadDep) -> schemas.ReceiptsRead:
    """Of the members who let others know; of nobody in chats of more than a hundred, or if one does not oneself."""
    rows = await service_reads.receipts(session, sight)
    return schemas.ReceiptsRead(items=[schemas.ReceiptRead.model_validate(row) for row in rows])


@router.put("/{chat_id}/notifications", summary="Say how one is told of a chat", responses=problems(*_OWN))
async def change_chat_notifications(
    chat_id: ChatId, data: schemas.NotificationsUpdate, caller: Writer, session: WriteDep
) -> schemas.NotificationsRead:
    """Of which messages, and whether it is muted until some time."""
    seat = await service_reads.tell_of(session, account_id=caller.account_id, chat_id=chat_id, data=data)
    return utils.notifications_read(seat)

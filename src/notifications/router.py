"""The endpoints of the inbox."""

from dataclasses import replace
from http import HTTPStatus

from fastapi import APIRouter

from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.notifications import exceptions, queries, schemas, service_inbox, utils
from src.notifications.dependencies import CatalogueDep, Inbox, NotificationId, UnreadOnly, UpTo, WantedDep, Writer
from src.pagination import InvalidCursor, Page, PagingDep

router = APIRouter(tags=["notifications"])

_ERRORS = (*auth_dependencies.GUARDED, InvalidInput)
_LISTS = (*_ERRORS, InvalidCursor, exceptions.NotificationKindUnknown)


@router.get("", summary="Read one's notifications", responses=problems(*_LISTS))
async def list_notifications(
    session: ReadDep, inbox: Inbox, paging: PagingDep, wanted: WantedDep, *, unread: UnreadOnly = False
) -> Page[schemas.NotificationRead]:
    """One by one, the newest first; with `group`, those that are shown as one."""
    found = await service_inbox.page(session, reader=inbox, wanted=replace(wanted, unread=unread), paging=paging)
    items = [utils.notification_read(row, inbox.catalogue, found) for row in found.rows.rows]
    return paging.page(found.rows, items)


@router.get("/groups", summary="Read one's notifications in groups", responses=problems(*_LISTS))
async def list_groups(
    session: ReadDep, inbox: Inbox, paging: PagingDep, wanted: WantedDep, *, unread: UnreadOnly = False
) -> Page[schemas.GroupRead]:
    """Likes of one post on one day are one group, and so on; the group with the newest arrival first."""
    asked = replace(wanted, unread=unread)
    rows, groups = await service_inbox.group_page(session, reader=inbox, wanted=asked, paging=paging)
    return paging.page(rows, [utils.group_read(group, inbox.catalogue) for group in groups])


@router.get("/unread", summary="Count one's unread notifications", responses=problems(*auth_dependencies.GUARDED))
async def count_unread(session: ReadDep, inbox: Inbox) -> schemas.UnreadRead:
    """For a badge: up to 99."""
    return utils.unread_read(await service_inbox.unread(session, reader=inbox))


@router.post("/read", summary="Mark notifications as read", responses=problems(*_ERRORS))
async def read_notifications(
    data: schemas.ReadMark, session: WriteDep, caller: Writer, catalogue: CatalogueDep
) -> schemas.UnreadRead:
    """All up to the newest one seen, a group, or all; answers what is unread afterwards."""
    wanted = queries.Wanted(up_to=data.up_to, group=data.group)
    await service_inbox.mark_read(session, caller=caller, wanted=wanted)
    reader = service_inbox.reader_of(caller, catalogue)
    return utils.unread_read(await service_inbox.unread(session, reader=reader))


@router.delete(
    "",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Clear one's notifications",
    responses=problems(*_ERRORS, exceptions.NotificationKindUnknown),
)
async def clear_notifications(session: WriteDep, caller: Writer, wanted: WantedDep, up_to: UpTo = None) -> None:
    """Throws away all, or what is given: up to one that was seen, of some kinds, of a group."""
    await service_inbox.clear(session, caller=caller, wanted=replace(wanted, up_to=up_to))


@router.post(
    "/{notification_id}/read",
    summary="Mark a notification as read",
    responses=problems(*_ERRORS, exceptions.NotificationNotFound),
)
async def read_notification(
    notification_id: NotificationId, session: WriteDep, caller: Writer, catalogue: CatalogueDep
) -> schemas.UnreadRead:
    """Once more changes nothing; answers what is unread afterwards."""
    await service_inbox.mark_one_read(session, caller=caller, notification_id=notification_id)
    reader = service_inbox.reader_of(caller, catalogue)
    return utils.unread_read(await service_inbox.unread(session, reader=reader))


@router.post(
    "/{notification_id}/dismiss",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Dismiss a notification",
    responses=problems(*_ERRORS, exceptions.NotificationNotFound),
)
async def dismiss_notification(notification_id: NotificationId, session: WriteDep, caller: Writer) -> None:
    """Throws one away."""
    await service_inbox.dismiss(session, caller=caller, notification_id=notification_id)

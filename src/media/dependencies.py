"""What the endpoints of media ask for: a permitted caller, an item that the caller may see or owns, an upload."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, ReadSession, database_of
from src.feature import Registry, RegistryDep
from src.media import attachments, disk, exceptions, models, schemas, service, service_direct, service_usage, uploads
from src.media.constants import STORES_RESOURCE, Permission, State
from src.media.rendered import Variant
from src.media.stores import Stores
from src.schemas import Id

Caller = auth_dependencies.Caller
MediaId = Annotated[Id, Path(description="The item's id.")]
DirectId = Annotated[Id, Path(description="The id that came with the form.")]
Reader = Annotated[Caller, auth_dependencies.requires(Permission.READ)]
Lister = Annotated[Caller, auth_dependencies.requires(Permission.LIST)]
Writer = Annotated[Caller, auth_dependencies.requires(Permission.WRITE)]


async def stores_of(request: Request) -> Stores:
    """The stores of the process that serves this request."""
    stores: Stores = getattr(request.state, STORES_RESOURCE)
    return stores


StoresDep = Annotated[Stores, Depends(stores_of)]


async def readable_item(session: ReadDep, caller: Reader, registry: RegistryDep, media_id: MediaId) -> models.MediaItem:
    """The item of the path: the caller's own, or on something that the caller may see.

    Raises:
        MediaNotFound: it does not exist for this caller.
    """
    item = await service.find(session, media_id=media_id)
    if item is None or not await _may_read(session, caller, registry, item):
        raise exceptions.MediaNotFound
    return item


ReadableItem = Annotated[models.MediaItem, Depends(readable_item)]


async def _may_read(session: ReadSession, caller: Caller, registry: Registry, item: models.MediaItem) -> bool:
    if item.owner_id == caller.account_id:
        return True
    if item.attached_kind is None or item.attached_id is None:
        return False
    part = attachments.by_kind(registry).get(item.attached_kind)
    if part is None:
        return False
    # A key that may not read such things sees no more of them than a stranger.
    viewer_id = caller.account_id if caller.may(part.permission) else 0
    return await part.readable(session, viewer_id, item.attached_id)


async def owned_item(caller: Writer, session: ReadDep, media_id: MediaId) -> models.MediaItem:
    """The item of the path, which is the caller's.

    Raises:
        MediaNotFound: it does not exist, or is somebody else's.
    """
    item = await service.find(session, media_id=media_id)
    if item is None or item.owner_id != caller.account_id:
        raise exceptions.MediaNotFound
    return item


OwnedItem = Annotated[models.MediaItem, Depends(owned_item)]


@dataclass(frozen=True)
class Served:
    """A file that the caller may have; `public` if everybody may."""

    file: models.MediaFile
    name: str
    public: bool


async def readable_file(
    session: ReadDep, caller: Reader, item: ReadableItem, variant: Annotated[Variant, Path(description="Which file.")]
) -> Served:
    """The file of the path.

    Raises:
        MediaNotFound: there is none, or not yet.
    """
    found = None
    if item.state == State.READY:
        found = await service.find_file(session, media_id=item.id, variant=variant)
    if found is None:
        raise exceptions.MediaNotFound
    return Served(found, f"{item.id}-{variant}", public=caller.is_stranger)


ReadableFile = Annotated[Served, Depends(readable_file)]


async def received_upload(request: Request, caller: Writer, stores: StoresDep) -> AsyncIterator[uploads.Upload]:
    """The request's file, in a store; see `uploads.received`.

    Whoever has no room left is told before their bytes are taken.

    Raises:
        QuotaExceeded, StorageFull, TooManyUploads: there is no room.
    """
    declared = request.headers.get("content-length", "")
    more = int(declared) if declared.isdigit() else 0
    await disk.refuse_full(stores.incoming, more=more)
    # The request's session takes a connection at its first statement, so this one does not wait for it.
    async with (await database_of(request)).read() as session:
        await service_usage.refuse_full(session, owner_id=caller.account_id, more=more)
        await service_usage.refuse_busy(session, owner_id=caller.account_id)
    async with uploads.received(request, stores) as upload:
        yield upload


async def finished_upload(
    request: Request, caller: Writer, stores: StoresDep, upload_id: DirectId, data: schemas.MediaDetails
) -> uploads.Upload:
    """The file that the caller has sent past Hearth, by the form of the path; see `uploads.looked_at`.

    What is refused here is removed with the files that have no row.

    Raises:
        MediaNotFound: there is no such form of the caller's, or nothing has come by it.
    """
    # The request's own session takes a connection at its first statement, so none is held while S3 is asked.
    async with (await database_of(request)).read() as session:
        form = await service_direct.find(session, owner_id=caller.account_id, upload_id=upload_id)
    if form is None:
        raise exceptions.MediaNotFound
    return await uploads.looked_at(stores.of(form.store), form.key, data)


FinishedUpload = Annotated[uploads.Upload, Depends(finished_upload)]
ReceivedUpload = Annotated[uploads.Upload, Depends(received_upload, scope="function")]

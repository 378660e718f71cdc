"""What the endpoints of archives ask for: a caller who may, an export of the caller's own, a file that comes in."""

from collections.abc import AsyncIterator
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Path, Query, Request

from src.archives import exceptions, fetching, folder, models, service_exports, service_imports, uploads
from src.archives.constants import Permission
from src.archives.parts import Importer
from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, database_of
from src.feature import RegistryDep
from src.media import serving as media_serving
from src.schemas import Id, Text

ExportId = Annotated[Id, Path(description="The export's id.")]
Bringer = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.IMPORT)]


async def own_export(session: ReadDep, caller: auth_dependencies.Reauthenticated, export_id: ExportId) -> models.Export:
    """The export of the path, which is the caller's.

    Raises:
        ExportNotFound: it does not exist, has expired, or is somebody else's.
    """
    found = await service_exports.find(session, caller=caller, export_id=export_id)
    if found is None:
        raise exceptions.ExportNotFound
    return found


OwnExport = Annotated[models.Export, Depends(own_export)]


async def made_file(request: Request, export: OwnExport) -> fetching.ExportedFile:
    """The file of the export of the path, or the part of it that is asked for.

    Raises:
        ExportNotReady: it is still being made.
        ExportNotFound: it is gone.
        RangeNotSatisfiable: of `media`, it ends before the part.
    """
    if export.made_at is None:
        raise exceptions.ExportNotReady
    path = await to_thread.run_sync(folder.path_of, export.key)
    if not await to_thread.run_sync(path.is_file):
        raise exceptions.ExportNotFound
    size = (await to_thread.run_sync(path.stat)).st_size
    span = media_serving.span_of(request.headers.get("range"), size)
    return fetching.ExportedFile(path, f"hearth-{export.made_at.date().isoformat()}.zip", size, span)


MadeFile = Annotated[fetching.ExportedFile, Depends(made_file)]


async def known_kind(
    registry: RegistryDep,
    kind: Annotated[
        Text,
        Query(
            max_length=30,
            description="What the file is: hearth (an export of an account), mastodon (an archive), or one of "
            "Mastodon's CSV files: follows, blocks, mutes, bookmarks, lists.",
            examples=["hearth"],
        ),
    ],
) -> str:
    """The kind of an import.

    Raises:
        ImportKindUnknown: nobody brings such files along.
    """
    if kind not in {part.kind for part in registry.all(Importer)}:
        raise exceptions.ImportKindUnknown
    return kind


ImportKind = Annotated[str, Depends(known_kind)]


async def received(request: Request, caller: Bringer, _kind: ImportKind) -> AsyncIterator[uploads.Upload]:
    """The file of the request's body, on the disk; for who may send one, and before the unit of work begins.

    Raises:
        ImportUnderWay: the caller has sent one that is not over.
    """
    # The request's own session takes a connection at its first statement, so none is held while the file comes in.
    async with (await database_of(request)).read() as session:
        await service_imports.refuse_second(session, account_id=caller.account_id)
    async with uploads.received(request) as upload:
        yield upload


ReceivedUpload = Annotated[uploads.Upload, Depends(received, scope="function")]

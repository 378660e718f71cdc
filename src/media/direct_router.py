"""The endpoints of files that go straight to S3, for clients with big ones: a form first, an item afterwards."""

from http import HTTPStatus

from fastapi import APIRouter

from src import idempotency
from src.auth import dependencies as auth_dependencies
from src.aws import exceptions as aws_exceptions
from src.database import WriteDep
from src.exceptions import InvalidInput, problems
from src.media import exceptions, schemas, service, service_direct, utils
from src.media.constants import UPLOADING
from src.media.dependencies import DirectId, FinishedUpload, StoresDep, Writer

router = APIRouter(tags=["media"], route_class=idempotency.Route)

_FULL = (exceptions.MediaTooLarge, exceptions.QuotaExceeded, exceptions.StorageFull)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    summary="Get a form for a big file",
    dependencies=[auth_dependencies.limited(UPLOADING)],
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, exceptions.DirectUnavailable, *_FULL),
)
async def create_direct_upload(
    data: schemas.DirectUploadCreate, caller: Writer, stores: StoresDep, session: auth_dependencies.CreateDep
) -> schemas.DirectUploadRead:
    """Where files are kept in S3, a form that sends one there without a detour. It is good for an hour."""
    return await service_direct.create(session, caller=caller, store=stores.current, data=data)


@router.post(
    "/{upload_id}/finish",
    status_code=HTTPStatus.ACCEPTED,
    summary="Make an item of a file that was sent",
    responses=problems(
        *auth_dependencies.GUARDED,
        InvalidInput,
        exceptions.MediaNotFound,
        exceptions.MediaTypeRefused,
        exceptions.ToolsMissing,
        *_FULL,
        exceptions.TooManyUploads,
        exceptions.StoreUnavailable,
        aws_exceptions.S3Unavailable,
    ),
)
async def finish_direct_upload(
    upload: FinishedUpload, upload_id: DirectId, caller: Writer, session: WriteDep
) -> schemas.MediaRead:
    """Looks at what has come by the form, and goes on as with any upload; once, so that it cannot double."""
    await service_direct.use(session, upload_id=upload_id)
    return utils.media_read(await service.take_in(session, caller=caller, upload=upload))

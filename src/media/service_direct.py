"""Files that clients send past Hearth: who was given which form, and what became of it."""

from datetime import timedelta

from sqlalchemy import BigInteger, delete, func, select

from src import clock
from src.auth import callers as auth_callers
from src.config import of
from src.database import ReadSession, WriteSession
from src.media import exceptions, models, schemas, service_usage
from src.media.config import MediaSettings
from src.media.constants import DIRECT_SECONDS
from src.media.store import Store, new_key
from src.models import id_at

DirectUpload = models.DirectUpload


async def create(
    session: WriteSession, *, caller: auth_callers.Caller, store: Store, data: schemas.DirectUploadCreate
) -> schemas.DirectUploadRead:
    """A form for one file. What other forms may still bring counts as if it were there.

    Raises:
        DirectUnavailable: the store takes no files by forms.
        MediaTooLarge, QuotaExceeded, StorageFull: there is no room for it.
    """
    key, now = new_key(), clock.now()
    form = store.form(key, data.bytes)
    if form is None:
        raise exceptions.DirectUnavailable
    if data.bytes > of(MediaSettings).media_max_bytes:
        raise exceptions.MediaTooLarge
    open_forms = select(func.coalesce(func.sum(DirectUpload.most_bytes), 0).cast(BigInteger)).where(
        DirectUpload.owner_id == caller.account_id, DirectUpload.expires_at > now
    )
    more = data.bytes + (await session.execute(open_forms)).scalar_one()
    await service_usage.refuse_full(session, owner_id=caller.account_id, more=more)
    made = DirectUpload(
        id=id_at(now),
        owner_id=caller.account_id,
        key=key,
        store=store.name,
        most_bytes=data.bytes,
        expires_at=now + timedelta(seconds=DIRECT_SECONDS),
    )
    session.add(made)
    await session.flush()
    return schemas.DirectUploadRead(id=made.id, url=form.url, fields=dict(form.fields), expires_at=made.expires_at)


async def find(session: ReadSession, *, owner_id: int, upload_id: int) -> models.DirectUpload | None:
    """A form that is still good, if it is this person's."""
    statement = select(DirectUpload).where(
        DirectUpload.id == upload_id, DirectUpload.owner_id == owner_id, DirectUpload.expires_at > clock.now()
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def use(session: WriteSession, *, upload_id: int) -> None:
    """The form has done its duty; of two who finish it at once, one does.

    Raises:
        MediaNotFound: somebody was first.
    """
    gone = delete(DirectUpload).where(DirectUpload.id == upload_id).returning(DirectUpload.id)
    if (await session.execute(gone)).one_or_none() is None:
        raise exceptions.MediaNotFound


async def forget_expired(session: WriteSession) -> None:
    """Forgets forms that are good no longer; their files have no row, and are swept away."""
    await session.execute(delete(DirectUpload).where(DirectUpload.expires_at <= clock.now()))

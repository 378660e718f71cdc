"""What this server says of itself to everybody, put together from what the packages below know."""

from src.about import models as about_models
from src.about import service as about_service
from src.auth import config as auth_config
from src.auth import models as auth_models
from src.config import Settings, of
from src.database import ReadSession
from src.media import config as media_config
from src.media import limits as media_limits
from src.middleware.stack import MiddlewareSettings
from src.operations import queries, schemas
from src.pagination import MAX_LIMIT
from src.polls import constants as polls_constants
from src.posts import config as posts_config
from src.posts import constants as posts_constants
from src.posts import models as posts_models
from src.users import constants as users_constants


async def read(session: ReadSession, *, version: str) -> schemas.ServerRead:
    """What everybody may know."""
    decided = await about_service.read(session)
    is_public = of(Settings).public_read
    return schemas.ServerRead(
        name=decided.name,
        description=decided.description,
        version=version,
        contact=decided.contact,
        rules=decided.rules,
        registration=await about_service.registration(session),
        email_required=of(auth_config.AuthSettings).email_required,
        public_read=is_public,
        limits=_limits(),
        counts=await _counts(session) if is_public else None,
    )


def settings_read(row: about_models.ServerSettings) -> schemas.ServerSettingsRead:
    """What admins have decided."""
    return schemas.ServerSettingsRead.model_validate(row)


def _limits() -> schemas.ServerLimits:
    media = of(media_config.MediaSettings)
    return schemas.ServerLimits(
        post_length=of(posts_config.PostsSettings).post_max_length,
        bio_length=users_constants.MAX_BIO,
        display_name_length=users_constants.MAX_DISPLAY_NAME,
        profile_links=users_constants.MAX_LINKS,
        page_items=MAX_LIMIT,
        body_bytes=MiddlewareSettings().body_bytes,
        post_media=posts_constants.MAX_MEDIA,
        poll_options=polls_constants.MAX_OPTIONS,
        poll_option_length=polls_constants.MAX_OPTION,
        media_bytes=media.media_max_bytes,
        image_bytes=media.media_max_image_bytes,
        image_pixels=media_limits.MAX_PIXELS,
        film_seconds=media.media_max_seconds,
    )


async def _counts(session: ReadSession) -> schemas.ServerCounts:
    accounts, posts = auth_models.Account.__tablename__, posts_models.Post.__tablename__
    rows = await queries.estimate(session, (accounts, posts))
    return schemas.ServerCounts(accounts=rows[accounts], posts=rows[posts])

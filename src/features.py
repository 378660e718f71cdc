"""The list: what this Hearth is made of. A new domain is one line here."""

from sqlalchemy import MetaData

from src.about.feature import FEATURE as ABOUT
from src.archives.feature import FEATURE as ARCHIVES
from src.auth.feature import FEATURE as AUTH
from src.bots.feature import FEATURE as BOTS
from src.chats.feature import FEATURE as CHATS
from src.events.feature import FEATURE as EVENTS
from src.feature import Feature
from src.groups.feature import FEATURE as GROUPS
from src.limits.feature import FEATURE as LIMITS
from src.mail.feature import FEATURE as MAIL
from src.mastodon_archive.feature import FEATURE as MASTODON_ARCHIVE
from src.media.feature import FEATURE as MEDIA
from src.models import Base
from src.notifications.feature import FEATURE as NOTIFICATIONS
from src.operations.feature import FEATURE as OPERATIONS
from src.outbound.feature import FEATURE as OUTBOUND
from src.polls.feature import FEATURE as POLLS
from src.posts.feature import FEATURE as POSTS
from src.previews.feature import FEATURE as PREVIEWS
from src.reactions.feature import FEATURE as REACTIONS
from src.realtime.feature import FEATURE as REALTIME
from src.search.feature import FEATURE as SEARCH
from src.tasks.feature import FEATURE as TASKS
from src.timelines.feature import FEATURE as TIMELINES
from src.users.feature import FEATURE as USERS

FEATURES: tuple[Feature, ...] = (
    EVENTS,
    LIMITS,
    MAIL,
    OUTBOUND,
    AUTH,
    TASKS,
    MEDIA,
    ABOUT,
    USERS,
    GROUPS,
    ARCHIVES,
    BOTS,
    REALTIME,
    NOTIFICATIONS,
    PREVIEWS,
    SEARCH,
    POLLS,
    POSTS,
    CHATS,
    REACTIONS,
    TIMELINES,
    MASTODON_ARCHIVE,
    OPERATIONS,
)


def metadata() -> MetaData:
    """All tables of all features (importing this module has loaded their models)."""
    return Base.metadata

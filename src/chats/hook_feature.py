"""What hooks add to the table of contents of chats."""

from src.chats import archive_hooks, hooks_router
from src.chats.constants import HOOKS_PATH, MAX_HOOK_BODY
from src.feature import BodyLimit, Owned, Part, Router

PARTS: tuple[Part, ...] = (
    Router(hooks_router.router, prefix="/v1/chats"),
    Router(hooks_router.codes_router, prefix=HOOKS_PATH),
    BodyLimit(HOOKS_PATH, lambda: MAX_HOOK_BODY, any_type=True),
    Owned(archive_hooks.TABLES, export=archive_hooks.export, erase=archive_hooks.erase),
)

"""What chats hand to the house."""

from src.chats import (
    batching,
    chat_feature,
    constants,
    hook_feature,
    message_feature,
    operations,
    sending_router,
    stream,
)
from src.feature import Feature, Permissions, Resource, Router

FEATURE = Feature(
    "chats",
    (
        Router(sending_router.router, prefix="/v1/chats"),
        Permissions(constants.Permission),
        Resource("chat_sends", batching.opened),
        *chat_feature.PARTS,
        *hook_feature.PARTS,
        *stream.PARTS,
        *operations.PARTS,
        # Last, and so erased first: see `archive_messages.erase`.
        *message_feature.PARTS,
    ),
)

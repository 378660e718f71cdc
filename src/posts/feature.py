"""What posts hand to the house."""

from src.feature import Check, Feature, Owned, Permissions, Router
from src.posts import archive, checks, constants, models, router

FEATURE = Feature(
    "posts",
    (
        Router(router.router, prefix="/v1/posts"),
        Permissions(constants.Permission),
        Owned(
            (models.Post, models.PostEdit, models.PostMention, models.PostHashtag),
            export=archive.export,
            erase=archive.erase,
        ),
        Check("posts.counters", checks.counters),
    ),
)

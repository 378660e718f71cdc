"""What reactions hand to the house."""

from src.feature import Check, Feature, Owned, Permissions, Router
from src.reactions import archive, checks, constants, router

FEATURE = Feature(
    "reactions",
    (
        Router(router.router, prefix="/v1/posts"),
        Permissions(constants.Permission),
        Owned(archive.KINDS, export=archive.export, erase=archive.erase),
        Check("reactions.counters", checks.counters),
    ),
)

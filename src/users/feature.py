"""The table of contents of people."""

from src.feature import Check, Feature, Job, Owned, Permissions, Router
from src.users import archive, checks, constants, jobs, models, relations_router, router, signup_router

FEATURE = Feature(
    "users",
    (
        Router(signup_router.router, prefix="/v1/auth"),
        Router(router.router, prefix="/v1/users"),
        Router(relations_router.router, prefix="/v1/users"),
        Permissions(constants.Permission),
        Job("users.clear_mutes", jobs.clear_mutes, every=300),
        Owned((models.Profile, models.Follow, models.Block, models.Mute), export=archive.export, erase=archive.erase),
        Check("users.counters", checks.counters),
        Check("users.profiles", checks.profiles),
    ),
)

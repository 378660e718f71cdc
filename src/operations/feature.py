"""What operations hand to the house."""

from src.feature import Feature, Resource, Router
from src.operations import admin_router, examination, readiness, router, server_router

FEATURE = Feature(
    "operations",
    (
        Router(router.router, prefix=""),
        Router(server_router.router, prefix="/v1"),
        Router(admin_router.router, prefix="/v1/admin"),
        Resource("readiness", readiness.opened),
        examination.Examination(),
    ),
)

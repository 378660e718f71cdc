"""The table of contents of operations."""

from src.feature import Feature, Resource, Router
from src.operations import readiness, router

FEATURE = Feature(
    "operations",
    (
        Router(router.router, prefix=""),
        Resource("readiness", readiness.opened),
    ),
)

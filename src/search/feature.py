"""What search hands to the house."""

from src.feature import Feature, MadeRouter, Permissions
from src.pagination import Page
from src.search import constants, people, router, sources
from src.users import schemas as users_schemas

FEATURE = Feature(
    "search",
    (
        MadeRouter(router.router_of, prefix="/v1/search"),
        Permissions(constants.Permission),
        sources.Source("people", people.answer, Page[users_schemas.ProfileRead]),
    ),
)

"""What bots hand to the house. Whose they are stands with their accounts, in `auth`."""

from src.bots import constants, router
from src.feature import Feature, Permissions, Router

FEATURE = Feature("bots", (Router(router.router, prefix="/v1/bots"), Permissions(constants.Permission)))

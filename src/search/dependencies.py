"""What the endpoint of search asks for."""

from typing import Annotated

from src.auth import dependencies as auth_dependencies
from src.search.constants import Permission

Reader = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.READ)]

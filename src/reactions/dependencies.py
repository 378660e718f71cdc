"""What the endpoints of reactions ask for; the post itself comes by `posts.dependencies.ValidPost`."""

from typing import Annotated

from src.auth import dependencies as auth_dependencies
from src.reactions.constants import Permission

Reader = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.READ)]
Writer = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.WRITE)]

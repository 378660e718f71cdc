"""What the endpoints of reactions ask for; the post itself comes by `posts.dependencies.ValidPost`."""

from typing import Annotated

from src.auth.dependencies import Caller, requires
from src.reactions.constants import Permission

Reader = Annotated[Caller, requires(Permission.READ)]
Writer = Annotated[Caller, requires(Permission.WRITE)]

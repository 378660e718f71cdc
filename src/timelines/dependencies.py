"""What the endpoints of timelines ask for."""

from typing import Annotated

from fastapi import Path

from src.auth import dependencies as auth_dependencies
from src.schemas import Text
from src.timelines.constants import MAX_HASHTAG, Permission

Reader = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.READ)]
HomeReader = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.HOME)]
Hashtag = Annotated[Text, Path(min_length=1, max_length=MAX_HASHTAG, description="Without the #; in any spelling.")]

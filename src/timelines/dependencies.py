"""What the endpoints of timelines ask for."""

from typing import Annotated

from fastapi import Path

from src.auth.dependencies import Caller, requires
from src.schemas import Text
from src.timelines.constants import MAX_HASHTAG, Permission

Reader = Annotated[Caller, requires(Permission.READ)]
HomeReader = Annotated[Caller, requires(Permission.HOME)]
Hashtag = Annotated[Text, Path(min_length=1, max_length=MAX_HASHTAG, description="Without the #; in any spelling.")]

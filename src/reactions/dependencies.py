"""What the endpoints of reactions ask for; the post that one reacts to comes by `posts.dependencies.ValidPost`."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from src.auth import dependencies as auth_dependencies
from src.database import ReadDep
from src.posts import dependencies as posts_dependencies
from src.posts import exceptions as posts_exceptions
from src.posts import models as posts_models
from src.reactions import models, service
from src.reactions.constants import Permission

Reader = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.READ)]
Writer = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.WRITE)]


@dataclass(frozen=True)
class _ReactedPost:
    """The post of the path, for taking this kind of reaction back."""

    kind: type[models.Reaction]

    async def __call__(
        self, session: ReadDep, caller: posts_dependencies.Reader, post_id: posts_dependencies.PostId
    ) -> posts_models.Post:
        """The post, which the caller sees, or saw when they did this to it.

        Raises:
            PostNotFound: neither.
        """
        found = await service.find_reacted(session, self.kind, caller=caller, post_id=post_id)
        if found is None:
            raise posts_exceptions.PostNotFound
        return found


LikedPost = Annotated[posts_models.Post, Depends(_ReactedPost(models.Like))]
RepostedPost = Annotated[posts_models.Post, Depends(_ReactedPost(models.Repost))]
BookmarkedPost = Annotated[posts_models.Post, Depends(_ReactedPost(models.Bookmark))]

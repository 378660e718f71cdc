"""Expressions of reactions for the statements of others."""

from sqlalchemy import ColumnElement

from src.models import there_is
from src.posts import models as posts_models
from src.reactions import models
from src.users import visibility


def reacted(kind: type[models.Reaction], viewer_id: visibility.AccountId) -> ColumnElement[bool]:
    """Whether the viewer has done this to the post of the statement."""
    return there_is(kind, kind.account_id == viewer_id, kind.post_id == posts_models.Post.id)

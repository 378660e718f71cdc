"""Expressions of reactions for the statements of others."""

from sqlalchemy import ColumnElement, literal_column, select

from src.posts import models as posts_models
from src.reactions import models
from src.users import visibility


def reacted(kind: type[models.Reaction], viewer_id: visibility.AccountId) -> ColumnElement[bool]:
    """Whether the viewer has done this to the post of the statement.

    A scalar subquery, not EXISTS: the planner may turn that into a read of all the viewer's reactions.
    """
    found = (
        select(literal_column("true"))
        .where(kind.account_id == viewer_id, kind.post_id == posts_models.Post.id)
        .correlate(posts_models.Post)
        .scalar_subquery()
    )
    return found.is_not(None)

"""For whom a new post is: what its author asks for, within what the post that it answers and its group allow."""

from typing import NamedTuple

from src.auth import callers as auth_callers
from src.database import WriteSession
from src.groups import kinds as groups_kinds
from src.groups import service as groups_service
from src.posts import exceptions, models, schemas
from src.posts.constants import Visibility, VisibilityName


class Audience(NamedTuple):
    """Who may see a post, as stored."""

    visibility: Visibility
    group_id: int | None


async def decide(
    session: WriteSession,
    *,
    caller: auth_callers.Caller,
    data: schemas.PostCreate,
    parent: models.Post | None,
    kinds: groups_kinds.GroupKinds,
) -> Audience:
    """The audience of the caller's new post; of a group, the caller stays a member until the end of the transaction.

    So whoever is the last to leave it leaves no post behind that would come later.

    Raises:
        GroupAndVisibilityDiffer, ReplyLeavesGroup: what is asked for cannot be.
        GroupNotFound, RoleTooLow: of `groups`; the caller does not belong to the group, or may not write to all.
    """
    audience = _asked(data, parent)
    if audience.group_id is not None:
        await groups_service.address(session, kinds=kinds, group_id=audience.group_id, by_id=caller.account_id)
    return audience


def _asked(data: schemas.PostCreate, parent: models.Post | None) -> Audience:
    is_for_group = data.visibility is VisibilityName.GROUP
    if parent is not None and parent.group_id is not None:
        leaves = "visibility" in data.model_fields_set and not is_for_group
        if leaves or data.group_id not in {None, parent.group_id}:
            raise exceptions.ReplyLeavesGroup
        return Audience(Visibility.GROUP, parent.group_id)
    if is_for_group != (data.group_id is not None):
        raise exceptions.GroupAndVisibilityDiffer
    return Audience(Visibility[data.visibility.name], data.group_id)

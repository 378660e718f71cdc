"""What the endpoints of notifications ask for: a caller, what they want to see, and the process's catalogue."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from src.auth import dependencies as auth_dependencies
from src.notifications import exceptions, queries, schemas, service_inbox
from src.notifications.constants import MAX_KINDS, Permission
from src.notifications.kinds import Catalogue
from src.schemas import Id

NotificationId = Annotated[Id, Path(description="The notification's id.")]
Reader = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.READ)]
Writer = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.WRITE)]


async def catalogue_of(request: Request) -> Catalogue:
    """The kinds and subjects of this process."""
    catalogue: Catalogue = request.state.notifications
    return catalogue


CatalogueDep = Annotated[Catalogue, Depends(catalogue_of)]


async def inbox_of(caller: Reader, catalogue: CatalogueDep) -> queries.Reader:
    """The caller as the reader of their own inbox."""
    return service_inbox.reader_of(caller, catalogue)


Inbox = Annotated[queries.Reader, Depends(inbox_of)]


async def wanted(
    catalogue: CatalogueDep,
    kinds: Annotated[
        list[schemas.KindName] | None, Query(max_length=MAX_KINDS, description="Of these kinds; may stand repeatedly.")
    ] = None,
    group: Annotated[schemas.GroupKey | None, Query(description="Of this group.")] = None,
) -> queries.Wanted:
    """What a request narrows the inbox to.

    Raises:
        NotificationKindUnknown: a kind that this server does not have.
    """
    for number, kind in enumerate(kinds or ()):
        if kind not in catalogue.kinds:
            raise exceptions.NotificationKindUnknown("query", "kinds", number)
    return queries.Wanted(kinds=kinds, group=group)


WantedDep = Annotated[queries.Wanted, Depends(wanted)]
UnreadOnly = Annotated[bool, Query(description="Only what is unread.")]
UpTo = Annotated[Id | None, Query(description="Only what is not newer than this one.")]

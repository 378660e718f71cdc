"""What clients send and get about groups."""

from typing import Annotated

from pydantic import ConfigDict, Field

from src.groups.constants import MAX_INVITE_USES, GivenRoleName, GroupRoleName
from src.schemas import Count, Id, Input, Instant, Output
from src.users import schemas as users_schemas


class MemberRead(Output):
    """Somebody who belongs to a group."""

    user: users_schemas.Author
    role: GroupRoleName
    since: Instant


class MemberUpdate(Input):
    """What a member shall be."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "admin"}]})

    role: GivenRoleName


class BanRead(Output):
    """Somebody who must not come."""

    user: users_schemas.Author
    by_id: Annotated[Id | None, Field(description="Who banned them; null if that account is gone.")]
    at: Instant


class Transfer(Input):
    """Whose the group shall be."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"account_id": "115612345678901248"}]})

    account_id: Id


class InviteCreate(Input):
    """An invite; without limits it is good until it is taken back."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"expires_at": "2199-03-01T12:00:00.000Z", "max_uses": 10}]}
    )

    expires_at: Instant | None = None
    max_uses: Annotated[Count, Field(ge=1, le=MAX_INVITE_USES)] | None = None


class InviteRead(Output):
    """An open invite, without its code."""

    id: Id
    created_by_id: Id
    created_at: Instant
    expires_at: Annotated[Instant | None, Field(description="Null: never.")]
    max_uses: Annotated[int | None, Field(description="Null: as many as there are places.")]
    uses: int


class GroupInviteCreated(InviteRead):
    """A new invite: the only time that its code is seen."""

    code: Annotated[str, Field(examples=["7K3M-9QXD-0ABC-WXYZ"])]


class InvitedGroupRead(Output):
    """A group, as whoever is invited sees it."""

    id: Id
    kind: Annotated[str, Field(description="What they do together.", examples=["chat"])]
    name: Annotated[str | None, Field(examples=["Film night"])]
    members_count: int

"""What admins get about privileged acts and about accounts."""

from typing import Annotated

from pydantic import Field

from src.auth.constants import AccountState, Role
from src.schemas import Count, Flag, Id, Instant, Output


class AuditEntryRead(Output):
    """Something that staff has done by the power of a role."""

    id: Id
    at: Instant
    actor_id: Annotated[Id | None, Field(description="Null: they have left, or it was a command on the server.")]
    action: Annotated[str, Field(examples=["auth.account_suspended"])]
    subject: Annotated[str, Field(examples=["account"])]
    subject_id: Id | None
    details: Annotated[dict[str, str], Field(examples=[{"from": "member", "to": "moderator"}])]


class AccountAdministered(Output):
    """An account as admins see it."""

    id: Id
    username: Annotated[str, Field(examples=["ada"])]
    email: Annotated[str | None, Field(examples=["ada@example.org"])]
    email_confirmed_at: Instant | None
    role: Role
    state: AccountState
    is_bot: Annotated[Flag, Field(description="A program acts through it, by keys alone.")]
    owner_id: Annotated[Id | None, Field(description="Of a bot: whose it is; null if it belongs to a chat's hook.")]
    created_at: Instant
    second_factor_at: Annotated[Instant | None, Field(description="Null: the password alone opens the account.")]
    sessions_count: Annotated[Count, Field(description="Devices that are signed in.")]
    last_used_at: Annotated[Instant | None, Field(description="Of its sessions and keys, to about ten seconds.")]

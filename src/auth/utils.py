"""Small things without rules of their own: permissions by their texts, and rows as answers."""

from collections.abc import Mapping
from typing import Any

from src.auth import audit_schemas, schemas, sessions
from src.auth.callers import Caller
from src.auth.constants import Role
from src.auth.models import Account, ApiKey, Invitation, Session
from src.feature import Permission

KnownPermissions = Mapping[str, Permission]
"""All permissions that the features have registered, by their text."""


def can_pass_on(known: KnownPermissions, caller: Caller, scope: str) -> bool:
    """Whether the caller may give this scope to a key: it exists, keys may hold it, and the caller holds it."""
    permission = known.get(scope)
    return permission is not None and permission.for_keys and caller.may(permission)


def own_account_read(account: Account, caller: Caller, known: KnownPermissions) -> schemas.OwnAccountRead:
    """The account with what the caller may do."""
    return schemas.OwnAccountRead(
        id=account.id,
        username=account.username,
        email=account.email,
        email_confirmed_at=account.email_confirmed_at,
        role=Role.of(account.role),
        created_at=account.created_at,
        password_changed_at=account.password_changed_at,
        permissions=sorted(text for text, permission in known.items() if caller.may(permission)),
    )


def account_administered(row: Any) -> audit_schemas.AccountAdministered:
    """A row of `account_list` for admins."""
    account: Account = row.Account
    return audit_schemas.AccountAdministered(
        id=account.id,
        username=account.username,
        email=account.email,
        email_confirmed_at=account.email_confirmed_at,
        role=Role.of(account.role),
        state=account.state,
        is_bot=row.is_bot,
        owner_id=row.owner_id,
        created_at=account.created_at,
        second_factor_at=account.second_factor_at,
        sessions_count=row.sessions_count,
        last_used_at=row.last_used_at,
    )


def grant_read(grant: sessions.Grant) -> schemas.GrantRead:
    """What a client gets when it signs in or refreshes."""
    return schemas.GrantRead.model_validate(grant)


def session_read(row: Session, caller: Caller) -> schemas.SessionRead:
    """A session, marked if it is the caller's present one."""
    return schemas.SessionRead(
        id=row.id,
        device=row.device,
        address=row.address,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
        current=row.id == caller.session_id,
    )


def api_key_created(row: ApiKey, secret: str) -> schemas.ApiKeyCreated:
    """A new key with its secret."""
    return schemas.ApiKeyCreated(**dict(schemas.ApiKeyRead.model_validate(row)), secret=secret)


def invitation_created(row: Invitation, code: str) -> schemas.InvitationCreated:
    """A new invitation with its code."""
    return schemas.InvitationCreated(**dict(schemas.InvitationRead.model_validate(row)), code=code)

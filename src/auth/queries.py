"""The statements behind requests with credentials, and those that write what requests leave behind."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnClause,
    DateTime,
    TableValuedAlias,
    Text,
    Update,
    bindparam,
    column,
    func,
    insert,
    literal,
    select,
    update,
)

from src.auth.constants import AccountState, SecurityEventKind
from src.auth.models import Account, ApiKey, Revocation, SecurityEvent, Session
from src.database import HotRead
from src.models import Base

REVOKED = HotRead(select(Revocation.credential_id))

API_KEY = HotRead(
    select(ApiKey.id, ApiKey.account_id, ApiKey.scopes, ApiKey.expires_at, Account.role, Account.second_factor_at)
    .join(Account, Account.id == ApiKey.account_id)
    .where(ApiKey.digest == bindparam("digest"), ApiKey.ended_at.is_(None), Account.state == AccountState.ACTIVE.value)
)


def _given(*columns: ColumnClause[Any]) -> TableValuedAlias:
    """A table made of one list for each column, each a parameter of the column's name."""
    lists = [bindparam(column.name, type_=ARRAY(column.type)) for column in columns]
    return func.unnest(*lists).table_valued(*columns, name="given").render_derived()


_USES = _given(column("credential_id", BigInteger), column("at", DateTime(timezone=True)))
_FAILURES = _given(
    column("account_id", BigInteger),
    column("at", DateTime(timezone=True)),
    column("address", Text),
    column("device", Text),
)


def _write_uses(kind: type[Session | ApiKey]) -> Update:
    # Without the rows that somebody else has locked: two processes that gather must not wait in a circle, and who
    # holds a row is just using it.
    free = (
        select(kind.id, _USES.c.at)
        .join(_USES, _USES.c.credential_id == kind.id)
        .with_for_update(of=kind, skip_locked=True)
        .subquery("free")
    )
    return update(kind).where(kind.id == free.c.id).values(last_used_at=func.greatest(kind.last_used_at, free.c.at))


WRITE_SESSION_USES = _write_uses(Session)
WRITE_KEY_USES = _write_uses(ApiKey)
# The bare table: for a mapped class the session would take the parameters for its columns.
WRITE_FAILED_LOGINS = insert(Base.metadata.tables[SecurityEvent.__tablename__]).from_select(
    ["account_id", "kind", "at", "address", "device"],
    select(
        Account.id,
        literal(SecurityEventKind.LOGIN_FAILED.value),
        _FAILURES.c.at,
        _FAILURES.c.address,
        _FAILURES.c.device,
    ).join(_FAILURES, _FAILURES.c.account_id == Account.id),
)

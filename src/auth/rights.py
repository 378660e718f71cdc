"""What a session may do: all that the account's role may, or less as long as the server waits for something."""

from dataclasses import dataclass
from datetime import datetime

from src.auth.config import AuthSettings, SecondFactorDemand
from src.auth.constants import Permission as AuthPermission
from src.auth.models import Account
from src.config import of
from src.feature import Role

# Besides what is open to strangers: to look after the account itself.
_READING = frozenset[str]({AuthPermission.READ, AuthPermission.SECURITY})


@dataclass(frozen=True)
class Rights:
    """What an access token says: the role, and the only permissions that it opens (empty: all of the role)."""

    role: Role
    scopes: frozenset[str] = frozenset()


def needs_second_factor(role: Role) -> bool:
    """Whether people of this role have to have one."""
    demand = of(AuthSettings).totp_required_for
    return demand is not SecondFactorDemand.NOBODY and role >= Role[demand.name]


def present_role(role: Role, second_factor_at: datetime | None) -> Role:
    """The role as it counts now: who needs a second factor and has none is a member."""
    return Role.MEMBER if second_factor_at is None and needs_second_factor(role) else role


def of_account(account: Account) -> Rights:
    """What the account's sessions may do now; it shows when they are next refreshed."""
    role = present_role(account.role, account.second_factor_at)
    if of(AuthSettings).email_required and account.email is not None and account.email_confirmed_at is None:
        return Rights(role, _READING)
    return Rights(role)

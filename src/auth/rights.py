"""What a session may do: all that the account's role may, or less as long as the server waits for something."""

from dataclasses import dataclass

from src.auth.config import AuthSettings
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


def of_account(account: Account) -> Rights:
    """What the account's sessions may do now; it shows when they are next refreshed."""
    if of(AuthSettings).email_required and account.email is not None and account.email_confirmed_at is None:
        return Rights(account.role, _READING)
    return Rights(account.role)

"""That somebody who is signed in knows the account's password: asked in no transaction, and counted when wrong."""

from src import clock
from src.auth import service as accounts
from src.auth.authenticator import Authenticator
from src.auth.callers import Caller, Origin
from src.auth.exceptions import WrongPassword
from src.auth.models import Account
from src.database import Database


def attempts_name(account_id: int) -> str:
    """What wrong passwords of an account are counted as, wherever it is asked for one and however it is named."""
    return f"password {account_id}"


async def prove_password(
    database: Database, authenticator: Authenticator, *, caller: Caller, password: str, origin: Origin
) -> Account:
    """The caller's account as it was when the password was right.

    Raises:
        TooManyAttempts: too many wrong passwords from there.
        WrongPassword: the password is another.
        PasswordsBusy: too many others are signing in.
    """
    async with database.read() as session:
        seen = await accounts.get(session, account_id=caller.account_id)
    with authenticator.attempts.trying(attempts_name(seen.id), origin.address, now=clock.now()) as attempt:
        verdict = await authenticator.hasher.verify(password, seen.password_hash)
        if not verdict.ok:
            attempt.failed()
            authenticator.gathered.failed_login(seen.id, origin)
            raise WrongPassword
        attempt.succeeded()
    return seen

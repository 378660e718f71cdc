"""The second half of a login, and of showing once more who one is: the code.

A wrong code is counted in the database, so the unit of work is committed before the refusal is raised.
"""

from src import clock
from src.auth import challenges, second_factors, sessions
from src.auth import service as accounts
from src.auth.authenticator import Authenticator
from src.auth.callers import Origin
from src.auth.exceptions import ChallengeNotValid, InvalidToken, RecoveryCodeRequired, WrongSecondFactor
from src.auth.second_factor_schemas import SecondFactorLogin
from src.auth.second_factors import Verdict
from src.database import Database, WriteSession


async def finish(
    database: Database, authenticator: Authenticator, *, data: SecondFactorLogin, origin: Origin
) -> sessions.Grant:
    """Opens the session for which the password has been given.

    Raises:
        TooManyAttempts: too many wrong codes from there.
        ChallengeNotValid: the password is to be given anew.
        WrongSecondFactor: the code is wrong or has been used.
        RecoveryCodeRequired: there have been so many wrong codes that from there only a recovery code is taken.
    """
    shown = challenges.parse(data.challenge)
    with authenticator.attempts.trying(attempts_name(shown.account_id), origin.address, now=clock.now()) as attempt:
        async with database.write() as session:
            outcome = await _open(session, authenticator, shown, data.code, origin)
        if isinstance(outcome, sessions.Grant):
            attempt.succeeded()
            return outcome
        if outcome is Verdict.RECOVERY_ONLY:
            raise RecoveryCodeRequired
        attempt.failed()
        raise WrongSecondFactor


def attempts_name(account_id: int) -> str:
    """What wrong codes are counted as, beside wrong passwords."""
    return f"second factor {account_id}"


async def _open(
    session: WriteSession, authenticator: Authenticator, shown: challenges.Challenge, code: str, origin: Origin
) -> sessions.Grant | Verdict:
    try:
        account = await accounts.lock_active(session, account_id=shown.account_id)
    except InvalidToken:
        raise ChallengeNotValid from None
    challenges.prove(authenticator.keyring.refresh_secret, shown, account, now=clock.now())
    verdict = await second_factors.check(session, authenticator.sealer, account=account, code=code, origin=origin)
    if verdict is not Verdict.RIGHT:
        return verdict
    return await sessions.start(session, authenticator, account=account, origin=origin)

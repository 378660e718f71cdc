"""Whether the owner sits before a session, and not who found it open: asked anew for what is sensitive."""

from sqlalchemy import select, update

from src import clock
from src.auth import proofs
from src.auth.authenticator import Authenticator
from src.auth.callers import Caller, Origin
from src.auth.constants import REAUTHENTICATED_FOR
from src.auth.exceptions import ReauthenticationRequired
from src.auth.models import Session
from src.auth.schemas import Reauthentication
from src.database import Database, ReadSession, exists


async def reauthenticate(
    database: Database, authenticator: Authenticator, *, caller: Caller, data: Reauthentication, origin: Origin
) -> None:
    """Marks the caller's session for ten minutes.

    Raises:
        TooManyAttempts: too many wrong passwords from there.
        WrongPassword: the password is another.
        PasswordsBusy: too many others are signing in.
    """
    await proofs.prove_password(database, authenticator, caller=caller, password=data.password, origin=origin)
    async with database.write() as session:
        mine = update(Session).where(Session.id == caller.session_id, Session.ended_at.is_(None))
        await session.execute(mine.values(reauthenticated_at=clock.now()))


async def require(session: ReadSession, *, caller: Caller) -> None:
    """Lets the caller's session pass if it may do what is sensitive.

    Raises:
        ReauthenticationRequired: its owner was asked too long ago.
    """
    since = clock.now() - REAUTHENTICATED_FOR
    mine = select(Session.id).where(Session.id == caller.session_id, Session.account_id == caller.account_id)
    if not await exists(session, mine.where(Session.ended_at.is_(None), Session.reauthenticated_at > since)):
        raise ReauthenticationRequired

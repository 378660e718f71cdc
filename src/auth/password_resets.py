"""A new password for who has forgotten the old one.

Asking for a link does one thing whoever is asked for: it writes down the address. Whether somebody has it is looked
up by a job, so the answer can tell nothing, not even by the time that it takes.
"""

from sqlalchemy import delete, func, select

from src import clock
from src.auth import administration, letters, links, security_events
from src.auth import service as accounts
from src.auth.authenticator import Authenticator
from src.auth.callers import Origin
from src.auth.constants import MAX_OPEN_RESETS, AccountState, LinkPurpose, SecurityEventKind
from src.auth.email_schemas import PasswordReset
from src.auth.exceptions import InvalidToken, LinkNotValid
from src.auth.models import Account, ResetRequest
from src.database import Database, WriteSession
from src.mail import service as mail_service

_AT_ONCE = 100


async def ask(session: WriteSession, *, email: str, origin: Origin) -> None:
    """Notes that a link is wanted; who has no account with this address gets none.

    Raises:
        MailNotConfigured: this server sends no mail.
    """
    mail_service.require()
    session.add(ResetRequest(email=email, language=origin.language, created_at=clock.now()))


async def answer(database: Database) -> None:
    """Sends the links that were asked for; a few to each account in an hour."""
    async with database.write() as session:
        taken = select(ResetRequest.id).order_by(ResetRequest.id).limit(_AT_ONCE).with_for_update(skip_locked=True)
        requests = delete(ResetRequest).where(ResetRequest.id.in_(taken.scalar_subquery())).returning(ResetRequest)
        for request in (await session.scalars(requests)).all():
            await _answer_one(session, request)


async def reset(database: Database, authenticator: Authenticator, *, data: PasswordReset, origin: Origin) -> None:
    """Sets a new password by a link, ends all sessions and keys, and leaves the second factor as it is.

    Raises:
        LinkNotValid: the link is not good.
        PasswordRefused: the password breaks a rule; the link is good still.
        PasswordsBusy: too many others are signing in.
    """
    async with database.read() as session:
        link = await links.look(session, token=data.token, purpose=LinkPurpose.RESET_PASSWORD)
        seen = await accounts.get(session, account_id=link.account_id)
    accounts.check_password(data.new_password, context=[seen.username, seen.email], field="new_password")
    password_hash = await authenticator.hasher.hash_password(data.new_password)
    async with database.write() as session:
        await _set(session, data.token, password_hash, origin)


async def _set(session: WriteSession, token: str, password_hash: str, origin: Origin) -> None:
    link = await links.use(session, token=token, purposes={LinkPurpose.RESET_PASSWORD})
    try:
        account = await accounts.lock_active(session, account_id=link.account_id)
    except InvalidToken:
        raise LinkNotValid from None
    now = clock.now()
    account.password_hash, account.password_changed_at = password_hash, now
    if account.email_confirmed_at is None and account.email == link.email:
        # The link has reached them.
        account.email_confirmed_at = now
    await links.void(session, account_id=account.id, purposes={LinkPurpose.RESET_PASSWORD})
    await administration.end_credentials(session, account_id=account.id)
    security_events.note(session, SecurityEventKind.PASSWORD_RESET, account_id=account.id, origin=origin)
    await letters.send_notice(
        session, "password_changed", account=account, origin=origin, key=str(link.id), page="forgotten-password"
    )


async def _answer_one(session: WriteSession, request: ResetRequest) -> None:
    found = select(Account).where(
        func.lower(Account.email) == func.lower(request.email), Account.state == AccountState.ACTIVE
    )
    account = (await session.scalars(found)).one_or_none()
    purpose = LinkPurpose.RESET_PASSWORD
    if account is None or account.email is None:
        return
    if await links.count(session, account_id=account.id, purpose=purpose) < MAX_OPEN_RESETS:
        await letters.send_link(session, purpose, account=account, to=account.email, language=request.language)

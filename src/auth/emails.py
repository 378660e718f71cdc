"""An account's e-mail address: confirmed by a link that reaches it, changed by one that reaches the new one.

The address of before learns of a change, with a link that takes it back and signs everybody out: who has stolen an
account would change its address first. The oldest such link wins, so that a thief cannot undo the owner's undoing.
"""

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from src import clock
from src.auth import administration, letters, links, security_events
from src.auth import service as accounts
from src.auth.callers import Caller, Origin
from src.auth.constants import LinkPurpose, SecurityEventKind
from src.auth.exceptions import EmailTaken, InvalidToken, LinkNotValid, NothingToConfirm
from src.auth.models import Account
from src.database import ReadSession, WriteSession, exists
from src.mail import service as mail_service


async def welcome(session: WriteSession, *, account_id: int, origin: Origin) -> None:
    """Asks a new account to confirm its address, if it has one."""
    account = await accounts.get(session, account_id=account_id)
    if account.email is not None:
        await _ask(session, account, account.email, LinkPurpose.CONFIRM_EMAIL, origin)


async def ask_again(session: WriteSession, *, caller: Caller, origin: Origin) -> None:
    """Sends the caller another link to confirm the address.

    Raises:
        MailNotConfigured: this server sends no mail.
        NothingToConfirm: there is no address, or it is confirmed.
    """
    mail_service.require()
    account = await accounts.lock_caller(session, caller=caller)
    if account.email is None or account.email_confirmed_at is not None:
        raise NothingToConfirm
    await _ask(session, account, account.email, LinkPurpose.CONFIRM_EMAIL, origin)


async def ask_to_change(session: WriteSession, *, caller: Caller, email: str, origin: Origin) -> None:
    """Sends a link to the address that the caller wants to have; until it is used, nothing changes.

    An address that another account has gets no letter, and the answer is the same: it would tell who is here.

    Raises:
        MailNotConfigured: this server sends no mail.
    """
    mail_service.require()
    account = await accounts.lock_caller(session, caller=caller)
    await links.void(session, account_id=account.id, purposes={LinkPurpose.CHANGE_EMAIL})
    if not await _is_taken(session, email, but_for=account.id):
        await _ask(session, account, email, LinkPurpose.CHANGE_EMAIL, origin)


async def confirm(session: WriteSession, *, token: str, origin: Origin) -> None:
    """What the link of a letter asks for: to confirm an address, or to take a new one.

    Raises:
        LinkNotValid: it is not good, or the account has another address by now.
        EmailTaken: another account has taken the address meanwhile.
    """
    link = await links.use(session, token=token, purposes={LinkPurpose.CONFIRM_EMAIL, LinkPurpose.CHANGE_EMAIL})
    account = await _locked(session, link.account_id)
    if link.purpose is LinkPurpose.CHANGE_EMAIL:
        await _change(session, account, link.email, origin)
    elif account.email is None or account.email.lower() != link.email.lower():
        raise LinkNotValid
    account.email_confirmed_at = clock.now()
    security_events.note(session, SecurityEventKind.EMAIL_CONFIRMED, account_id=account.id, origin=origin)


async def undo(session: WriteSession, *, token: str, origin: Origin) -> None:
    """Gives an account back the address to which this link was sent, and signs everybody out.

    Raises:
        LinkNotValid: it is not good.
        EmailTaken: another account has taken the address meanwhile.
    """
    link = await links.use(session, token=token, purposes={LinkPurpose.UNDO_EMAIL})
    account = await _locked(session, link.account_id)
    await _set(session, account, link.email)
    account.email_confirmed_at = clock.now()
    # Whatever went to addresses that came later is in the wrong hands.
    await links.void(session, account_id=account.id, purposes=set(LinkPurpose), after=link.id)
    await links.void(session, account_id=account.id, purposes=set(LinkPurpose) - {LinkPurpose.UNDO_EMAIL})
    await administration.end_credentials(session, account_id=account.id)
    security_events.note(session, SecurityEventKind.EMAIL_CHANGE_UNDONE, account_id=account.id, origin=origin)


async def _change(session: WriteSession, account: Account, email: str, origin: Origin) -> None:
    before = account.email
    await _set(session, account, email)
    # A new password must not come from a letter that lies in the old mailbox.
    await links.void(session, account_id=account.id, purposes={LinkPurpose.RESET_PASSWORD, LinkPurpose.CONFIRM_EMAIL})
    if before is not None and before.lower() != email.lower():
        await _ask(session, account, before, LinkPurpose.UNDO_EMAIL, origin)
    security_events.note(session, SecurityEventKind.EMAIL_CHANGED, account_id=account.id, origin=origin)


async def _set(session: WriteSession, account: Account, email: str) -> None:
    try:
        async with session.begin_nested():
            account.email = email
    except IntegrityError:
        raise EmailTaken from None


async def _ask(session: WriteSession, account: Account, to: str, purpose: LinkPurpose, origin: Origin) -> None:
    await letters.send_link(session, purpose, account=account, to=to, language=origin.language)


async def _locked(session: WriteSession, account_id: int) -> Account:
    try:
        return await accounts.lock_active(session, account_id=account_id)
    except InvalidToken:
        raise LinkNotValid from None


async def _is_taken(session: ReadSession, email: str, *, but_for: int) -> bool:
    others = select(Account.id).where(func.lower(Account.email) == func.lower(email), Account.id != but_for)
    return await exists(session, others)

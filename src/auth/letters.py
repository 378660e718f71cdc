"""The letters about an account: notices of what has happened to it, and links that only its owner should have."""

from src.auth import links
from src.auth.callers import Origin
from src.auth.constants import LinkPurpose
from src.auth.models import Account
from src.database import WriteSession
from src.mail import service as mail_service

_TEMPLATES = {
    LinkPurpose.CONFIRM_EMAIL: "confirm_email",
    LinkPurpose.CHANGE_EMAIL: "confirm_new_email",
    LinkPurpose.UNDO_EMAIL: "email_changed",
    LinkPurpose.RESET_PASSWORD: "reset_password",
}


async def send_link(session: WriteSession, purpose: LinkPurpose, *, account: Account, to: str, language: str) -> None:
    """Sends a link about the address that it is sent to."""
    if not mail_service.is_available():
        return
    row, url = await links.make(session, account=account, purpose=purpose, email=to)
    values = {"username": account.username, "link": url}
    letter = mail_service.Letter(to, _TEMPLATES[purpose], language, values, key=f"auth.link:{row.id}")
    await mail_service.enqueue(session, letter)


async def send_notice(
    session: WriteSession, template: str, *, account: Account, origin: Origin, key: str, page: str, **values: str
) -> None:
    """Tells the owner what has happened, where the account has an address.

    Args:
        session: the unit of work in which it happens.
        template: the letter.
        account: whose.
        origin: where the request that did it comes from.
        key: what makes it one letter, besides template and account.
        page: the page to which it leads.
        values: what else the letter says.
    """
    if account.email is None:
        return
    known = {"username": account.username, "link": links.page(page), **values}
    letter = mail_service.Letter(
        account.email, template, origin.language, known, key=f"auth.{template}:{account.id}:{key}"
    )
    await mail_service.enqueue(session, letter)

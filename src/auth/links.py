"""Links in letters: each is good once, for a while, and stored as a digest alone."""

from collections.abc import Collection

from sqlalchemy import delete, func, select

from src import clock
from src.auth import opaque
from src.auth.constants import LinkPurpose
from src.auth.exceptions import LinkNotValid
from src.auth.models import Account, OneTimeLink
from src.config import Settings, of
from src.database import ReadSession, WriteSession
from src.models import id_at


async def make(session: WriteSession, *, account: Account, purpose: LinkPurpose, email: str) -> tuple[OneTimeLink, str]:
    """A link about this address, and the address of the page that it leads to, which nobody sees again but in a letter.

    The page's address does not come from the request: whoever asks for a link to somebody else's account could choose
    the host. The secret stands behind the #, which browsers send to no server.
    """
    now, token = clock.now(), opaque.new_link_token()
    row = OneTimeLink(
        id=await session.scalar(select(id_at(now))),
        account_id=account.id,
        purpose=purpose,
        digest=opaque.digest(token),
        email=email,
        created_at=now,
        expires_at=now + purpose.lifetime,
    )
    session.add(row)
    return row, f"{page(purpose.replace('_', '-'))}#{token}"


def page(name: str) -> str:
    """The address of one of the pages on which people look after their account."""
    settings = of(Settings)
    scheme = "http" if settings.tls_cert is None else "https"
    base = settings.hearth_url or f"{scheme}://{settings.host}:{settings.port}"
    return f"{base.rstrip('/')}/account/{name}"


async def look(session: ReadSession, *, token: str, purpose: LinkPurpose) -> OneTimeLink:
    """A link that could be used now.

    Raises:
        LinkNotValid: there is none.
    """
    found = select(OneTimeLink).where(OneTimeLink.digest == opaque.digest(token), OneTimeLink.purpose == purpose)
    link = (await session.scalars(found.where(OneTimeLink.expires_at > clock.now()))).one_or_none()
    if link is None:
        raise LinkNotValid
    return link


async def use(session: WriteSession, *, token: str, purposes: Collection[LinkPurpose]) -> OneTimeLink:
    """Uses a link up; of many who try at once, one gets it.

    Raises:
        LinkNotValid: there is none for these purposes.
    """
    used = delete(OneTimeLink).where(
        OneTimeLink.digest == opaque.digest(token),
        OneTimeLink.purpose.in_(purposes),
        OneTimeLink.expires_at > clock.now(),
    )
    link = (await session.scalars(used.returning(OneTimeLink))).one_or_none()
    if link is None:
        raise LinkNotValid
    return link


async def void(session: WriteSession, *, account_id: int, purposes: Collection[LinkPurpose], after: int = 0) -> None:
    """Voids an account's links for these purposes; those made after the one with the id `after`."""
    mine = delete(OneTimeLink).where(OneTimeLink.account_id == account_id, OneTimeLink.purpose.in_(purposes))
    await session.execute(mine.where(OneTimeLink.id > after))


async def count(session: ReadSession, *, account_id: int, purpose: LinkPurpose) -> int:
    """How many such links an account has that could be used now."""
    mine = select(func.count()).select_from(OneTimeLink)
    mine = mine.where(OneTimeLink.account_id == account_id, OneTimeLink.purpose == purpose)
    return await session.scalar(mine.where(OneTimeLink.expires_at > clock.now())) or 0

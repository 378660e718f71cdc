"""What time does to credentials: what has ended long ago is forgotten."""

from sqlalchemy import delete, or_

from src import clock
from src.auth.constants import AUDIT_KEPT, ENDED_KEPT, SECURITY_EVENTS_KEPT
from src.auth.models import ApiKey, AuditEntry, Invitation, OneTimeLink, Revocation, SecurityEvent, Session
from src.database import Database


async def purge_revocations(database: Database) -> None:
    """Forgets revocations that no token can outlive."""
    async with database.write() as session:
        await session.execute(delete(Revocation).where(Revocation.until < clock.now()))


async def purge_credentials(database: Database) -> None:
    """Forgets sessions, keys, unused invitations and security events that are past their time."""
    now = clock.now()
    long_ago = now - ENDED_KEPT
    async with database.write() as session:
        for kind in (Session, ApiKey):
            await session.execute(delete(kind).where(or_(kind.ended_at < long_ago, kind.expires_at < long_ago)))
        unused = delete(Invitation).where(Invitation.used_at.is_(None), Invitation.expires_at < long_ago)
        await session.execute(unused)
        await session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at < now))
        await session.execute(delete(AuditEntry).where(AuditEntry.at < now - AUDIT_KEPT))
        await session.execute(delete(SecurityEvent).where(SecurityEvent.at < now - SECURITY_EVENTS_KEPT))

"""What happened to an account, kept for its owner."""

from sqlalchemy import Row, select

from src import clock
from src.auth.callers import Origin
from src.auth.constants import SecurityEventKind
from src.auth.models import SecurityEvent
from src.database import ReadSession, WriteSession
from src.pagination import Paging, Slice, paginate

NOWHERE = Origin(address="", device="")


def note(
    session: WriteSession,
    kind: SecurityEventKind,
    *,
    account_id: int,
    origin: Origin = NOWHERE,
    session_id: int | None = None,
    actor_id: int | None = None,
    new_device: bool = False,
) -> None:
    """Notes an event of this account in the unit of work.

    Args:
        session: the unit of work.
        kind: what happened.
        account_id: to whom.
        origin: where the request came from.
        session_id: the session or key that it is about.
        actor_id: who did it; the owner themself is left out.
        new_device: of a login, whether the account did not know the device.
    """
    session.add(
        SecurityEvent(
            account_id=account_id,
            kind=kind,
            at=clock.now(),
            address=origin.address,
            device=origin.device,
            new_device=new_device,
            session_id=session_id,
            actor_id=None if actor_id == account_id else actor_id,
        )
    )


async def list_events(session: ReadSession, *, account_id: int, paging: Paging) -> Slice[Row[SecurityEvent]]:
    """The account's events, newest first."""
    statement = select(SecurityEvent).where(SecurityEvent.account_id == account_id)
    return await paginate(session, statement, key=SecurityEvent.id, paging=paging)

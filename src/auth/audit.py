"""What staff does by the power of a role: a row in the same transaction, for admins to look up.

It holds ids and words of the code, never what somebody wrote. When somebody who acted leaves, the row stays and loses
their id.
"""

from collections.abc import Mapping

from sqlalchemy import Row, select

from src import clock
from src.auth.callers import Caller
from src.auth.models import AuditEntry
from src.database import ReadSession, WriteSession
from src.pagination import Paging, Slice, paginate


def note(
    session: WriteSession,
    *,
    caller: Caller | None,
    action: str,
    subject: str,
    subject_id: int | None = None,
    details: Mapping[str, str] | None = None,
) -> None:
    """Notes a privileged act in the unit of work.

    Args:
        session: the unit of work in which it happens.
        caller: who does it; None for whoever holds the machine, by a command.
        action: `package.what_was_done`, as in `auth.account_suspended`.
        subject: what kind of thing it was done to: `account`, `post`, `setting`.
        subject_id: which one.
        details: words of the code that tell more: roles, names of settings.
    """
    session.add(
        AuditEntry(
            actor_id=None if caller is None else caller.account_id,
            action=action,
            subject=subject,
            subject_id=subject_id,
            details=dict(details or {}),
            at=clock.now(),
        )
    )


async def page(
    session: ReadSession,
    *,
    actor_id: int | None,
    subject: str | None,
    subject_id: int | None,
    paging: Paging,
) -> Slice[Row[AuditEntry]]:
    """What was done, the newest first: by this person, to this kind of thing, to this one."""
    statement = select(AuditEntry)
    for column, wanted in (
        (AuditEntry.actor_id, actor_id),
        (AuditEntry.subject, subject),
        (AuditEntry.subject_id, subject_id),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    return await paginate(session, statement, key=AuditEntry.id, paging=paging)

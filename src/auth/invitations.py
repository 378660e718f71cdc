"""Invitations: who may sign up. Each lets in one person, also when fifty try it at once."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Row, delete, func, or_, select, update

from src import clock
from src.auth import audit, opaque
from src.auth import service as accounts
from src.auth.callers import Caller
from src.auth.config import AuthSettings, RegistrationMode
from src.auth.constants import MAX_OPEN_INVITATIONS, AccountState
from src.auth.constants import Permission as AuthPermission
from src.auth.exceptions import (
    InvitationNotFound,
    InvitationNotValid,
    InvitationRequired,
    RegistrationClosed,
    TooManyInvitations,
)
from src.auth.models import Account, Invitation
from src.auth.schemas import InvitationCreate
from src.config import of
from src.database import ReadSession, WriteSession, exists
from src.feature import Role
from src.models import id_at
from src.pagination import Paging, Slice, paginate


@dataclass(frozen=True)
class Admission:
    """Somebody may sign up, with this role; through an invitation if there is an id."""

    role: Role
    invitation_id: int | None = None


async def create(session: WriteSession, *, caller: Caller, data: InvitationCreate) -> tuple[Invitation, str]:
    """Makes an invitation; with it comes the code that nobody sees again.

    Raises:
        InvalidToken: the caller's session or key has ended in this moment.
        TooManyInvitations: the caller has as many open ones as one may have.
    """
    await accounts.lock_caller(session, caller=caller)
    opened = select(func.count()).select_from(Invitation).where(Invitation.inviter_id == caller.account_id, *_open())
    if (await session.scalar(opened) or 0) >= MAX_OPEN_INVITATIONS:
        raise TooManyInvitations
    row, code = await _make(session, inviter_id=caller.account_id, role=Role.MEMBER, note=data.note)
    _audit(session, "auth.invitation_created", caller, row.id)
    return row, code


async def list_of(session: ReadSession, *, caller: Caller, paging: Paging) -> Slice[Row[Invitation]]:
    """The caller's invitations, used and old ones too, newest first; an admin sees everybody's."""
    statement = select(Invitation).where(_visible_to(caller))
    return await paginate(session, statement, key=Invitation.id, paging=paging)


async def withdraw(session: WriteSession, *, caller: Caller, invitation_id: int) -> None:
    """Takes back an invitation that nobody has used.

    Raises:
        InvitationNotFound: the caller sees none with this id, or it has been used.
    """
    statement = delete(Invitation).where(
        Invitation.id == invitation_id, Invitation.used_at.is_(None), _visible_to(caller)
    )
    withdrawn = (await session.execute(statement.returning(Invitation.id))).one_or_none()
    if withdrawn is None:
        raise InvitationNotFound
    _audit(session, "auth.invitation_withdrawn", caller, invitation_id)


async def void(session: WriteSession, *, inviter_id: int) -> None:
    """Ends the open invitations of somebody who may not invite any more; the used ones stay on record."""
    mine = Invitation.inviter_id == inviter_id
    await session.execute(delete(Invitation).where(mine, Invitation.used_at.is_(None)))


async def look(session: ReadSession, *, code: str | None, mode: RegistrationMode) -> None:
    """Whether `admit` would let somebody through at this moment; promises nothing, and uses nothing up.

    Raises:
        InvitationNotValid, InvitationRequired, RegistrationClosed: as `admit`.
    """
    role = None
    if code is not None:
        role = await session.scalar(select(Invitation.role).where(*_good(code)))
        if role is None:
            raise InvitationNotValid
    _refuse_by_mode(mode, role)


async def admit(session: WriteSession, *, code: str | None, mode: RegistrationMode) -> Admission:
    """Whether somebody may sign up now, with or without an invitation, which is used up in this unit of work.

    Raises:
        InvitationNotValid: the code is not good.
        InvitationRequired: nobody may sign up without one.
        RegistrationClosed: nobody may sign up.
    """
    admission = None if code is None else await _use(session, code)
    _refuse_by_mode(mode, None if admission is None else admission.role)
    return admission or Admission(Role.MEMBER)


async def note_use(session: WriteSession, *, admission: Admission, account_id: int) -> None:
    """Notes who came in by the invitation of the admission, if there was one."""
    if admission.invitation_id is not None:
        used = update(Invitation).where(Invitation.id == admission.invitation_id)
        await session.execute(used.values(used_by_id=account_id))


async def first_admin_secret(session: WriteSession) -> str | None:
    """A code that makes the one who signs up with it an admin; None if the server has one.

    Each call voids the code of the one before, for only its digest is stored. It is printed by who starts the server.
    """
    admins = select(Account.id).where(Account.role == Role.ADMIN, Account.state != AccountState.DELETED)
    if await exists(session, admins.limit(1)):
        return None
    await session.execute(delete(Invitation).where(Invitation.inviter_id.is_(None), Invitation.used_at.is_(None)))
    _, code = await _make(session, inviter_id=None, role=Role.ADMIN, note="")
    return code


async def _make(session: WriteSession, *, inviter_id: int | None, role: Role, note: str) -> tuple[Invitation, str]:
    now, code = clock.now(), opaque.new_invitation_code()
    row = Invitation(
        id=await session.scalar(select(id_at(now))),
        inviter_id=inviter_id,
        digest=opaque.digest(code),
        role=role,
        note=note,
        created_at=now,
        expires_at=now + timedelta(days=of(AuthSettings).invitation_days),
    )
    session.add(row)
    return row, code


async def _use(session: WriteSession, code: str) -> Admission:
    # The row's lock lets one through; the others find it used when their turn comes.
    statement = update(Invitation).where(*_good(code)).values(used_at=clock.now())
    used = await session.execute(statement.returning(Invitation.role, Invitation.id))
    found = used.one_or_none()
    if found is None:
        raise InvitationNotValid
    return Admission(found.role, found.id)


def _audit(session: WriteSession, action: str, caller: Caller, invitation_id: int) -> None:
    audit.note(session, caller=caller, action=action, subject="invitation", subject_id=invitation_id)


def _refuse_by_mode(mode: RegistrationMode, invited_as: Role | None) -> None:
    """Refuses who may not sign up now with an invitation for this role, or without one."""
    # The server's own invitation counts also where it is closed.
    if mode is RegistrationMode.CLOSED and invited_as is not Role.ADMIN:
        raise RegistrationClosed
    if mode is RegistrationMode.INVITATION and invited_as is None:
        raise InvitationRequired


def _good(code: str) -> tuple[ColumnElement[bool], ...]:
    """That it is the invitation of this code, open, and of the server or of somebody who may still invite."""
    parsed = opaque.parse_invitation_code(code)
    if parsed is None:
        raise InvitationNotValid
    inviters = select(Account.id).where(
        Account.state == AccountState.ACTIVE, Account.role >= AuthPermission.INVITE.least
    )
    of_inviter = or_(Invitation.inviter_id.is_(None), Invitation.inviter_id.in_(inviters))
    return Invitation.digest == opaque.digest(parsed), of_inviter, *_open()


def _open() -> tuple[ColumnElement[bool], ...]:
    return Invitation.used_at.is_(None), Invitation.expires_at > clock.now()


def _visible_to(caller: Caller) -> ColumnElement[bool]:
    if caller.role >= Role.ADMIN:
        # All but the server's own.
        return Invitation.inviter_id.is_not(None)
    return Invitation.inviter_id == caller.account_id

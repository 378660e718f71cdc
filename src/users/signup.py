"""Signing up: the one way to an account and its profile, for the page, the bot and the command line alike.

The password is hashed before the transaction begins: that takes as long as a hundred statements and holds nothing up
but those who sign up too. Who could not come in anyway is refused before that; the transaction looks again.
"""

from dataclasses import dataclass

from src import clock
from src.about import service as about_service
from src.auth import authenticator as auth_authenticator
from src.auth import callers as auth_callers
from src.auth import config as auth_config
from src.auth import emails, invitations, passwords, security_events, sessions, usernames
from src.auth import exceptions as auth_exceptions
from src.auth import service as accounts
from src.auth.constants import SecurityEventKind as AuthEventKind
from src.config import of
from src.database import Database, WriteSession
from src.feature import Role
from src.users import exceptions, queries, schemas, service

# What sign-ups are counted as, beside what logins are counted by.
_ATTEMPTS = "sign up"


@dataclass(frozen=True)
class SignedUp:
    """Somebody new, and what acts for them from here on."""

    person: queries.Person
    grant: sessions.Grant


async def sign_up(
    database: Database, hasher: passwords.Hasher, *, data: schemas.SignUp, role: Role | None = None
) -> queries.Person:
    """Makes an account with its profile.

    Args:
        database: where.
        hasher: what hashes the password.
        data: what the person chose.
        role: given by an operator who vouches for them; None asks the registration mode and the invitation.

    Raises:
        UsernameRefused, PasswordRefused, EmailMissing: a rule is broken.
        UsernameTaken, EmailTaken: somebody has it already.
        RegistrationClosed, InvitationRequired, InvitationNotValid: they may not sign up now, or not so.
        PasswordsBusy: too many passwords wait to be hashed.
    """
    _check(data)
    if role is None:
        await _look(database, data)
    password_hash = await hasher.hash_password(data.password)
    async with database.write() as session:
        return await _enter(session, data, password_hash, role, security_events.NOWHERE)


async def register(
    database: Database,
    authenticator: auth_authenticator.Authenticator,
    *,
    data: schemas.SignUp,
    origin: auth_callers.Origin,
) -> SignedUp:
    """Makes an account with its profile and signs the person in, by the rules of `sign_up`.

    Wrong invitations and taken addresses are counted against whoever tries them, like wrong passwords.

    Raises:
        TooManyAttempts: too many of them from there.
    """
    _check(data)
    with authenticator.attempts.trying(_ATTEMPTS, origin.address, now=clock.now()) as attempt:
        try:
            await _look(database, data)
            password_hash = await authenticator.hasher.hash_password(data.password)
            async with database.write() as session:
                person = await _enter(session, data, password_hash, None, origin)
                account = await accounts.lock_active(session, account_id=person.id)
                grant = await sessions.start(session, authenticator, account=account, origin=origin)
        except (auth_exceptions.InvitationNotValid, auth_exceptions.EmailTaken):
            attempt.failed()
            raise
    return SignedUp(person, grant)


def _check(data: schemas.SignUp) -> None:
    username = usernames.normal(data.username)
    accounts.check_username(username)
    accounts.check_password(data.password, context=[username, data.email, data.display_name])
    if data.email is None and of(auth_config.AuthSettings).email_required:
        raise exceptions.EmailMissing


async def _look(database: Database, data: schemas.SignUp) -> None:
    async with database.read() as session:
        await invitations.look(session, code=data.invitation, mode=await about_service.registration(session))


async def _enter(
    session: WriteSession,
    data: schemas.SignUp,
    password_hash: str,
    role: Role | None,
    origin: auth_callers.Origin,
) -> queries.Person:
    if role is None:
        mode = await about_service.registration(session)
        admission = await invitations.admit(session, code=data.invitation, mode=mode)
    else:
        admission = invitations.Admission(role)
    person = await service.create(
        session,
        username=usernames.normal(data.username),
        password_hash=password_hash,
        email=data.email,
        display_name=data.display_name,
        role=admission.role,
    )
    await invitations.note_use(session, admission=admission, account_id=person.id)
    await emails.welcome(session, account_id=person.id, origin=origin)
    security_events.note(session, AuthEventKind.ACCOUNT_CREATED, account_id=person.id, origin=origin)
    return person

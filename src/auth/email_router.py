"""Endpoints of an account's e-mail address, and of what a letter to it can do: confirm, undo, a new password."""

from http import HTTPStatus

from fastapi import APIRouter

from src.auth import email_schemas, emails, password_resets
from src.auth.constants import LinkPurpose
from src.auth.dependencies import (
    GUARDED,
    SENSITIVE,
    Anyone,
    AuthenticatorDep,
    Holder,
    OriginDep,
    Reauthenticated,
)
from src.auth.exceptions import (
    EmailTaken,
    LinkNotValid,
    NothingToConfirm,
    PasswordRefused,
    PasswordsBusy,
    TooManyLetters,
)
from src.database import DatabaseDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.mail import exceptions as mail_exceptions

router = APIRouter(tags=["auth"])


@router.post(
    "/email/confirmation",
    status_code=HTTPStatus.ACCEPTED,
    summary="Ask for a link to confirm one's e-mail address",
    responses=problems(*GUARDED, NothingToConfirm, TooManyLetters, mail_exceptions.MailNotConfigured),
)
async def ask_to_confirm(
    caller: Holder, session: WriteDep, authenticator: AuthenticatorDep, origin: OriginDep
) -> email_schemas.LetterAsked:
    """Sends another letter to the address of the account, which is good for 24 hours."""
    authenticator.letters.check(origin, caller)
    await emails.ask_again(session, caller=caller, origin=origin)
    return email_schemas.LetterAsked.about(LinkPurpose.CONFIRM_EMAIL)


@router.post(
    "/email/confirm",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Confirm an e-mail address",
    responses=problems(InvalidInput, LinkNotValid, EmailTaken),
)
async def confirm_email(_anyone: Anyone, data: email_schemas.LinkUse, session: WriteDep, origin: OriginDep) -> None:
    """What the link of a letter asks for: the account's address is confirmed, or its new one taken."""
    await emails.confirm(session, token=data.token, origin=origin)


@router.put(
    "/email",
    status_code=HTTPStatus.ACCEPTED,
    summary="Change one's e-mail address",
    responses=problems(*SENSITIVE, InvalidInput, TooManyLetters, mail_exceptions.MailNotConfigured),
)
async def change_email(
    caller: Reauthenticated,
    data: email_schemas.EmailChange,
    session: WriteDep,
    authenticator: AuthenticatorDep,
    origin: OriginDep,
) -> email_schemas.LetterAsked:
    """Sends a link to the new address; once it is used, the account has it, and the old address is told."""
    authenticator.letters.check(origin, caller)
    await emails.ask_to_change(session, caller=caller, email=data.email, origin=origin)
    return email_schemas.LetterAsked.about(LinkPurpose.CHANGE_EMAIL)


@router.post(
    "/email/undo",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Undo a change of an e-mail address",
    responses=problems(InvalidInput, LinkNotValid, EmailTaken),
)
async def undo_email(_anyone: Anyone, data: email_schemas.LinkUse, session: WriteDep, origin: OriginDep) -> None:
    """By the link that the old address got: the account has it back, and everybody is signed out."""
    await emails.undo(session, token=data.token, origin=origin)


@router.post(
    "/password-reset",
    status_code=HTTPStatus.ACCEPTED,
    summary="Ask for a link to a new password",
    responses=problems(InvalidInput, TooManyLetters, mail_exceptions.MailNotConfigured),
)
async def ask_for_reset(
    _anyone: Anyone,
    data: email_schemas.PasswordResetAsked,
    session: WriteDep,
    authenticator: AuthenticatorDep,
    origin: OriginDep,
) -> email_schemas.LetterAsked:
    """The answer is the same whether an account has this address or not; if one has, a letter comes within seconds."""
    authenticator.letters.check(origin)
    await password_resets.ask(session, email=data.email, origin=origin)
    return email_schemas.LetterAsked.about(LinkPurpose.RESET_PASSWORD)


@router.post(
    "/password-reset/confirm",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Set a new password by a link",
    responses=problems(InvalidInput, LinkNotValid, PasswordRefused, PasswordsBusy),
)
async def reset_password(
    _anyone: Anyone,
    data: email_schemas.PasswordReset,
    database: DatabaseDep,
    authenticator: AuthenticatorDep,
    origin: OriginDep,
) -> None:
    """Ends all sessions and API keys, and signs nobody in: a second factor is asked for as ever."""
    await password_resets.reset(database, authenticator, data=data, origin=origin)

"""Endpoints of signing in: login, refresh, logout, password, and the account itself."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter

from src.auth import login as login_service
from src.auth import reauthentication, schemas, security_events, sessions, utils
from src.auth import service as accounts
from src.auth.constants import Permission
from src.auth.dependencies import (
    GUARDED,
    SENSITIVE,
    Anyone,
    AuthenticatorDep,
    Caller,
    Holder,
    KnownDep,
    OriginDep,
    requires,
)
from src.auth.exceptions import (
    AccountNotFound,
    AccountSuspended,
    InvalidToken,
    PasswordRefused,
    PasswordsBusy,
    SecondFactorRequired,
    TooManyAttempts,
    WrongCode,
    WrongCredentials,
    WrongPassword,
)
from src.database import DatabaseDep, ReadDep, WriteDep
from src.exceptions import InvalidInput, Unavailable, problems
from src.pagination import Page, PagingDep

router = APIRouter(tags=["auth"])

Reader = Annotated[Caller, requires(Permission.READ)]


@router.post(
    "/login",
    summary="Sign in",
    responses=problems(
        WrongCredentials,
        SecondFactorRequired,
        AccountSuspended,
        InvalidInput,
        TooManyAttempts,
        PasswordsBusy,
        Unavailable,
    ),
)
async def login(
    _anyone: Anyone, data: schemas.Login, database: DatabaseDep, authenticator: AuthenticatorDep, origin: OriginDep
) -> schemas.GrantRead:
    """Opens a session by username or e-mail address and password.

    Where a second factor is on, the answer is `second_factor_required` with a `challenge` for
    `POST /v1/auth/login/second-factor`, good for five minutes.
    """
    grant = await login_service.login(database, authenticator, data=data, origin=origin)
    return utils.grant_read(grant)


@router.post("/refresh", summary="Refresh a session", responses=problems(InvalidToken, InvalidInput, Unavailable))
async def refresh(
    _anyone: Anyone, data: schemas.Refresh, database: DatabaseDep, authenticator: AuthenticatorDep, origin: OriginDep
) -> schemas.GrantRead:
    """A new access token and the refresh token's successor.

    A token that was replaced more than ten seconds ago ends its session: somebody has copied it.
    """
    grant = await sessions.refresh(database, authenticator, token=data.refresh_token, origin=origin)
    return utils.grant_read(grant)


@router.post(
    "/logout", status_code=HTTPStatus.NO_CONTENT, summary="Sign out", responses=problems(*GUARDED, InvalidToken)
)
async def logout(caller: Holder, session: WriteDep, origin: OriginDep) -> None:
    """Ends the session of this request: its tokens are refused from now on."""
    await sessions.end_own(session, caller=caller, origin=origin)


@router.post(
    "/reauthenticate",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Show once more who one is",
    responses=problems(*GUARDED, WrongPassword, WrongCode, InvalidInput, TooManyAttempts, PasswordsBusy),
)
async def reauthenticate(
    caller: Holder,
    data: schemas.Reauthentication,
    database: DatabaseDep,
    authenticator: AuthenticatorDep,
    origin: OriginDep,
) -> None:
    """Lets this session do what is sensitive for ten minutes; a login does so, too."""
    await reauthentication.reauthenticate(database, authenticator, caller=caller, data=data, origin=origin)


@router.post(
    "/password",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Change the password",
    responses=problems(*SENSITIVE, WrongPassword, InvalidInput, PasswordRefused, TooManyAttempts, PasswordsBusy),
)
async def change_password(
    caller: Holder,
    data: schemas.PasswordChange,
    database: DatabaseDep,
    authenticator: AuthenticatorDep,
    origin: OriginDep,
) -> None:
    """Changes one's own password, signs out everywhere else and ends all API keys, unless they are to be kept."""
    await login_service.change_password(database, authenticator, caller=caller, data=data, origin=origin)


@router.get("/me", summary="Read one's own account", responses=problems(*GUARDED, AccountNotFound))
async def read_me(caller: Reader, session: ReadDep, known: KnownDep) -> schemas.OwnAccountRead:
    """The account behind this request, its role and what this session or key may do."""
    account = await accounts.get(session, account_id=caller.account_id)
    return utils.own_account_read(account, caller, known)


@router.get(
    "/security-events", summary="List what happened to one's account", responses=problems(*GUARDED, InvalidInput)
)
async def list_security_events(caller: Holder, session: ReadDep, paging: PagingDep) -> Page[schemas.SecurityEventRead]:
    """Logins, failed ones too, changes of password, role and state, ended sessions and keys; newest first."""
    rows = await security_events.list_events(session, account_id=caller.account_id, paging=paging)
    return paging.page(rows, [schemas.SecurityEventRead.model_validate(row[0]) for row in rows.rows])

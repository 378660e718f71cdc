"""Endpoints of the second factor."""

from http import HTTPStatus

from fastapi import APIRouter

from src.auth import schemas, second_factor_login, second_factor_schemas, second_factors, utils
from src.auth.dependencies import (
    GUARDED,
    SENSITIVE,
    Anyone,
    AuthenticatorDep,
    Holder,
    OriginDep,
    Reauthenticated,
    SiteNameReader,
)
from src.auth.exceptions import (
    AccountNotFound,
    ChallengeNotValid,
    RecoveryCodeRequired,
    SecondFactorIsOn,
    SecondFactorNeeded,
    SecondFactorNotBegun,
    TooManyAttempts,
    WrongCode,
    WrongSecondFactor,
)
from src.database import DatabaseDep, ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.mail import rendering as mail_rendering

router = APIRouter(tags=["auth"])


@router.post(
    "/login/second-factor",
    summary="Sign in: the second factor",
    responses=problems(ChallengeNotValid, WrongSecondFactor, RecoveryCodeRequired, InvalidInput, TooManyAttempts),
)
async def finish_login(
    _anyone: Anyone,
    data: second_factor_schemas.SecondFactorLogin,
    database: DatabaseDep,
    authenticator: AuthenticatorDep,
    origin: OriginDep,
) -> schemas.GrantRead:
    """Opens the session for which `POST /v1/auth/login` has answered `second_factor_required` with a challenge."""
    grant = await second_factor_login.finish(database, authenticator, data=data, origin=origin)
    return utils.grant_read(grant)


@router.get(
    "/second-factor", summary="Read how one's second factor stands", responses=problems(*GUARDED, AccountNotFound)
)
async def read_second_factor(caller: Holder, session: ReadDep) -> second_factor_schemas.SecondFactorRead:
    """Since when it is asked for, and how many recovery codes are left."""
    status = await second_factors.status(session, caller=caller)
    return second_factor_schemas.SecondFactorRead.model_validate(status)


@router.post(
    "/second-factor",
    status_code=HTTPStatus.CREATED,
    summary="Begin with a second factor",
    responses=problems(*SENSITIVE, SecondFactorIsOn),
)
async def begin_second_factor(
    caller: Reauthenticated, read_name: SiteNameReader, session: WriteDep, authenticator: AuthenticatorDep
) -> second_factor_schemas.EnrolmentRead:
    """Makes a secret for an authenticator; begun anew, the one before is void."""
    site = await read_name(session) or mail_rendering.site_name()
    enrolment = await second_factors.begin(session, authenticator.sealer, caller=caller, site=site)
    return second_factor_schemas.EnrolmentRead.model_validate(enrolment)


@router.post(
    "/second-factor/confirmation",
    summary="Turn the second factor on",
    responses=problems(*SENSITIVE, InvalidInput, SecondFactorIsOn, SecondFactorNotBegun, WrongCode),
)
async def turn_on_second_factor(
    caller: Reauthenticated,
    data: second_factor_schemas.CodeGiven,
    session: WriteDep,
    authenticator: AuthenticatorDep,
    origin: OriginDep,
) -> second_factor_schemas.RecoveryCodesRead:
    """By a code of the authenticator, which shows that it has the secret. Sessions get their full rights at refresh."""
    codes = await second_factors.turn_on(session, authenticator.sealer, caller=caller, code=data.code, origin=origin)
    return second_factor_schemas.RecoveryCodesRead(recovery_codes=codes)


@router.delete(
    "/second-factor",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Turn the second factor off",
    responses=problems(*SENSITIVE, SecondFactorNeeded),
)
async def turn_off_second_factor(caller: Reauthenticated, session: WriteDep, origin: OriginDep) -> None:
    """From now on the password alone opens the account; secret and recovery codes are gone."""
    await second_factors.turn_off(session, caller=caller, origin=origin)


@router.post(
    "/second-factor/recovery-codes",
    summary="Make new recovery codes",
    responses=problems(*SENSITIVE, SecondFactorNotBegun),
)
async def renew_recovery_codes(
    caller: Reauthenticated, session: WriteDep, origin: OriginDep
) -> second_factor_schemas.RecoveryCodesRead:
    """Ten new ones; those of before are void."""
    codes = await second_factors.renew_codes(session, caller=caller, origin=origin)
    return second_factor_schemas.RecoveryCodesRead(recovery_codes=codes)

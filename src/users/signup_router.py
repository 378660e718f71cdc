"""The endpoint of signing up; it stands with the other doors of accounts."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter

from src.auth import dependencies as auth_dependencies
from src.auth import exceptions as auth_exceptions
from src.auth import utils as auth_utils
from src.auth.constants import Permission as AuthPermission
from src.database import DatabaseDep
from src.exceptions import InvalidInput, problems
from src.users import schemas, signup, utils
from src.users.constants import SIGNING_UP
from src.users.exceptions import EmailMissing

router = APIRouter(tags=["auth"])

_Newcomer = Annotated[auth_dependencies.Caller, auth_dependencies.requires(AuthPermission.OPEN)]


@router.post(
    "/register",
    status_code=HTTPStatus.CREATED,
    summary="Sign up",
    responses=problems(
        InvalidInput,
        EmailMissing,
        auth_exceptions.UsernameRefused,
        auth_exceptions.PasswordRefused,
        auth_exceptions.InvitationNotValid,
        auth_exceptions.InvitationRequired,
        auth_exceptions.RegistrationClosed,
        auth_exceptions.UsernameTaken,
        auth_exceptions.EmailTaken,
        auth_exceptions.TooManyAttempts,
        auth_exceptions.PasswordsBusy,
    ),
    dependencies=[auth_dependencies.limited(SIGNING_UP, by_address=True)],
)
async def register(
    _caller: _Newcomer,
    data: schemas.SignUp,
    database: DatabaseDep,
    authenticator: auth_dependencies.AuthenticatorDep,
    origin: auth_dependencies.OriginDep,
) -> schemas.SignedUp:
    """Make an account with its profile, and sign in."""
    signed_up = await signup.register(database, authenticator, data=data, origin=origin)
    return schemas.SignedUp(
        profile=utils.own_profile_read(signed_up.person), grant=auth_utils.grant_read(signed_up.grant)
    )

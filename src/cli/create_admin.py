"""`hearth create-admin`: an admin made by who holds the machine; no account exists by default."""

import sys
from functools import partial
from typing import Annotated

import typer
from pydantic import ValidationError

from src.auth import administration
from src.auth import authenticator as auth_authenticator
from src.auth import exceptions as auth_exceptions
from src.cli import opened
from src.cli.endings import Failure
from src.database import Database
from src.feature import Role
from src.runtime import Runtime
from src.users import schemas as users_schemas
from src.users import signup


def create_admin(
    username: Annotated[str, typer.Argument(help="2 to 30 of a to z, 0 to 9 and _.", show_default=False)],
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking twice.")
    ] = False,
    email: Annotated[str | None, typer.Option(help="An e-mail address, which signs in too.")] = None,
    existing: Annotated[
        bool, typer.Option("--existing", help="Give an account that is there the role, and sign it out.")
    ] = False,
) -> None:
    """Make an account that may administer this server."""
    if existing:
        if password_stdin or email is not None:
            raise Failure("An account that is there keeps its password and its address: give --existing alone.")
        name = opened.with_database(partial(_promote, username), migrate=True)
        typer.echo(f"@{name} may administer this server now, and signs in anew.")
        return
    password = _read_password() if password_stdin else _ask_password()
    try:
        data = users_schemas.SignUp(username=username, password=password, email=email)
    except ValidationError as error:
        lines = (f"{one['loc'][0]}: {one['msg']}." for one in error.errors(include_input=False, include_url=False))
        raise Failure(*lines) from None

    async def sign_up(runtime: Runtime) -> str:
        authenticator = runtime.resources["authenticator"]
        if not isinstance(authenticator, auth_authenticator.Authenticator):
            raise TypeError(authenticator)
        return (await signup.sign_up(runtime.database, authenticator.hasher, data=data, role=Role.ADMIN)).username

    try:
        name = opened.with_runtime(sign_up, migrate=True)
    except auth_exceptions.UsernameTaken as error:
        raise Failure(
            f"{error.detail} If it is theirs, add --existing; or an admin gives the account the role "
            "(PUT /v1/admin/accounts/ID/role)."
        ) from None
    typer.echo(f"@{name} may administer this server now.")


async def _promote(username: str, database: Database) -> str:
    async with database.write() as session:
        return (await administration.make_admin(session, username=username)).username


def _read_password() -> str:
    """The first line of standard input."""
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Failure("There is no password on standard input.")
    return password


def _ask_password() -> str:
    if not sys.stdin.isatty():
        raise Failure("There is no terminal to ask for a password: give it on standard input with --password-stdin.")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password

"""What commands beside `serve` open: the database or the whole runtime, for the length of one function."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from src.auth import models as auth_models
from src.auth import service as accounts
from src.cli.endings import Failure
from src.config import Settings, of
from src.database import Database
from src.features import FEATURES
from src.operations import sanity
from src.runtime import Runtime, open_database, open_runtime

T = TypeVar("T")


def readable() -> Settings:
    """The settings, if all that anybody reads can be read.

    Raises:
        Failure: a line for each variable that is refused.
    """
    lines = sanity.unreadable()
    if lines:
        raise Failure(*lines)
    return of(Settings)


def settings() -> Settings:
    """The settings, if they can be read and make sense together.

    Raises:
        Failure: a line for each variable that is refused.
    """
    found = readable()
    lines = sanity.unfit(found)
    if lines:
        raise Failure(*lines)
    return found


async def account(database: Database, name: str) -> auth_models.Account:
    """The account that somebody names, with or without the sign in front.

    Raises:
        Failure: nobody has this name.
    """
    async with database.read() as session:
        found = await accounts.find_by_login(session, name=name)
    if found is None:
        plain = name.removeprefix("@")
        raise Failure(f"There is no such account. Sign up as @{plain} first, or correct the name.")
    return found


def with_database(run: Callable[[Database], Awaitable[T]], *, migrate: bool) -> T:
    """Runs an async function on the open database, which is migrated first if asked; raises as `open_database`."""
    found = settings()

    async def main() -> T:
        async with open_database(found, migrate=migrate) as database:
            return await run(database)

    return asyncio.run(main())


def with_runtime(run: Callable[[Runtime], Awaitable[T]], *, migrate: bool) -> T:
    """Runs an async function in the whole runtime: for what writes, so that its events are stored too."""
    found = settings()

    async def main() -> T:
        async with open_runtime(found, FEATURES, migrate=migrate) as runtime:
            return await run(runtime)

    return asyncio.run(main())

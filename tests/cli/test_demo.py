"""`hearth demo`: a community that somebody can sign in to, on a development server that is empty."""

import asyncio
import re

import pytest
from typer.testing import CliRunner, Result

from src.auth import passwords
from src.auth import service as accounts
from src.cli.application import app
from src.config import Environment, Settings, override
from src.database import Database

pytestmark = pytest.mark.system


def hearth(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def opens(url: str, username: str, password: str) -> bool:
    """Whether the password is that of the account."""

    async def verify() -> bool:
        database = Database(url)
        try:
            async with database.read() as session:
                account = await accounts.find_by_login(session, name=username)
            assert account is not None
            return (await passwords.Hasher().verify(password, account.password_hash)).ok
        finally:
            await database.close()

    return asyncio.run(verify())


def test_the_people_who_are_named_can_sign_in_with_the_password(on_fresh: Settings) -> None:
    result = hearth("demo", "--people", "25", "--seed", "7")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("25 people, ")
    names = re.findall(r"@(\w+)", result.stdout)
    password = re.search(r"the password (\S+),", result.stdout)
    assert password is not None
    assert len(set(names)) >= 2
    assert on_fresh.database_url is not None
    assert [opens(on_fresh.database_url, name, password[1]) for name in set(names)] == [True] * len(set(names))
    assert "Home timelines" in result.stderr


@pytest.mark.usefixtures("on_migrated")
def test_a_second_community_comes_only_by_force() -> None:
    assert hearth("demo", "--people", "3").exit_code == 0
    refused = hearth("demo", "--people", "3")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("hearth: This server has people already. ")
    assert refused.stderr.count("\n") == 1
    forced = hearth("demo", "--people", "3", "--force")
    assert forced.exit_code == 0
    assert all(name.endswith("2") for name in re.findall(r"@(\w+)", forced.stdout))


@pytest.mark.usefixtures("on_migrated")
def test_it_is_not_for_production() -> None:
    with override(Settings, environment=Environment.PRODUCTION):
        result = hearth("demo")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    assert "development only" in result.stderr

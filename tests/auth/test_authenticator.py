"""The process's side of credentials: its keys, what it remembers, and what it writes by itself."""

import pytest
from pydantic import SecretStr

from src import clock
from src.auth import authenticator, gathered, keyring, models
from src.auth.config import AuthSettings
from src.auth.exceptions import InvalidToken, UnusableKeys
from src.config import Settings, override
from src.database import Database
from src.feature import Role
from tests.auth.people import another_process, status_with, until
from tests.hearth import Hearth


async def test_processes_of_one_data_directory_trust_each_other(
    hearth: Hearth, settings: Settings, database_url: str
) -> None:
    ada = await hearth.account("ada")
    async with another_process(settings, database_url) as other:
        assert (await other.caller(ada.token)).account_id == ada.id


async def test_keys_of_the_environment_win_over_the_data_directory(
    hearth: Hearth, settings: Settings, database_url: str
) -> None:
    ada = await hearth.account("ada")
    given = {"signing_keys": SecretStr(keyring.new_secret()), "refresh_secret": SecretStr(keyring.new_secret())}
    with override(AuthSettings, **given):
        async with another_process(settings, database_url) as one, another_process(settings, database_url) as two:
            token = one.access_token(account_id=ada.id, session_id=ada.session_id, role=Role.MEMBER)
            assert (await two.caller(token)).account_id == ada.id
            with pytest.raises(InvalidToken):
                await two.caller(ada.token)


@pytest.mark.parametrize("name", ["signing_keys", "refresh_secret"])
async def test_half_of_the_keys_does_not_start(settings: Settings, database: Database, name: str) -> None:
    with override(AuthSettings, **{name: SecretStr(keyring.new_secret())}), pytest.raises(UnusableKeys):
        async with authenticator.opened(settings, database):
            pytest.fail("it started")


async def test_remembered_keys_are_bounded(hearth: Hearth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authenticator, "_REMEMBERED_KEYS", 2)
    ada = await hearth.account("ada")
    body = {"name": "script", "scopes": ["auth:read"]}
    secrets = [(await ada.client.post("/v1/auth/api-keys", json=body)).json()["secret"] for _ in range(3)]
    assert [await status_with(hearth.client, secret) for secret in secrets * 2] == [200] * 6
    assert len(hearth.authenticator._key_holders) == 2


async def test_last_uses_are_written_in_the_background(
    hearth: Hearth, settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathered, "EVERY_SECONDS", 0.05)
    ada = await hearth.account("ada")
    before = clock.now()

    async def is_written() -> bool:
        async with hearth.database.read() as session:
            return (await session.get_one(models.Session, ada.session_id)).last_used_at > before

    async with another_process(settings, database_url) as other:
        await other.caller(ada.token)
        await until(is_written)


async def test_what_cannot_be_written_harms_nobody(hearth: Hearth, caplog: pytest.LogCaptureFixture) -> None:
    ada = await hearth.account("ada")
    own = gathered.Gathered(Database("postgresql+asyncpg://nobody@127.0.0.1:1/none"))
    own.use(ada.session_id, clock.now())
    async with own.running():
        pass
    assert "could not be written" in caplog.text

"""Settings: where they come from, and how a test replaces one."""

from pathlib import Path

import pytest
from pydantic import Field, ValidationError

from src import config
from src.config import Environment, PackageSettings, Settings

pytestmark = pytest.mark.unit


class Kettle(PackageSettings):
    """Settings of a package."""

    kettle_litres: int = Field(default=1, ge=1)
    kettle_colour: str | None = None


class Cup(PackageSettings):
    """Those of another."""

    cup_litres: float = 0.2


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "env"
    file.write_text("KETTLE_LITRES=2\nKETTLE_COLOUR=red\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("KETTLE_LITRES", "3")
    # The class has been made with the tests' empty file; the argument stands in for it.
    found = Kettle(_env_file=file)
    assert (found.kettle_litres, found.kettle_colour) == (3, "red")


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTLE_LITRES", "")
    monkeypatch.setenv("KETTLE_COLOUR", "")
    assert (Kettle().kettle_litres, Kettle().kettle_colour) == (1, None)


def test_a_bad_value_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTLE_LITRES", "0")
    with pytest.raises(ValidationError, match="kettle_litres"):
        Kettle()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Kettle().kettle_litres = 2  # type: ignore[misc]


def test_settings_are_read_once() -> None:
    assert config.of(Kettle) is config.of(Kettle)
    assert config.of(Cup) is config.of(Cup)


def test_what_is_replaced_comes_back() -> None:
    before = config.of(Kettle)
    with config.override(Kettle, kettle_litres=5):
        assert config.of(Kettle).kettle_litres == 5
        assert config.of(Cup).cup_litres == 0.2
        with config.override(Kettle, kettle_colour="blue"):
            assert (config.of(Kettle).kettle_litres, config.of(Kettle).kettle_colour) == (5, "blue")
        assert (config.of(Kettle).kettle_litres, config.of(Kettle).kettle_colour) == (5, None)
    assert config.of(Kettle) is before


def test_a_failing_block_gives_the_settings_back() -> None:
    before = config.of(Kettle)
    with pytest.raises(LookupError), config.override(Kettle, kettle_litres=5):
        raise LookupError
    assert config.of(Kettle) is before


def test_without_a_word_a_server_is_in_production_and_alone() -> None:
    found = Settings(_env_file=None)
    assert found.environment is Environment.PRODUCTION
    assert (found.host, found.database_url, found.cors_origins) == ("127.0.0.1", None, [])


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_the_usual_names_of_postgresql_stand_for_the_driver_that_hearth_uses(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = "://hearth:a%40b:c@db.example:5433/name?host=postgres://"
    monkeypatch.setenv("DATABASE_URL", scheme + rest)
    assert Settings(_env_file=None).database_url == "postgresql+asyncpg" + rest


@pytest.mark.parametrize(
    "other", ["mysql://db/hearth", "postgresql+psycopg://db/hearth", "postgresqlx://db", "nonsense"]
)
def test_another_database_is_left_for_the_start_to_refuse(other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", other)
    assert Settings(_env_file=None).database_url == other

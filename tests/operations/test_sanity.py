"""Settings that cannot be meant are refused by name, and never repeated; the template names every setting."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import SecretStr

from src import config
from src.auth.config import AuthSettings
from src.config import ROOT, Environment, Settings
from src.features import FEATURES
from src.limits.config import LimitsSettings
from src.operations import sanity

pytestmark = pytest.mark.unit

SECRET = "not-to-be-seen-4711"


def settings(**fields: object) -> Settings:
    return config.of(Settings).model_copy(update=fields)


@pytest.fixture
def reread() -> Iterator[None]:
    """Settings are read anew in the test, and as they are behind it."""
    config._loaded.cache_clear()
    yield
    config._loaded.cache_clear()


def test_all_settings_are_read_from_variables_that_differ() -> None:
    assert FEATURES
    names = [sanity.variable(name, field) for kind in sanity.kinds() for name, field in kind.model_fields.items()]
    assert {"HEARTH_DATA", "DATABASE_URL", "REGISTRATION", "POST_MAX_LENGTH"} <= set(names)
    assert len(names) == len(set(names))


def test_the_template_has_every_setting_once_with_a_comment_above() -> None:
    # Other tests make settings of their own.
    kinds = [kind for kind in sanity.kinds() if kind.__module__.startswith("src.")]
    names = {sanity.variable(name, field) for kind in kinds for name, field in kind.model_fields.items()}
    lines = (ROOT / ".env").read_text().splitlines()
    found = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    assert sorted(found) == sorted(names)
    for before, line in pairwise(lines):
        assert line != "" or before != "", "two empty lines"
        if before == "":
            assert line.startswith("#")


def test_the_template_is_for_development_and_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENVIRONMENT", "HEARTH_DATA", "DATABASE_URL", "HOST", "PORT"):
        monkeypatch.delenv(name, raising=False)
    found = Settings(_env_file=ROOT / ".env")
    assert found.environment is Environment.DEVELOPMENT
    assert found.host == "127.0.0.1"
    assert not sanity.unfit(found)
    assert not sanity.unknown(ROOT / ".env", {})
    secrets = re.compile(r"^(SIGNING_KEYS|REFRESH_SECRET|DATABASE_URL)=.", re.MULTILINE)
    assert secrets.search((ROOT / ".env").read_text()) is None


@pytest.mark.usefixtures("reread")
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("POOL_SIZE", SECRET),
        ("PORT", "65536"),
        ("ENVIRONMENT", SECRET),
        ("REGISTRATION", SECRET),
        ("PUBLIC_READ", SECRET),
        ("CORS_ORIGINS", SECRET),
        ("INVITATION_DAYS", "0"),
        ("DRAIN_SECONDS", "-1"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    assert sanity.unreadable() == []
    config._loaded.cache_clear()
    monkeypatch.setenv(variable, value)
    [line] = sanity.unreadable()
    assert line.startswith(variable)
    assert value not in line or value.isdigit()
    assert SECRET not in line
    assert "\n" not in line
    assert "{" not in line


@pytest.mark.parametrize(
    ("fields", "variable"),
    [
        ({"tls_cert": Path("cert.pem")}, "TLS_KEY"),
        ({"tls_key": Path("key.pem")}, "TLS_CERT"),
        ({"hearth_url": "hearth.example"}, "HEARTH_URL"),
        ({"trusted_hosts": ["https://hearth.example"]}, "TRUSTED_HOSTS"),
        ({"trusted_hosts": ["*"]}, "TRUSTED_HOSTS"),
        ({"trusted_hosts": ["hearth.example:8000"]}, "TRUSTED_HOSTS"),
        ({"cors_origins": ["*"]}, "CORS_ORIGINS"),
        ({"cors_origins": ["page.example"]}, "CORS_ORIGINS"),
        ({"log_level": "LOUD"}, "LOG_LEVEL"),
        ({"database_url": f"no address with {SECRET}"}, "DATABASE_URL"),
        ({"database_url": f"postgresql+asyncpg://hearth:{SECRET}@localhost:{SECRET}/hearth"}, "DATABASE_URL"),
        ({"database_url": f"mysql://hearth:{SECRET}@localhost/hearth"}, "DATABASE_URL"),
        ({"database_url": f"postgresql+psycopg://hearth:{SECRET}@localhost/hearth"}, "postgresql://"),
    ],
)
def test_settings_that_do_not_fit(fields: dict[str, object], variable: str) -> None:
    [line] = sanity.unfit(settings(**fields))
    assert variable in line
    assert SECRET not in line


@pytest.mark.parametrize("password", ["postgres", "hearth", "changeme", "password", ""])
def test_a_password_that_everybody_knows_is_refused_outside_of_development(password: str) -> None:
    url = f"postgresql+asyncpg://hearth:{password}@localhost/hearth"
    [line] = sanity.unfit(settings(environment=Environment.PRODUCTION, database_url=url))
    assert "DATABASE_URL" in line
    assert sanity.unfit(settings(environment=Environment.DEVELOPMENT, database_url=url)) == []


@pytest.mark.parametrize("login", [f"hearth:{SECRET}", "hearth", ""])
def test_a_password_of_its_own_or_none_is_fine_everywhere(login: str) -> None:
    url = f"postgresql+asyncpg://{login}@localhost/hearth"
    assert sanity.unfit(settings(environment=Environment.PRODUCTION, database_url=url)) == []


def test_addresses_are_required_only_where_letters_go() -> None:
    with config.override(AuthSettings, email_required=True):
        [line] = sanity.unfit(settings(environment=Environment.PRODUCTION))
        assert "SMTP_URL" in line
        assert sanity.unfit(settings(environment=Environment.DEVELOPMENT)) == []


def test_an_address_of_redis_that_is_none_is_named_and_not_repeated() -> None:
    with config.override(LimitsSettings, redis_url=SecretStr(f"http://:{SECRET}@localhost")):
        [line] = sanity.unfit(settings())
    assert "REDIS_URL" in line
    assert SECRET not in line
    with config.override(LimitsSettings, redis_url=SecretStr(f"rediss://:{SECRET}@localhost/1")):
        assert sanity.unfit(settings()) == []


def test_a_slip_in_the_file_is_found(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"POOL_SIZE=10\nREGISTRATOIN={SECRET}\n# COMMENT=1\nHEARTH_DATA=\n")
    [line] = sanity.unknown(file, {})
    assert "REGISTRATOIN" in line
    assert SECRET not in line
    assert sanity.unknown(tmp_path / "none", {}) == []
    assert sanity.unknown(None, {}) == []


def test_a_slip_in_the_environment_is_found_and_what_others_read_is_not() -> None:
    [line] = sanity.unknown(None, {"REGISTRATOIN": SECRET, "HOSTNAME": "here", "PORT": "1", "HEARTH_ENV_FILE": "x"})
    assert "REGISTRATOIN" in line
    assert "is REGISTRATION meant?" in line
    assert SECRET not in line
    [line] = sanity.unknown(None, {"HEARTH_POOL": SECRET})
    assert "HEARTH_POOL" in line
    assert SECRET not in line


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("", True),
        *((f"?sslmode={mode}", True) for mode in ("disable", "prefer", "require", "verify-ca", "verify-full")),
        ("?host=/run/postgresql&sslmode=require", True),
        ("?ssl=require", True),
        (f"?sslmode={SECRET}", False),
        (f"?{SECRET}=1", False),
        ("?sslmode=require&sslmode=disable", False),
        ("?sslrootcert=ca.pem", False),
    ],
)
def test_what_stands_behind_the_question_mark(query: str, fits: bool) -> None:
    found = Settings(database_url=f"postgresql://ada:{SECRET}@localhost/hearth{query}")
    assert found.database_url
    assert "sslmode=" not in found.database_url
    lines = sanity.unfit(found)
    assert len(lines) == (0 if fits else 1)
    assert sanity.fit_database(found) is fits
    assert SECRET not in "".join(lines)


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEARTH_ENV_FILE", "nix")
    monkeypatch.setattr(sanity, "ENVIRONMENT_FILE", tmp_path / "nix")
    assert sanity.unreadable() == [f"HEARTH_ENV_FILE names {tmp_path}/nix, which is not there."]
    (tmp_path / "nix").touch()
    assert sanity.unreadable() == []

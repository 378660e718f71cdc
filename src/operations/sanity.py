"""Whether the settings make sense: what stops a start, and what `hearth doctor` says of the environment.

No line repeats a value, which may be a secret; each names the variable to change.
"""

import logging
import os
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import SettingsError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from src.auth import config as auth_config
from src.config import ENVIRONMENT_FILE, Environment, PackageSettings, Settings, of
from src.events import backbone as events_backbone
from src.limits import config as limits_config
from src.mail import config as mail_config
from src.mail import transport as mail_transport

# What examples and compose files put where a secret belongs.
_WELL_KNOWN = frozenset({"", "admin", "changeme", "change-me", "example", "hearth", "password", "postgres", "secret"})
_FIELD = re.compile(r'field "(\w+)"')
_HOST_NAME = re.compile(r"(?:\*\.)?[A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]")
# What may follow the question mark of DATABASE_URL: names of asyncpg's, as it takes them from text.
_QUERY = frozenset({"host", "port", "passfile", "ssl", "target_session_attrs"})
_SSL = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
# Names of ours that are no settings: which file is read, and how much is tested.
_READ_ELSEWHERE = frozenset({"HEARTH_ENV_FILE", "HEARTH_TESTS"})
_ALIKE = 0.9


def kinds(base: type[PackageSettings] = PackageSettings) -> Iterator[type[PackageSettings]]:
    """Every settings class of the packages that have been imported."""
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def variable(name: str, field: FieldInfo) -> str:
    """The environment variable that a field is read from."""
    return str(field.validation_alias or name).upper()


def unreadable() -> list[str]:
    """A line for each variable whose value its settings class refuses, and for a file that cannot be read."""
    return [*_missing(ENVIRONMENT_FILE), *(line for kind in kinds() for line in _refused(kind))]


def fit_database(settings: Settings) -> bool:
    """Whether it is worth while to connect."""
    url = settings.database_url
    return url is None or not any(_unfit_database(url, settings.environment))


def unfit(settings: Settings) -> list[str]:
    """A line for each thing that Hearth does not start with, although each value by itself may stand."""
    found: list[str] = []
    is_development = settings.environment is Environment.DEVELOPMENT
    if (settings.tls_cert is None) != (settings.tls_key is None):
        found.append("TLS_CERT and TLS_KEY go together: set both, or neither.")
    if settings.hearth_url is not None and not settings.hearth_url.startswith(("https://", "http://")):
        found.append("HEARTH_URL is the whole address that people use, such as https://hearth.example.")
    if any(_HOST_NAME.fullmatch(name) is None for name in settings.trusted_hosts):
        found.append('TRUSTED_HOSTS names hosts without scheme and port, such as ["hearth.example", "*.example"].')
    if any("*" in origin or "://" not in origin for origin in settings.cors_origins):
        found.append('CORS_ORIGINS names each site that may read answers, such as ["https://page.example"]; never *.')
    if settings.log_level.upper() not in logging.getLevelNamesMapping():
        found.append("LOG_LEVEL is DEBUG, INFO, WARNING or ERROR.")
    if settings.database_url is not None:
        found += _unfit_database(settings.database_url, settings.environment)
    redis = of(limits_config.LimitsSettings).redis_url
    if redis is not None and not redis.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
        found.append("REDIS_URL is an address such as redis://:…@localhost:6379/0.")
    found += events_backbone.unfit()
    mail = of(mail_config.MailSettings)
    found += mail_transport.unfit(mail, settings.environment)
    if of(auth_config.AuthSettings).email_required and mail.smtp_url is None and not is_development:
        found.append("EMAIL_REQUIRED needs a mail server to confirm addresses by: set SMTP_URL.")
    return found


def unknown(file: Path | None, environment: Mapping[str, str]) -> list[str]:
    """A line for each variable that nothing reads: a slip of the pen is silent otherwise.

    Of the environment, which is full of what others read, only what looks as if it were meant for Hearth.
    """
    known = {variable(name, field) for kind in kinds() for name, field in kind.model_fields.items()}
    found: list[str] = []
    if file is not None and file.is_file():
        slips = sorted(dotenv_values(file).keys() - known)
        found += [f"{file.name} sets {name}, which nothing reads: correct or remove it." for name in slips]
    for name in sorted(environment.keys() - known - _READ_ELSEWHERE):
        meant = get_close_matches(name, known, n=1, cutoff=_ALIKE)
        if meant or name.startswith("HEARTH_"):
            cure = f"is {meant[0]} meant?" if meant else "correct or remove it."
            found.append(f"The environment sets {name}, which nothing reads: {cure}")
    return found


def _missing(file: Path | None) -> Iterator[str]:
    if os.environ.get("HEARTH_ENV_FILE") and file is not None and not file.is_file():
        yield f"HEARTH_ENV_FILE names {file}, which is not there."


def _refused(kind: type[PackageSettings]) -> list[str]:
    try:
        of(kind)
    except ValidationError as error:
        return [f"{str(one['loc'][0]).upper()}: {one['msg']}." for one in error.errors(include_input=False)]
    except SettingsError as error:
        field = _FIELD.search(str(error))
        return [f'{field[1].upper() if field else "A setting"} is no JSON, such as a list: ["one", "two"].']
    return []


def _unfit_database(text: str, environment: Environment) -> Iterator[str]:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # a port that is no number
        yield "DATABASE_URL is an address such as postgresql://hearth:…@localhost/hearth."
        return
    if url.drivername != "postgresql+asyncpg":
        yield "DATABASE_URL begins with postgresql://; Hearth speaks with PostgreSQL only, and by its own driver."
        return
    # Names only: a slip of the pen may have moved a part of the password here.
    if url.query.keys() - _QUERY:
        yield (
            f"DATABASE_URL may have these names behind its question mark: {', '.join(sorted(_QUERY))}, sslmode; the "
            "certificate of an authority of your own is named by PGSSLROOTCERT."
        )
    if "ssl" in url.query and url.query["ssl"] not in _SSL:
        yield f"DATABASE_URL has an sslmode that is none of {', '.join(sorted(_SSL))}."
    # Without a password the server itself decides, by the system user or a certificate.
    if environment is not Environment.DEVELOPMENT and url.password is not None and url.password in _WELL_KNOWN:
        yield "DATABASE_URL has a password that everybody knows: outside of development it needs one of its own."

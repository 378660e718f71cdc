"""The page on configuration and the file `.env` name the settings that there are, with their defaults."""

import importlib
import re
import subprocess
import sys

import pytest
from dotenv import dotenv_values
from pydantic.fields import FieldInfo

from src.auth.keyring import keyring_from_text
from src.config import ROOT, PackageSettings
from src.operations.sanity import kinds, variable

pytestmark = pytest.mark.unit

PAGE = (ROOT / "docs" / "configuration.md").read_text()
HEADING = re.compile(r"^## [^`\n]+: `(src/[\w/]+\.py)`$", re.MULTILINE)
LINE = re.compile(
    r"^\| `(?P<name>[A-Z0-9_]+)` \| (?P<default>.*?)(?: \(`\.env`: `(?P<development>\w+)`\))? \|", re.MULTILINE
)
# Where the default is none that could be written down, and what the page says instead.
IN_WORDS = {
    "HEARTH_DATA": "`data/` in the repository",
    "ARCHIVES_DIRECTORY": "`archives` in `HEARTH_DATA`",
    "HEARTH_URL": "the address of the request",
    "MEDIA_DIRECTORY": "`media` in `HEARTH_DATA`",
    "SIGNING_KEYS": "made in `HEARTH_DATA`",
    "REFRESH_SECRET": "made in `HEARTH_DATA`",
    "SEALING_KEYS": "made in `HEARTH_DATA`",
}


def settings() -> dict[str, tuple[type[PackageSettings], FieldInfo]]:
    """Every variable of every `config.py`."""
    for path in sorted((ROOT / "src").glob("*/config.py")):
        importlib.import_module(f"src.{path.parent.name}.config")
    own = [kind for kind in kinds() if kind.__module__.startswith("src.")]
    return {variable(name, field): (kind, field) for kind in own for name, field in kind.model_fields.items()}


def in_the_form_of_a_variable(field: FieldInfo) -> str:
    """The default as one would write it into `.env`."""
    default = field.default
    if default is None:
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_the_page_names_every_setting_under_its_module() -> None:
    parts = HEADING.split(PAGE)[1:]
    named = [
        (module, line["name"])
        for module, part in zip(parts[::2], parts[1::2], strict=True)
        for line in LINE.finditer(part)
    ]
    there = [(kind.__module__.replace(".", "/") + ".py", name) for name, (kind, _) in settings().items()]
    assert sorted(named) == sorted(there)


@pytest.mark.parametrize("name", settings())
def test_the_page_has_the_default(name: str) -> None:
    default = in_the_form_of_a_variable(settings()[name][1])
    (line,) = (line for line in LINE.finditer(PAGE) if line["name"] == name)
    assert line["default"] == IN_WORDS.get(name, f"`{default}`" if default else "none")


def test_the_template_sets_every_setting_and_no_other() -> None:
    assert sorted(dotenv_values(ROOT / ".env")) == sorted(settings())


@pytest.mark.parametrize("name", settings())
def test_the_template_has_the_default_or_the_page_says_what_else(name: str) -> None:
    written = dotenv_values(ROOT / ".env")[name]
    (line,) = (line for line in LINE.finditer(PAGE) if line["name"] == name)
    expected = line["development"] or in_the_form_of_a_variable(settings()[name][1])
    assert written == ("" if name in IN_WORDS else expected)


def test_the_template_holds_no_secret() -> None:
    secrets = [name for name, (_, field) in settings().items() if "Secret" in str(field.annotation)]
    assert secrets
    assert [name for name in secrets if dotenv_values(ROOT / ".env")[name]] == []


def test_the_template_tells_how_to_make_a_key() -> None:
    [program] = re.findall(r"^# python3 -c \"(.+)\"$", (ROOT / ".env").read_text(), re.MULTILINE)
    key, secret = [subprocess.check_output([sys.executable, "-c", program], text=True).strip() for _ in range(2)]
    assert key != secret
    # One that is not base64url, or too short, is refused.
    keyring_from_text(key, refresh_secret=secret)

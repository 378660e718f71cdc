"""Imports: names, hidden places, closed doors."""

from pathlib import Path

import pytest

from scripts.checks import edges
from scripts.checks.source import Project, Source, read_floors
from tests.checks.snippets import codes, lines

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "line",
    [
        "from src import clock",
        "from src import posts",
        "from src.database import ReadSession",
        "from src.posts import service as posts_service",
        "from src.posts import constants as posts_constants, models as posts_models",
        "from src.posts.constants import ErrorCode as PostsErrorCode",
        "from src.embedded import start",
        "from src.embedded.server import EmbeddedServer",
        "from src.posts.feature import FEATURE as POSTS",
        "import src.posts.service",
        "from sqlalchemy.orm import Session",
        "from srcery.posts import Post",
    ],
)
def test_modules_and_constants_of_another_package_may_be_imported(line: str) -> None:
    assert codes(edges.bare_names, "src/timelines/service.py", line) == []


@pytest.mark.parametrize(
    "line",
    [
        "from src.posts.service import publish",
        "from src.posts.models import Post as PostRow",
        "from src.posts import publish",
        "from src.auth.dependencies import CurrentCaller",
        "from src import publish",
    ],
)
@pytest.mark.parametrize("path", ["src/timelines/service.py", "src/main.py", "src/features.py"])
def test_a_bare_name_of_another_package_is_found(path: str, line: str) -> None:
    assert codes(edges.bare_names, path, line) == ["H301"]


def test_inside_of_a_package_names_are_free() -> None:
    assert codes(edges.bare_names, "src/posts/router.py", "from src.posts.models import Post") == []


def test_a_package_inside_of_a_package_is_a_module() -> None:
    more = ["src/movies/sources/omdb.py"]
    good = "from src.movies.sources import omdb"
    assert codes(edges.bare_names, "src/cli.py", good, more=more) == []
    assert codes(edges.bare_names, "src/cli.py", "from src.movies.sources.omdb import fetch", more=more) == ["H301"]


HIDDEN = """
import typing
from typing import TYPE_CHECKING

def f():
    import json

class A:
    import re

    async def g(self):
        if self:
            from src import clock

if TYPE_CHECKING:
    from src.posts import models
elif typing.TYPE_CHECKING:
    import os
"""


def test_hidden_imports_are_found_each_once() -> None:
    assert sorted(lines(edges.hidden_imports, "tests/test_a.py", HIDDEN)) == [6, 9, 13, 16, 18]


def test_imports_at_the_head_pass_also_when_they_may_fail() -> None:
    code = "import os\ntry:\n    import uvloop\nexcept ImportError:\n    pass\nif os.name == 'nt':\n    import msvcrt\n"
    assert codes(edges.hidden_imports, "src/server.py", code) == []


def test_relative_imports_are_found() -> None:
    assert codes(edges.relative_imports, "src/posts/router.py", "from . import models\nfrom .models import Post") == [
        "H303",
        "H303",
    ]
    assert codes(edges.relative_imports, "src/posts/router.py", "from src.posts import models") == []


@pytest.mark.parametrize(
    "code",
    [
        "import importlib\nimportlib.import_module('src.posts')",
        "from importlib import import_module as m\nm('a')",
        "__import__('a')",
    ],
)
def test_imports_by_text_are_found(code: str) -> None:
    assert codes(edges.dynamic_imports, "src/runtime.py", code) == ["H304"]


def test_a_table_of_contents_is_for_the_list_alone() -> None:
    line = "from src.posts import feature as posts_feature"
    assert codes(edges.closed_doors, "src/main.py", line) == ["H305"]
    assert codes(edges.closed_doors, "src/features.py", line) == []
    assert codes(edges.closed_doors, "src/posts/router.py", "from src.feature import Feature") == []


def test_a_chain_does_not_know_its_neighbours() -> None:
    assert codes(
        edges.closed_doors, "src/timelines/service.py", "from src.movies import service as movies_service"
    ) == ["H306"]
    assert codes(edges.closed_doors, "src/timelines/service.py", "from src.posts import service as posts_service") == []
    assert codes(edges.closed_doors, "src/timelines/service.py", "from src.auth import tokens as auth_tokens") == []
    assert (
        codes(edges.closed_doors, "src/crossposts/service.py", "from src.movies import service as movies_service") == []
    )


@pytest.mark.parametrize(
    ("package", "neighbour"),
    [("timelines", "chats"), ("reactions", "habits"), ("notifications", "search"), ("notifications", "cards")],
)
def test_the_real_contract_has_neighbours_beside_its_chains(package: str, neighbour: str) -> None:
    project = Project.of((), read_floors(ROOT / ".importlinter"))
    line = f"from src.{neighbour} import service as other_service"
    found = edges.closed_doors(Source.parse(f"src/{package}/service.py", line, project))
    assert [finding.code for finding in found] == ["H306"]


def test_the_bot_knows_the_ground_and_outbound() -> None:
    assert codes(edges.closed_doors, "src/bot/dialogs.py", "from src import clock") == []
    assert codes(edges.closed_doors, "src/bot/dialogs.py", "from src.outbound import client as outbound_client") == []
    assert codes(edges.closed_doors, "src/bot/dialogs.py", "from src.bot import api_client") == []
    assert codes(edges.closed_doors, "src/bot/dialogs.py", "from src.posts import service as posts_service") == ["H307"]
    assert codes(edges.closed_doors, "src/cli.py", "from src.posts import service as posts_service") == []

"""Small sources for the lints' tests."""

from collections.abc import Sequence
from textwrap import dedent

from scripts.checks.source import Project, Rule, Source

# A house in small: what `from src.x import y` can mean is decided by the modules that there are.
PATHS = (
    "src/__init__.py",
    "src/clock.py",
    "src/database.py",
    "src/auth/constants.py",
    "src/auth/tokens.py",
    "src/aws/client.py",
    "src/outbound/client.py",
    "src/posts/constants.py",
    "src/posts/feature.py",
    "src/posts/models.py",
    "src/posts/service.py",
    "src/embedded/server.py",
    "src/movies/service.py",
    "src/timelines/service.py",
)
FLOORS = (
    ("cli", "main"),
    ("bot",),
    ("timelines",),
    ("posts", "movies"),
    ("auth",),
    ("outbound",),
    ("clock", "database", "embedded"),
)


def source(path: str, text: str, *, more: Sequence[str] = ()) -> Source:
    """The source at this path, in the small house with the `more` files in it."""
    return Source.parse(path, dedent(text), Project.of((*PATHS, *more, path), FLOORS))


def codes(rule: Rule, path: str, text: str, *, more: Sequence[str] = ()) -> list[str]:
    """The codes that one rule finds, sorted, each as often as it is found."""
    return sorted(finding.code for finding in rule(source(path, text, more=more)))


def lines(rule: Rule, path: str, text: str) -> list[int]:
    """The lines in which one rule finds something."""
    return [finding.line for finding in rule(source(path, text))]

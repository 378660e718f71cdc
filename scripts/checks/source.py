"""One parse of each file, shared by all rules, and the little that rules ask about it."""

import ast
import configparser
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, order=True)
class Finding:
    """One broken rule: where, which, and what to do instead."""

    path: str
    line: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.code} {self.message}"


@dataclass(frozen=True)
class Project:
    """What rules know beyond one file: all modules below `src`, and the floors of the import contract, top first."""

    modules: frozenset[str]
    floors: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of(cls, paths: Iterable[str], floors: tuple[tuple[str, ...], ...] = ()) -> "Project":
        """The project that these paths (relative, with slashes) make; a folder is a package, with `__init__` or not."""
        modules: set[str] = set()
        for path in map(PurePosixPath, paths):
            if path.suffix == ".py" and path.parts[0] == "src":
                module = path.parent if path.name == "__init__.py" else path.with_suffix("")
                modules.update(".".join(part.parts) for part in (module, *module.parents) if part.parts)
        return cls(frozenset(modules), floors)

    @cached_property
    def packages(self) -> frozenset[str]:
        """The dotted names of the folders with modules in them."""
        return frozenset(module.rpartition(".")[0] for module in self.modules)

    @property
    def ground(self) -> frozenset[str]:
        """The names on the lowest floor, which all know."""
        return frozenset(self.floors[-1]) if self.floors else frozenset()


@dataclass(frozen=True)
class Source:
    """One Python file: its path (relative, with slashes), its text, its tree, and the project around it."""

    path: str
    text: str
    tree: ast.Module
    project: Project

    @classmethod
    def parse(cls, path: str, text: str, project: Project) -> "Source":
        """Parses the text.

        Raises:
            SyntaxError: the text is no Python.
        """
        return cls(path, text, ast.parse(text, path), project)

    def finding(self, node: ast.AST | int, code: str, message: str) -> Finding:
        """A finding at this node, or at this line."""
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return Finding(self.path, line, code, message)

    @property
    def package(self) -> str | None:
        """The name of the package below `src` that the file stands in; None for `src/main.py` and outside of `src`."""
        parts = PurePosixPath(self.path).parts
        return parts[1] if parts[0] == "src" and len(parts) > 2 else None

    @property
    def unit(self) -> str:
        """The package, or for a file directly below `src` its module name."""
        return self.package or PurePosixPath(self.path).stem

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def calls(self) -> tuple[ast.Call, ...]:
        """All calls of the file."""
        return tuple(node for node in self.nodes if isinstance(node, ast.Call))

    @cached_property
    def functions(self) -> tuple[FunctionNode, ...]:
        """All functions and methods of the file, inner ones too."""
        return tuple(node for node in self.nodes if isinstance(node, FunctionNode))

    @cached_property
    def _origins(self) -> dict[str, str]:
        """What each imported name stands for: `{"sa": "sqlalchemy", "select": "sqlalchemy.select"}`."""
        origins: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    first = alias.name.partition(".")[0]
                    origins[alias.asname or first] = alias.name if alias.asname else first
            elif isinstance(node, ast.ImportFrom):
                origins.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
        return origins

    def origin(self, node: ast.expr) -> str | None:
        """The full dotted name of an imported thing that an expression names, whatever it is called here; else None."""
        if isinstance(node, ast.Name):
            return self._origins.get(node.id)
        if isinstance(node, ast.Attribute):
            owner = self.origin(node.value)
            return f"{owner}.{node.attr}" if owner else None
        return None

    @cached_property
    def imported(self) -> tuple[tuple[int, str], ...]:
        """Every import of the file, hidden ones too, as (line, full dotted name)."""
        found: list[tuple[int, str]] = []
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found += [(node.lineno, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
        return tuple(found)


Rule = Callable[[Source], Iterator[Finding]]


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether the path is one of the patterns, or stands below one that ends in a slash; `*` is a part of a name."""
    return any(
        path.startswith(pattern) if pattern.endswith("/") else PurePosixPath(path).match(pattern)
        for pattern in patterns
    )


def read_floors(contracts: Path) -> tuple[tuple[str, ...], ...]:
    """The floors of the import contract, top first, each as the names that stand on it."""
    parser = configparser.ConfigParser()
    parser.read_string(contracts.read_text(encoding="utf-8"))
    lines = parser["importlinter:contract:floors"]["layers"].split("\n")
    return tuple(
        tuple(word.strip("() ") for word in line.replace("|", ":").split(":")) for line in lines if line.strip()
    )

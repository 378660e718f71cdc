"""Rules of imports that the layer contracts cannot say: by which name, at which place, and a few closed doors."""

import ast
from collections.abc import Iterable, Iterator

from scripts.checks.source import Finding, Source

# Packages that stand on one floor in a chain (each imports what is right of it) beside neighbours that are closed to
# all of them. The contract's layers are a line, so it leaves the way from the chain's head to these neighbours open.
CHAINS = (("timelines", "reactions", "posts"), ("polls", "notifications", "realtime"))
# Packages that import the ground and nothing else but what stands here.
NARROW = {"bot": frozenset({"outbound"}), "client": frozenset({"outbound"})}
# Each package's table of contents is read by the list alone.
FEATURE_READER = "src/features.py"
# Where other packages may import names from: `from src.posts.constants import ErrorCode as PostsErrorCode`, and the one
# name of a table of contents (by whom, says H305).
OPEN_MODULES = (["constants"], ["feature"])


def bare_names(source: Source) -> Iterator[Finding]:
    """H301: of another package one imports modules, not names; its constants and the ground excepted."""
    for node in source.nodes:
        if not isinstance(node, ast.ImportFrom):
            continue
        path = (node.module or "").split(".")
        if not _is_closed(source, path) or path[2:] in OPEN_MODULES:
            continue
        for alias in node.names:
            if f"{node.module}.{alias.name}" not in source.project.modules:
                message = (
                    f"`{alias.name}` is a bare name of another package; import the module: `from src.x import y as x_y`"
                )
                yield source.finding(node, "H301", message)


def _is_closed(source: Source, path: list[str]) -> bool:
    """Whether a module's path leads into another package than the file's own, and none of the ground."""
    if path[1:2] and path[1] in {source.package, *source.project.ground}:
        return False
    return ".".join(path[:2]) in source.project.packages


def hidden_imports(source: Source) -> Iterator[Finding]:
    """H302: imports stand at the head of the file, where everybody sees the edge; not in functions, not for types."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            where = f"inside of {node.name}"
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            where = "under TYPE_CHECKING"
        else:
            continue
        for inner in _own_statements(node.body):
            if isinstance(inner, ast.Import | ast.ImportFrom):
                yield source.finding(inner, "H302", f"an import {where} hides an edge; move it to the head of the file")


def _own_statements(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """These nodes and all below them, but for those in an inner function or class, which is looked at by itself."""
    for node in nodes:
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _own_statements(ast.iter_child_nodes(node))


def relative_imports(source: Source) -> Iterator[Finding]:
    """H303: imports are absolute."""
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom) and node.level:
            yield source.finding(node, "H303", "write the absolute import: `from src.posts import models`")


def dynamic_imports(source: Source) -> Iterator[Finding]:
    """H304: nothing is imported by a text, which no contract sees."""
    for call in source.calls:
        called_by_name = isinstance(call.func, ast.Name) and call.func.id == "__import__"
        if called_by_name or source.origin(call.func) == "importlib.import_module":
            yield source.finding(call, "H304", "an import by text hides an edge; import at the head of the file")


def closed_doors(source: Source) -> Iterator[Finding]:
    """H305, H306, H307: tables of contents, neighbours of a chain, and packages that know the ground alone."""
    for line, name in source.imported:
        parts = name.split(".")
        if parts[0] != "src" or len(parts) < 2 or parts[1] == source.unit:
            continue
        if parts[2:3] == ["feature"] and source.path != FEATURE_READER:
            yield source.finding(line, "H305", f"{parts[1]}/feature.py is imported by {FEATURE_READER} alone")
        if parts[1] in _neighbours(source):
            yield source.finding(
                line, "H306", f"{source.unit} and {parts[1]} stand side by side and do not know each other"
            )
        if source.unit in NARROW and parts[1] not in NARROW[source.unit] | source.project.ground:
            yield source.finding(
                line, "H307", f"{source.unit} imports the ground and {', '.join(NARROW[source.unit])} only"
            )


def _neighbours(source: Source) -> set[str]:
    """The packages beside the chain that this file's package belongs to."""
    for chain in CHAINS:
        if source.unit in chain:
            floors = [set(floor) for floor in source.project.floors if set(chain) & set(floor)]
            return set[str]().union(*floors) - set(chain)
    return set()

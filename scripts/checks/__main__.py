"""The command: reads what git knows of this repository, runs every rule, prints `path:line: CODE message`."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.checks import borders, edges, endpoints, inputs, sizes, transactions, words
from scripts.checks.source import Finding, Project, Rule, Source, read_floors

ROOT = Path(__file__).resolve().parents[2]
SRC_RULES: tuple[Rule, ...] = (
    transactions.commits,
    transactions.statements,
    transactions.offsets,
    transactions.short_transactions,
    endpoints.banned_names,
    endpoints.router_places,
    endpoints.handlers,
    inputs.bare_types,
    edges.bare_names,
    edges.dynamic_imports,
    edges.closed_doors,
    borders.library_owners,
    borders.clocks,
    borders.relations,
)
COMMON_RULES: tuple[Rule, ...] = (edges.hidden_imports, edges.relative_imports, sizes.files, sizes.functions)
PYTHON_FOLDERS = frozenset({"alembic", "benchmarks", "scripts", "src", "tests"})


def repository_files(root: Path) -> list[str]:
    """The files of the repository, those not yet added too, relative to its root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout  # noqa: S603
    return sorted({path for path in listed.split("\0") if path and (root / path).is_file()})


def findings(root: Path) -> Iterator[Finding]:
    """All findings in the repository at this folder."""
    paths = repository_files(root)
    project = Project.of(paths, read_floors(root / ".importlinter"))
    for path in paths:
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        yield from words.check(path, text)
        if path.endswith(".py") and path.partition("/")[0] in PYTHON_FOLDERS:
            yield from _python(path, text, project)


def _python(path: str, text: str, project: Project) -> Iterator[Finding]:
    try:
        source = Source.parse(path, text, project)
    except SyntaxError as error:
        yield Finding(path, error.lineno or 1, "H000", f"is no Python: {error.msg}")
        return
    for rule in (*COMMON_RULES, *(SRC_RULES if path.startswith("src/") else ())):
        yield from rule(source)


def main(root: Path = ROOT) -> int:
    """Prints the findings in order and gives the exit code: 1 if there is one."""
    found = sorted(findings(root))
    for finding in found:
        print(finding)
    print(f"{len(found)} findings" if found else "All house rules kept.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

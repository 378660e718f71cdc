"""Rules of what comes from outside: a number, a switch or a time of a request has one of the house's own types."""

import ast
from collections.abc import Iterator

from scripts.checks.source import Finding, Source

BARE = {
    "bool": 'Flag, which takes no 1 and no "yes"',
    "datetime.datetime": "Instant, which has a time zone and a sane year",
    "float": "Finite, which is neither infinite nor NaN",
    "int": "Count or Int32, which fit their column, or Id",
}


def bare_types(source: Source) -> Iterator[Finding]:
    """H209: a field of a request is no bare int, bool, float or datetime: those take what cannot be stored."""
    inputs = {"src.schemas.Input"}
    for node in source.tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        # A request model of the same file may be the base of another.
        if inputs.isdisjoint((source.origin(base) or ast.unparse(base)) for base in node.bases):
            continue
        inputs.add(node.name)
        for field in (statement for statement in node.body if isinstance(statement, ast.AnnAssign)):
            yield from _of_field(source, field)


def _of_field(source: Source, field: ast.AnnAssign) -> Iterator[Finding]:
    for part in ast.walk(field.annotation):
        if isinstance(part, ast.Name | ast.Attribute):
            name = source.origin(part) or ast.unparse(part)
            if name in BARE:
                message = f"`{ast.unparse(field.target)}` is a bare {name} in a request; take {BARE[name]}"
                yield source.finding(field, "H209", message)

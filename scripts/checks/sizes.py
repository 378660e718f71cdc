"""Rules of size: what does not fit on a few screens is two things."""

from collections.abc import Iterator

from scripts.checks.source import Finding, Source

MAX_FILE_LINES = 450
MAX_FUNCTION_LINES = 60


def files(source: Source) -> Iterator[Finding]:
    """H501: a file has at most MAX_FILE_LINES lines."""
    lines = len(source.text.splitlines())
    if lines > MAX_FILE_LINES:
        yield source.finding(MAX_FILE_LINES + 1, "H501", f"the file has {lines} lines (at most {MAX_FILE_LINES})")


def functions(source: Source) -> Iterator[Finding]:
    """H502: a function has at most MAX_FUNCTION_LINES lines, its docstring included, its decorators not."""
    for function in source.functions:
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > MAX_FUNCTION_LINES:
            message = f"{function.name} has {lines} lines (at most {MAX_FUNCTION_LINES})"
            yield source.finding(function, "H502", message)

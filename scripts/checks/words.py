"""Rules of words, for every text file of the repository: nothing unfinished, nothing that ties it to one machine."""

import re
from collections.abc import Iterator

from scripts.checks.source import Finding, matches

# Written by others, or by a tool.
FOREIGN = ("LICENSE", "uv.lock", "src/static/vendor/")

# The patterns are spelt so that they do not find themselves.
WORDS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "H601",
        re.compile(
            r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.org|npmjs\.com|yarnpkg\.com|crates\.io|proxy\.golang\.org|docker\.io"
            r"|ghcr\.io|quay\.io|gcr\.io|public\.ecr\.aws|unpkg\.com|jsdelivr\.net|esm\.sh)\b"
        ),
        "names a registry host; only uv.lock does, so that a mirror can take its place",
    ),
    ("H602", re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X])\b"), "marks something unfinished; finish it or leave it out"),
    (
        "H603",
        re.compile(r"/work/(?:main|shared)\b|\bissue [#]?\d|\bDESIGN[.]md\b|\bresearch/\w+[.]md\b", re.IGNORECASE),
        "points to something that does not come with this repository",
    ),
)


def check(path: str, text: str) -> Iterator[Finding]:
    """H601, H602, H603: the forbidden words of one text file."""
    if matches(path, FOREIGN):
        return
    for number, line in enumerate(text.splitlines(), start=1):
        for code, pattern, message in WORDS:
            found = pattern.search(line)
            if found:
                yield Finding(path, number, code, f"{found.group()!r} {message}")

"""The Python of the documentation runs.

The ```python blocks of one page are one program, run from the top as a reader would type it; a line number in a failure
is the page's own. A fragment that cannot stand alone is marked ```py: it is only parsed. Shell blocks are not run.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / ".github").rglob("*.md"))]
BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w+)\n(?P<code>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)


def program(page: str, language: str) -> str:
    """The blocks of this language, each on its own lines of the page; all other lines are empty."""
    lines = [""] * (page.count("\n") + 1)
    for block in BLOCK.finditer(page):
        if block["language"] == language:
            start = page.count("\n", 0, block.start("code"))
            code = dedent(block["code"]).splitlines()
            lines[start : start + len(code)] = code
    return "\n".join(lines)


def having(language: str) -> list[str]:
    """The pages with blocks of this language, relative to the repository."""
    return [str(page.relative_to(ROOT)) for page in PAGES if program(page.read_text(), language).strip()]


@pytest.mark.parametrize("page", having("python"))
def test_the_programs_of_a_page_run(page: str, tmp_path: Path) -> None:
    run = "import sys; exec(compile(sys.stdin.read(), sys.argv[1], 'exec'))"
    done = subprocess.run(
        [sys.executable, "-c", run, page],
        input=program((ROOT / page).read_text(), "python"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", having("py"))
def test_the_fragments_of_a_page_are_python(page: str) -> None:
    compile(program((ROOT / page).read_text(), "py"), page, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


PAGE = """# Page

```python
a = 1
```

1. An item:

   ```python
   print(a)
   ```

```sh
a = 2
```

```py
await session.get(a)
```
"""


def test_blocks_keep_their_lines_and_their_language() -> None:
    lines = program(PAGE, "python").splitlines()
    assert {number: line for number, line in enumerate(lines, start=1) if line} == {4: "a = 1", 10: "print(a)"}
    assert program(PAGE, "py").strip() == "await session.get(a)"

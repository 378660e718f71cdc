"""How a failure is written into logs and dead letters: without a word of what people have written."""

import traceback
from pathlib import Path

from src.config import ROOT
from src.database import sqlstate_of


def described(error: BaseException) -> str:
    """An error by class, SQLSTATE and place in our code; its words may hold what people have written."""
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    state = sqlstate_of(error)
    ours = [
        f"{path.relative_to(ROOT)}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if (path := Path(frame.filename)).is_relative_to(ROOT) and ".venv" not in path.parts
    ]
    return " ".join([name, *([f"({state})"] if state else []), *([f"at {ours[-1]}"] if ours else [])])

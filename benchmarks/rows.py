"""The rows of the table, and the machine that they were measured on."""

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        name: what was measured.
        value: the figure of Hearth, in `unit`.
        unit: of value and floor.
        floor: the same without Hearth, measured in this run; None where there is none.
        ratio: of the two, as the goal takes it; the value itself where there is no floor.
        goal: what the ratio has to be, in words.
        met: whether it is.
    """

    name: str
    value: float
    unit: str
    floor: float | None
    ratio: float
    goal: str
    met: bool


def at_least(name: str, value: float, unit: str, floor: float, goal: float) -> Row:
    """A row where more is better: value / floor has to reach the goal."""
    ratio = value / floor
    return Row(name, value, unit, floor, ratio, f">= {goal:g}", ratio >= goal)


def at_most(name: str, value: float, unit: str, floor: float | None, goal: float) -> Row:
    """A row where less is better: value / floor, or the bare value, has to stay below the goal."""
    ratio = value if floor is None else value / floor
    return Row(name, value, unit, floor, ratio, f"<= {goal:g}", ratio <= goal)


def _machine() -> dict[str, str | int | None]:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def show(rows: Sequence[Row]) -> None:
    """Prints the table."""
    table = Table(
        title=f"Hearth, {datetime.now(UTC):%Y-%m-%d}, {_machine()['cores']} cores, Python {platform.python_version()}"
    )
    for column in ("what", "value", "unit", "floor", "ratio", "goal", "met"):
        table.add_column(column, justify="right" if column in {"value", "floor", "ratio"} else "left")
    for row in rows:
        floor = "" if row.floor is None else f"{row.floor:,.2f}"
        table.add_row(
            row.name, f"{row.value:,.2f}", row.unit, floor, f"{row.ratio:.2f}", row.goal, "yes" if row.met else "NO"
        )
    Console(width=140).print(table)


def save(rows: Sequence[Row], path: Path) -> None:
    """Writes the rows with machine and date as JSON."""
    document = {"date": datetime.now(UTC).isoformat(), "machine": _machine(), "rows": [asdict(row) for row in rows]}
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))

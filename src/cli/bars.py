"""Progress bars of commands that take a while: on stderr, one for each step as it comes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

S = TypeVar("S", bound=str)


@contextmanager
def shown(labels: Mapping[S, str]) -> Iterator[Callable[[S, int, int], None]]:
    """Gives what the work calls with a step, how much of it is done, and of how much; `labels` name the steps.

    A step without a label is shown by its own name: no work ends over how it looks.
    """
    width = max(map(len, labels.values()))
    columns = (
        TextColumn(f"{{task.description:<{width}}}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    progress = Progress(*columns, console=Console(stderr=True))
    bars: dict[S, TaskID] = {}

    def show(step: S, done: int, total: int) -> None:
        if not total:
            return
        if step not in bars:
            bars[step] = progress.add_task(labels.get(step, step))
            progress.start()
        progress.update(bars[step], completed=done, total=total)

    try:
        yield show
    finally:
        if bars:
            progress.stop()

"""Progress on stderr: fetching and converting models, and how far a clip is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn


class Shown:
    """The bars of one command."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def fetch(self, what: str, done: int, total: int | None) -> None:
        """One bar per thing fetched or converted (`pantau.see.fetch.Progress`)."""
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[what], completed=done, total=total)

    def clip(self, name: str, duration_s: float, doing: str = "counting") -> Callable[[float], None]:
        """A bar for a clip; the function takes the seconds done."""
        task = self._bars.add_task(f"{doing} {name}", total=duration_s)

        def advance(done_s: float) -> None:
            self._bars.update(task, completed=done_s)

        return advance


@contextmanager
def progress_on(console: Console) -> Iterator[Shown]:
    """Bars that live as long as the block; a console that is no terminal shows none."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        yield Shown(bars)

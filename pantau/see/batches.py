"""Runs what several threads ask of one device together, as many at once as have come while it was busy.

Idea: nobody waits for company. Who finds the device free runs at once, alone; while it runs, others queue up, and the first of them to wake
takes all that wait, up to `most`, as one batch. So batches grow with the load by themselves, and a lone camera loses nothing.
The work is done in the threads of those who asked. Rejected: a thread of its own that waits some milliseconds for more (it costs every lone picture that
wait), and a fixed batch (a camera that is away would hold up all others).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pantau.types import Floats

MOST: Final = 16

Outputs = dict[str, Floats]
Run = Callable[[Floats], Outputs]
"""From inputs (N, ...) to outputs by name, each (N, ...)."""


@dataclass(slots=True)
class _Asked:
    """One input (1, ...) and what came of it."""

    array: Floats
    outputs: Outputs | None = None
    failed: Exception | None = None

    def done(self) -> bool:
        return self.outputs is not None or self.failed is not None


class Batches:
    """The queue before one network on one device. Safe from any thread.

    Args:
        run: runs a batch; one at a time.
        most: inputs in a batch; 1 where the network takes no more.
    """

    def __init__(self, run: Run, most: int = MOST) -> None:
        self._run, self._most = run, most
        self._changed = threading.Condition()
        self._waiting: list[_Asked] = []
        self._busy = False

    def infer(self, array: Floats) -> Outputs:
        """What the network says of one input (1, ...); whatever running it raises is raised to all of its batch."""
        mine = _Asked(array)
        with self._changed:
            self._waiting.append(mine)
        while not mine.done():
            with self._changed:
                self._changed.wait_for(lambda: mine.done() or not self._busy)
                if mine.done():
                    break
                self._busy = True
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            self._work(batch)
        if mine.failed is not None:
            raise mine.failed
        return mine.outputs or {}

    def _work(self, batch: Sequence[_Asked]) -> None:
        try:
            told = self._run(np.concatenate([one.array for one in batch]) if len(batch) > 1 else batch[0].array)
            parts = [{name: values[n : n + 1] for name, values in told.items()} for n in range(len(batch))]
        except Exception as error:  # noqa: BLE001  # whoever asked is told
            failed: Exception | None = error
            parts = []
        else:
            failed = None
        with self._changed:
            for n, one in enumerate(batch):
                one.outputs, one.failed = (parts[n] if failed is None else None), failed
            self._busy = False
            self._changed.notify_all()

"""A sink that passes on what the store has acknowledged, so that alarms never speak of what was not kept."""

from __future__ import annotations

from typing import Protocol

from pantau.ports import Sink
from pantau.types import Batch, Run


class Listener(Protocol):
    """Who wants to hear of committed batches; it must not take long and raises nothing."""

    def begin(self, run: Run) -> None:
        """A run will have batches."""
        ...

    def take(self, batch: Batch) -> None:
        """A batch was committed."""
        ...


class TappedSink:
    """A `pantau.ports.Sink` around another one."""

    def __init__(self, sink: Sink, listener: Listener) -> None:
        self._sink, self._listener = sink, listener

    def begin(self, run: Run) -> None:
        """As `Sink.begin`, then passed on."""
        self._sink.begin(run)
        self._listener.begin(run)

    def write(self, batch: Batch) -> None:
        """As `Sink.write`; passed on once it is committed."""
        self._sink.write(batch)
        self._listener.take(batch)

    def end(self, run: str) -> None:
        """As `Sink.end`."""
        self._sink.end(run)

"""A detector without a network, for tests and for trying a pipeline: it plays back what it is given."""

from __future__ import annotations

from collections.abc import Iterable

from pantau.types import Detections, Image


class FakeDetector:
    """Gives the detections of `script` one by one, then none for ever; a None in it says "not done in time".

    It is a loaded model too: `open` gives a detector with the same script from its start.
    """

    def __init__(self, script: Iterable[Detections | None] = (), method: str = "fake") -> None:
        self._script = tuple(script)
        self._method = method
        self._calls = 0

    @property
    def method(self) -> str:
        """As stored beside every number."""
        return self._method

    @property
    def calls(self) -> int:
        """How many pictures it was shown."""
        return self._calls

    def detect(self, image: Image, deadline_s: float | None = None) -> Detections | None:
        """The next of the script."""
        at, self._calls = self._calls, self._calls + 1
        return self._script[at] if at < len(self._script) else Detections.empty()

    def open(self) -> FakeDetector:
        """The same script from its start."""
        return FakeDetector(self._script, self._method)

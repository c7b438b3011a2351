"""A crossing counter that tells when a road user went on under another track.

`CrossingCounter` goes on with the path of a track that vanished in one that begins where it would be by now. Whoever keeps things
of their own by track (positions on the ground, the first line of a trip) must know of that, or half of what they kept is lost.
"""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from pantau.measure.crossing import CrossingCounter, _Walk
from pantau.measure.path import Sample
from pantau.places import Line


class FollowingCounter(CrossingCounter):
    """Counts crossings; `went_on` gives the tracks that went on as others since it was last asked, in order."""

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__(lines)
        self._went_on: list[tuple[int, int]] = []

    def went_on(self) -> list[tuple[int, int]]:
        """(old, new) for each."""
        told, self._went_on = self._went_on, []
        return told

    @override
    def _resume(self, track: int, sample: Sample, kind: int, present: set[int]) -> _Walk | None:
        before = {id(walk): old for old, walk in self._walks.items()}
        walk = super()._resume(track, sample, kind, present)
        if walk is not None:
            self._went_on.append((before[id(walk)], track))
        return walk

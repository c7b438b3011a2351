"""What was seen at each sample of a replay: an analyser that measures nothing and remembers the tracks.

From it come the paths drawn in the report and the comparison of tracks with true boxes. Only the newest `SAMPLES` samples
are held (nearly three hours at 5 per second), so a long clip costs no more memory; what is older has no pictures.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.evaluate.tracking import Matchup
from pantau.evaluate.truth import Boxed, Mark, Truth, group
from pantau.findings import Findings
from pantau.places import Line, Point
from pantau.ports import Needs
from pantau.types import CLASSES, Key, View

SAMPLES: Final = 50_000
AROUND_S: Final = 2.0
"""Seconds of path before and after a moment."""
PATHS: Final = 3
"""Paths drawn at one moment: those closest to the line."""
FAR: Final = 0.15
"""Fraction of the picture beyond which a path has nothing to do with a line."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One sample: frame number, seconds of the clip, picture size, track ids (N,), boxes (N, 4), classes (N,)."""

    frame: int
    t_s: float
    size: tuple[int, int]
    ids: npt.NDArray[np.int64]
    xyxy: npt.NDArray[np.float32]
    class_id: npt.NDArray[np.int64]

    def ground(self) -> npt.NDArray[np.float64]:
        """Ground points (N, 2) in fractions."""
        x = (self.xyxy[:, 0] + self.xyxy[:, 2]) / 2
        return np.stack([x / self.size[0], self.xyxy[:, 3] / self.size[1]], axis=1).astype(np.float64)


Path = tuple[tuple[float, float, float], ...]
"""(t_s, x, y) of a ground point, fractions, in order of time."""


class Witness:
    """Remembers tracks (`pantau.ports.Analyser`)."""

    def __init__(self, start: datetime, cadence_s: float) -> None:
        self._start, self._cadence_s = start, cadence_s
        self.seen: deque[Seen] = deque(maxlen=SAMPLES)

    @property
    def family(self) -> str:
        """No family of the vocabulary: it measures nothing."""
        return "witness"

    @property
    def method(self) -> str:
        """It does not change numbers."""
        return "witness"

    @property
    def needs(self) -> Needs:
        """Every sample."""
        return Needs(self._cadence_s, frozenset({"detections", "tracks"}))

    @property
    def keys(self) -> tuple[Key, ...]:
        """None."""
        return ()

    def step(self, view: View) -> Findings:
        """Remember this sample."""
        t_s = (view.time - self._start).total_seconds()
        d = view.tracks.detections
        self.seen.append(Seen(view.frame.index, t_s, view.frame.size, view.tracks.track_id, d.xyxy, d.class_id))
        return Findings()

    def close(self, time: datetime) -> Findings:
        """Nothing is open."""
        del time
        return Findings()

    def frames_around(self, t_s: float, count: int, apart_s: float) -> list[Seen]:
        """`count` samples around a moment, about `apart_s` apart, in order of time."""
        if not self.seen:
            return []
        times = np.array([one.t_s for one in self.seen])
        wanted = t_s + (np.arange(count) - (count - 1) / 2) * max(apart_s, self._cadence_s)
        picks = sorted({int(np.abs(times - w).argmin()) for w in wanted})
        return [self.seen[i] for i in picks if abs(times[i] - t_s) <= count * max(apart_s, self._cadence_s)]

    def paths(self, mark: Mark, line: Line) -> list[Path]:
        """Ground paths near a line around a moment, the closest first."""
        points: dict[int, list[tuple[float, float, float]]] = {}
        for one in self.seen:
            if abs(one.t_s - mark.t_s) <= AROUND_S:
                for track, (x, y) in zip(one.ids.tolist(), one.ground().tolist(), strict=True):
                    points.setdefault(track, []).append((one.t_s, x, y))
        found = [(min(_from_segment((x, y), line) for _, x, y in path), tuple(path)) for path in points.values()]
        return [path for distance, path in sorted(found, key=lambda f: f[0])[:PATHS] if distance <= FAR]

    def matchups(self, truth: Truth) -> Iterator[Matchup]:
        """Each sample beside the true boxes of its frame; classes that were not labelled are left out."""
        yield from matchups(self.seen, truth.boxes, truth.groups)


def matchups(seen: deque[Seen], boxes: Mapping[int, Boxed], groups: frozenset[str] | None) -> Iterator[Matchup]:
    """As `Witness.matchups`; samples outside the labelled frames are left out."""
    if not boxes:
        return
    first, last = min(boxes), max(boxes)
    nobody = Boxed(np.empty(0, np.int64), np.empty((0, 4)), ())
    for one in seen:
        if not first <= one.frame <= last:
            continue
        true = boxes.get(one.frame, nobody)
        asked = np.array([groups is None or group(CLASSES[c]) in groups for c in one.class_id], bool)
        yield Matchup.of_boxes(true.ids, true.xyxy, one.ids[asked], one.xyxy[asked].astype(np.float64))


def _from_segment(point: Point, line: Line) -> float:
    start, end, here = np.asarray(line.start), np.asarray(line.end), np.asarray(point)
    along = end - start
    share = float(np.clip((here - start) @ along / (along @ along), 0, 1))
    return float(np.hypot(*(start + share * along - here)))

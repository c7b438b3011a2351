"""How tall a person is at a place of one picture: learned from the people who walked there.

On flat ground a person's height in pixels is nearly a straight function of the row of their feet, so two numbers, fitted to
the last `KEPT` boxes (Theil-Sen: the median of slopes, deaf to a third of wrong boxes), say what half a person is. Below `FEW` people
nothing is said. A camera with a ground calibration would know it better; most have none.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.types import CLASSES, Detections

SURE: Final = 0.45
KEPT: Final = 240
FEW: Final = 25
SLIM: Final = (1.5, 4.5)
"""Height ÷ width of somebody who is wholly seen."""


class Stature:
    """Of one camera."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque(maxlen=KEPT)
        self._line: tuple[float, float] | None = None

    def step(self, found: Detections) -> None:
        """Learn from the people of one picture."""
        people = found[(found.class_id == CLASSES.index("person")) & (found.confidence >= SURE)]
        for x1, y1, x2, y2 in people.xyxy.tolist():
            if SLIM[0] <= (y2 - y1) / max(x2 - x1, 1.0) <= SLIM[1]:
                self._seen.append((y2, y2 - y1))
                self._line = None

    def at(self, foot: float) -> float:
        """Pixels that a person is tall whose feet are on this row; 0 where that is not known."""
        if len(self._seen) < FEW:
            return 0.0
        if self._line is None:
            self._line = _line(np.array(self._seen, np.float64))
        return max(self._line[0] + self._line[1] * foot, 0.0)


def _line(points: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Offset and slope."""
    rows = np.arange(0, len(points), max(len(points) // 80, 1))
    some = points[rows]
    run = some[:, None, 0] - some[None, :, 0]
    rise = some[:, None, 1] - some[None, :, 1]
    apart = run > 10.0
    slope = float(np.median(rise[apart] / run[apart])) if apart.any() else 0.0
    return float(np.median(points[:, 1] - slope * points[:, 0])), slope

"""The path of one road user: where their ground point is and was, and what the detector called them.

Bounded: a path holds its newest two samples and sums, so that a car which waits an hour costs what one that passes does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from pantau.types import CLASSES, Tracks

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """A road user at one moment: ground point, box size √(w·h) and velocity of the ground point, pixels and seconds."""

    time: datetime
    x: float
    y: float
    size: float
    vx: float
    vy: float


@dataclass(slots=True, eq=False)
class Path:
    """A track as it goes on.

    Args:
        track: its id.
        first, last: its oldest and newest sample.
        count: how many samples it had.
        votes: confidence given to each class over its whole life.
    """

    track: int
    first: Sample
    last: Sample
    count: int = 0
    votes: Array = field(default_factory=lambda: np.zeros(len(CLASSES)))

    def add(self, sample: Sample, class_id: int, confidence: float) -> None:
        """Go on to the newest sample."""
        self.last = sample
        self.count += 1
        self.votes[class_id] += confidence

    @property
    def class_name(self) -> str:
        """The class with most confidence over the path."""
        return CLASSES[int(self.votes.argmax())]

    @property
    def certainty(self) -> float:
        """Share of the votes that the winning class has, 0 to 1."""
        total = float(self.votes.sum())
        return float(self.votes.max()) / total if total > 0 else 0.0


def samples(time: datetime, tracks: Tracks) -> tuple[Array, list[Sample]]:
    """Ground points (N, 2) in pixels and the samples of every track in view."""
    boxes = tracks.detections.xyxy.astype(np.float64)
    sizes = np.sqrt((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).clip(1e-6)
    ground = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)
    rows = np.column_stack([ground, sizes, tracks.velocity]).tolist()
    return ground, [Sample(time, *row) for row in rows]

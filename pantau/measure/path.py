"""The path of one road user: where their ground point is and was, and what they are.

What they are is what the detector called them with most confidence over the whole path, with one exception: detectors mix
up bicycles and motorcycles, but no bicycle goes at 30 km/h. A box tells metres from pixels: a two-wheeler is 1.1 m high and
1.8 m long. From the side and from the front it is at least as high as the height shows; from above, its length takes over. So the
speed found is one that was reached at least, about. To be fast proves a motorcycle; to be slow proves nothing, because motorcycles wait in queues.

Bounded: a path holds its newest two samples and sums, so that a car which waits an hour costs what one that passes does.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from math import hypot
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.types import CLASSES, Tracks

Array = npt.NDArray[np.float64]

FAST: Final = 8.0 / 1.1
"""Speed no bicycle keeps up in a city, in heights of a two-wheeler a second: 8 m/s (the 85th percentile of cyclists is about
7, Bernardi & Rupi 2015) by 1.1 m."""

LENGTH: Final = 0.6
"""1.1 m by the length of a two-wheeler, 1.8 m."""

FAST_SAMPLES: Final = 3
"""Samples in a row that must be so fast; one alone may be a jump of the box."""

BICYCLE: Final = CLASSES.index("bicycle")
MOTORCYCLE: Final = CLASSES.index("motorcycle")


@dataclass(frozen=True, slots=True)
class Sample:
    """A road user at one moment: ground point, box size √(w·h), velocity of the ground point, height and width; pixels, seconds."""

    time: datetime
    x: float
    y: float
    size: float
    vx: float
    vy: float
    height: float
    width: float

    @property
    def scale(self) -> float:
        """Pixels of 1.1 m on a two-wheeler, at least: its height, or 0.6 of its length where it is seen from above."""
        return max(self.height, LENGTH * self.width)


@dataclass(slots=True, eq=False)
class Path:
    """A track as it goes on.

    Args:
        track: its id.
        first, last: its oldest and newest sample.
        count: how many samples it had.
        fast: samples in a row, up to the newest, in which no bicycle could keep up; held once there are enough.
        votes: confidence given to each class over its whole life.
    """

    track: int
    first: Sample
    last: Sample
    count: int = 0
    fast: int = 0
    votes: Array = field(default_factory=lambda: np.zeros(len(CLASSES)))

    def add(self, sample: Sample, class_id: int, confidence: float) -> None:
        """Go on to the newest sample."""
        self.last = sample
        self.count += 1
        self.votes[class_id] += confidence
        if self.fast < FAST_SAMPLES:
            self.fast = self.fast + 1 if hypot(sample.vx, sample.vy) > FAST * sample.scale else 0

    def stay(self, samples: int, until: datetime, class_id: int, confidence: float) -> None:
        """Stand where it stands, as it stands, for so many samples more."""
        self.last = replace(self.last, time=until)
        self.count += samples
        self.votes[class_id] += samples * confidence

    @property
    def class_name(self) -> str:
        """The class with most confidence over the path; what is too fast for a bicycle is a motorcycle."""
        winner = int(self.votes.argmax())
        return CLASSES[MOTORCYCLE if winner == BICYCLE and self.fast >= FAST_SAMPLES else winner]

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
    rows = np.column_stack(
        [ground, sizes, tracks.velocity, boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]]
    ).tolist()
    return ground, [Sample(time, *row) for row in rows]

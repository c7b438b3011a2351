"""Who belongs to whom: detectors see a person *and* a two-wheeler, the street sees one road user.

**A rider belongs to the two-wheeler.** A person rides when their feet are within its box, a good part of the narrower of
the two is before the other, and they move with it: a pedestrian who walks past a parked motorcycle overlaps it too, but not at its speed.

**A pushed bicycle belongs to its walker**, who is a pedestrian. It moves with a person beside it, no faster than people walk.
How fast is told by the person's own height, which is 1.7 m give or take (no calibration is needed). Across the picture that
is a measurement, and nobody rides that slowly for long; along the view the picture shows too little of a speed, so there the
walker must also be beside the bicycle and not above it. Standing proves nothing.

One sample proves little, so the tracker averages (`MEMORY`) and hides from its tracks who belongs to another (`BELONGS`).

Limits: somebody who stands still beside a parked motorcycle is taken for its rider while they stand there. A bicycle pushed
straight towards the camera by somebody right behind it counts as ridden. Motorcycles are always ridden: their riders paddle
slowly through a jam with their feet down, which looks like pushing. No truth at hand holds two-wheelers in numbers; their
counts are not validated.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.see.motion import Array
from pantau.types import Floats

MEMORY: Final = 0.7
"""Weight of the past in the average over samples of whether somebody belongs to another."""

BELONGS: Final = 0.5
"""Average from which that holds."""

WALK: Final = 1.2
"""Fastest walk with a bicycle, in body heights a second: 2 m/s (brisk walking is 1.8; Bohannon 1997) by 1.7 m."""

STAND: Final = 0.2
"""Slowest speed that counts as moving, body heights a second."""

_FEET: Final = 0.25
_WIDTH: Final = 0.4
_DRIFT: Final = 0.8
_LEVEL: Final = 0.4
_BESIDE: Final = 0.35

Flags = npt.NDArray[np.bool_]


def riding(people: Floats, people_v: Array, wheels: Floats, wheels_v: Array) -> Flags:
    """(P, W) which people ride which of the two-wheelers in this sample.

    Args:
        people: (P, 4) xyxy.
        people_v: (P, 2) px/s; NaN for someone just seen, who has the benefit of the doubt to move along.
        wheels: (W, 4) xyxy of two-wheelers.
        wheels_v: (W, 2) px/s.
    """
    x = (people[:, 0] + people[:, 2]) / 2
    feet = people[:, 3, None]
    height = (wheels[:, 3] - wheels[:, 1])[None]
    over = (x[:, None] > wheels[None, :, 0]) & (x[:, None] < wheels[None, :, 2])
    over &= (feet > wheels[None, :, 1]) & (feet < wheels[None, :, 3] + _FEET * height)
    narrower = np.minimum((people[:, 2] - people[:, 0])[:, None], (wheels[:, 2] - wheels[:, 0])[None])
    over &= _shared_width(people, wheels) > _WIDTH * narrower
    return over & _together(people_v, wheels, wheels_v)


def pushed(people: Floats, people_v: Array, wheels: Floats, wheels_v: Array) -> Array:
    """(W,) 1 for a bicycle that somebody pushes in this sample, 0 for one that nobody does, NaN where it can't be told.

    Args:
        people: (P, 4) xyxy.
        people_v: (P, 2) px/s; NaN for someone just seen.
        wheels: (W, 4) xyxy of bicycles.
        wheels_v: (W, 2) px/s.
    """
    out = np.zeros(len(wheels))
    if not len(people):
        return out
    tall = (people[:, 3] - people[:, 1]).astype(np.float64)[:, None]
    height = (wheels[:, 3] - wheels[:, 1])[None]
    near = _shared_width(people, wheels) > 0
    near &= np.abs(people[:, 3, None] - wheels[None, :, 3]) < _LEVEL * height
    near &= _together(people_v, wheels, wheels_v)
    speed = np.linalg.norm(wheels_v, axis=1)[None] / tall
    across = (np.abs(wheels_v[:, 0]) >= np.abs(wheels_v[:, 1]))[None]
    offset = (people[:, 0] + people[:, 2])[:, None] / 2 - (wheels[:, 0] + wheels[:, 2])[None] / 2
    beside = np.abs(offset) > _BESIDE * (wheels[:, 2] - wheels[:, 0])[None]
    slow = (speed < WALK) & (across | beside)
    standing = near & (speed < STAND)
    out[standing.any(axis=0)] = np.nan
    out[(near & slow & ~standing).any(axis=0)] = 1.0
    return out


def _shared_width(a: Floats, b: Floats) -> Floats:
    """(N, M) pixels across that boxes of `a` share with boxes of `b`; negative where they share none."""
    return np.asarray(np.minimum(a[:, 2, None], b[None, :, 2]) - np.maximum(a[:, 0, None], b[None, :, 0]))


def _together(people_v: Array, wheels: Floats, wheels_v: Array) -> Flags:
    """(P, W) who moves along with what, or was just seen."""
    size = np.sqrt((wheels[:, 2] - wheels[:, 0]) * (wheels[:, 3] - wheels[:, 1]))[None]
    drift = np.linalg.norm(people_v[:, None] - wheels_v[None], axis=2)
    close = drift < np.maximum(_DRIFT * size, 0.5 * np.linalg.norm(wheels_v, axis=1)[None])
    return np.asarray(np.isnan(drift) | close)

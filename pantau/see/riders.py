"""A rider belongs to the motorcycle: detectors see a person *and* a two-wheeler, the street sees one road user.

A person rides when their feet are within the two-wheeler's box, they cover a good part of its width, and they move with
it: a pedestrian who walks past a parked motorcycle overlaps it too, but not at its speed. One sample proves little, so the
tracker averages (`RIDE_MEMORY`) and hides a person from the tracks while they ride.

Limits: somebody who stands still beside a parked motorcycle is taken for its rider while they stand there. Bicycles that
are pushed are not told apart from bicycles that are ridden. No truth at hand holds two-wheelers in numbers; their counts are
not validated.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.see.motion import Array
from pantau.types import Floats

RIDE_MEMORY: Final = 0.7
"""Weight of the past in the average over samples of whether a person rides."""

RIDES: Final = 0.5
"""Average from which a person is taken for a rider."""

_FEET: Final = 0.25
_WIDTH: Final = 0.4
_DRIFT: Final = 0.8


def riding(people: Floats, people_v: Array, wheels: Floats, wheels_v: Array) -> npt.NDArray[np.bool_]:
    """(P,) which people ride any of the two-wheelers in this sample.

    Args:
        people: (P, 4) xyxy.
        people_v: (P, 2) px/s; NaN for someone just seen, who has the benefit of the doubt to move along.
        wheels: (W, 4) xyxy of two-wheelers.
        wheels_v: (W, 2) px/s.
    """
    x = (people[:, 0] + people[:, 2]) / 2
    feet = people[:, 3, None]
    height = (wheels[:, 3] - wheels[:, 1])[None]
    shared = np.minimum(people[:, 2, None], wheels[None, :, 2]) - np.maximum(people[:, 0, None], wheels[None, :, 0])
    over = (x[:, None] > wheels[None, :, 0]) & (x[:, None] < wheels[None, :, 2])
    over &= (feet > wheels[None, :, 1]) & (feet < wheels[None, :, 3] + _FEET * height)
    over &= shared > _WIDTH * (wheels[:, 2] - wheels[:, 0])[None]
    size = np.sqrt((wheels[:, 2] - wheels[:, 0])[None] * height)
    drift = np.linalg.norm(people_v[:, None] - wheels_v[None], axis=2)
    together = np.isnan(drift) | (drift < np.maximum(_DRIFT * size, 0.5 * np.linalg.norm(wheels_v, axis=1)[None]))
    return np.asarray((over & together).any(axis=1))

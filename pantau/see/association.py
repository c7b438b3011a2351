"""Which box belongs to which track: the cost of a pair, and the cheapest set of pairs.

A pair costs minus twice the logarithm of how likely the box is under the track's prediction, up to a constant:

    cost = Σ (r² / S + ln(S / R))        r residual, S its variance, R the variance of the box alone

over centre x, centre y, ln w and ln h, plus a price for a change of class. The logarithm makes a track that is unsure
(just begun, long unseen) pay for its wide reach, so that it can't take the box of one that is sure: with it the same rule
serves vehicles that move more than their own length between samples (no overlap at all, where IoU says nothing: the
reason for the buffered IoU of C-BIoU, Yang et al. 2023) and people walking abreast.

A track or box that stays alone costs `limit`, so that matching nothing can be cheaper than a chain of wrong pairs.

Classes are a price, never a wall: detectors call the same van car, truck and bus in three samples.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.see.motion import P11, Array, Motion, X
from pantau.types import CLASS_GROUP

Rows = npt.NDArray[np.int64]

GROUP: Final = np.array(CLASS_GROUP)

_PRICE: Final = np.array([[0.0, 4.0, 9.0], [4.0, 0.0, 6.0], [9.0, 6.0, 0.0]])
"""Price of calling one group the other, in the unit of the cost (9 is a deviation of 3 sigma)."""


def pair_cost(motion: Motion, boxes: Array, measured: Array, track_class: Rows, box_class: Rows) -> Array:
    """(N, M) cost of giving box m to track n; boxes (M, 4) as centre and ln size, `measured` (M, 4) their variance."""
    place, spread = motion.state[X], motion.state[P11]
    # (4, N, M): long contiguous rows, which only copies of the turned arrays give
    places, spreads, boxes, measured = (np.ascontiguousarray(one.T) for one in (place, spread, boxes, measured))
    variance = spreads[:, :, None] + measured[:, None, :]
    residual = boxes[:, None, :] - places[:, :, None]
    cost = np.log(np.multiply.reduce(variance) / np.multiply.reduce(measured))
    residual *= residual
    residual /= variance
    cost += np.add.reduce(residual)
    cost += _PRICE[GROUP[track_class]][:, GROUP[box_class]]
    return np.asarray(cost)


def cheapest(cost: Array, limit: float) -> tuple[Rows, Rows]:
    """Rows and columns of the cheapest assignment in which staying alone costs `limit` (per pair given up)."""
    if not cost.size:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - 0.3 s of start-up, and only who tracks needs it

    rows, columns = linear_sum_assignment(np.minimum(cost, limit))
    good = cost[rows, columns] < limit
    return rows[good], columns[good]

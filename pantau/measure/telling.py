"""Which rows of a gauge could show water at all: what a dry look has of structure, against the noise of the light it is seen in.

Water is told by what no longer looks dry. Dark bare asphalt looks like nothing in particular: noise is as strong as it is, and its
likeness to its own dry look says nothing, dry or under water. So each row is weighed by the share of structure in its dry look
compared *with itself* (`local_likeness`), which needs no water to be known, and below `TELLS` it says nothing and no level is told in it.
A gauge that can't tell its alarm level, or too much of its height, in the light of its dry look is *refused* (`refusal`): a light in which it
could would come and go, and nobody would know on which nights the place is guarded. So it stays refused until somebody acts.

`TELLS` lies in the middle of what the bench's tuned places left open: taken at any hour without water, the dry looks of the two that read well had a
share of 0.57 to 0.97 at the alarm level and over their height (0.44 in one take behind a passer: hence `TAKES`), those of the one that does not
0.23 to 0.33 by night, when it is refused, and 0.97 by day: then its nights are gaps, and it says so.
Source: signal over signal and noise, the weight of Wiener (1949). Limit: a row that tells by its tint alone is not counted.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.findings import Reason
from pantau.measure.dry import WINDOW, Dry
from pantau.measure.patch import local_likeness

Array = npt.NDArray[np.float64]

NOTHING: Final = 0.38
"""Share of structure up to which a row says nothing..."""
FULL: Final = 0.55
"""... and from which on all that it says counts."""
TELLS: Final = 0.4
"""Weight from which on a row is said to tell."""
REACH_CM: Final = 6.0
"""Rows tell about a place between rows when they are no farther from it."""
MOST_BLIND: Final = 0.4
"""Share of a gauge's rows that may tell nothing."""
TAKES: Final = 3
"""Dry looks that are taken before a gauge is refused: one can be spoilt by who passes."""


def telling(one: Dry, noise_var: float) -> Array:
    """(rows,) 0 where a dry look could not be told from another in this noise, 1 where all that is seen counts."""
    known = one.patch()
    structure = local_likeness(known, known, WINDOW, noise_var)[1]
    middle = slice(structure.shape[1] // 2 - 1, structure.shape[1] // 2 + 2)
    share = structure[:, middle].mean(axis=1).astype(np.float64)
    return np.asarray(np.clip((share - NOTHING) / (FULL - NOTHING), 0.0, 1.0), np.float64)


def between(tells: Array, heights: Array, row: float) -> bool:
    """Whether rows on both sides of a place tell; at an end of the gauge, on its only side. `heights` (rows + 1,) in cm."""
    cm = float(np.interp(row, np.arange(len(heights)), heights))
    middles, good = (heights[1:] + heights[:-1]) / 2, tells >= TELLS
    sides = ((middles < cm) & (middles >= cm - REACH_CM), (middles >= cm) & (middles <= cm + REACH_CM))
    return all(not side.any() or bool(good[side].mean() >= 0.5) for side in sides)


def refusal(tells: Array, heights: Array, limit_cm: float) -> Reason | None:
    """Why a gauge can't be used in the light of its dry look; nothing where it can. `limit_cm` 0 is none."""
    blind = tells < TELLS
    middles = (heights[1:] + heights[:-1]) / 2
    near = np.abs(middles - limit_cm) <= REACH_CM
    at_limit = limit_cm > 0 and near.any() and bool(blind[near].mean() > 0.5)
    if not at_limit and blind.mean() <= MOST_BLIND:
        return None
    where = {"heights": ", ".join(spans(blind, heights))}
    return Reason("refused_at_limit", where | {"limit": f"{limit_cm:.0f}"}) if at_limit else Reason("refused", where)


def spans(blind: npt.NDArray[np.bool_], heights: Array) -> list[str]:
    """Heights in cm of the stretches of `blind` rows, those of at least `REACH_CM`; the widest where none is so wide."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], blind.astype(np.int8), [0]])))
    found = [(float(heights[low]), float(heights[high])) for low, high in edges.reshape(-1, 2).tolist()]
    wide = [one for one in found if one[1] - one[0] >= REACH_CM]
    return [f"{low:.0f}-{high:.0f} cm" for low, high in wide or sorted(found, key=lambda one: one[0] - one[1])[:1]]

"""What a gauge's level can be, still after still: a hidden Markov model of water, and of what stands before the gauge.

What sets water apart from a lorry is not how it looks in one still. It fills the gauge from its foot, it goes on from where it was
at a rate that water has, and it moves in itself; a lorry is there at once, gone at once, and in between it stands. So a state is a
level (one of the places between rows) in one of three modes, after the switching models of Hamilton (1989):

    calm      the level goes on from where it was (Laplace about it, wider with the time since the last still)
    rush      it rises fast, tens of cm a minute; seldom begun, more likely to go on than to begin
    covered   as calm, but some stretch of the gauge is hidden by what is neither dry nor water

Each still gives each row's evidence between -1 (it looks as when dry) and 1 (it does not), and how far an unlike row *stands*: 0 where
it changes from still to still, 1 where it is as it was in the last. For a level r the logarithm of the likelihood is the sum of

    water, rows below r:  W·e - STANDS·s  (the second above the last level told only: still water may lie where water was seen to come)
    dry, rows from r on: -W·e
    covered stretch:      W·e - MOVES·(1 - s)  (the second not in the still in which it comes: that differs from the last anyhow)

and the covered stretch is whichever gives most (Kadane's maximal sum, on each side of r and across it). The forward recursion
(Rabiner 1989) gives the probability of each level. Nothing is told while that is broad: behind a lorry it broadens by itself.

Evidence of neighbouring rows comes from overlapping windows, so `W` is far below what one independent row would weigh. All
weights were set on the bench's tuned places. Limits: a queue that nobody detects moves and changes; as long as its roofs stand at one
height it is water to this. A flood that comes in one still and lies like glass is a cover. Rejected: a limit of the rate with counted
exceptions (what was here before: every new kind of passer asked for one more), a particle filter (a row is a state: exact is cheaper).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

W: Final = 0.3
STANDS: Final = 0.3
MOVES: Final = 0.08
COVER: Final = 2.0
"""What each covered still costs, as a logarithm: an empty cover must not pay."""
CALM_CM: Final = 0.7
CALM_CM_MIN: Final = 0.8
RUSH_CM: Final = 2.0
RUSH_CM_MIN: Final = 25.0
"""Mean rise in a rush."""
JUMP: Final = 1e-14
"""Chance that the level is anywhere at the next still, whatever it was."""
MODES: Final = np.array([[0.968, 0.002, 0.03], [0.1, 0.87, 0.03], [0.3, 0.002, 0.698]])
"""Chance of calm, rush and covered (columns) after each (rows)."""
HIGH: Final = 0.9
NEAR_CM: Final = 4.0
"""How far from the level told it may still be, for the probability that is told with it."""


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """The likeliest level as a place between rows, how likely it is within `NEAR_CM` of it, and the place that it is hardly above."""

    row: float
    sure: float
    high: float


class LevelFilter:
    """Knows where the level can be. `heights` (rows + 1,) are cm of the places between rows, the foot first."""

    def __init__(self, heights: Array) -> None:
        self._heights = heights
        self._state = np.zeros((len(MODES), len(heights)))
        self._state[0, 0] = 1.0
        self._kernels: dict[float, tuple[Array, Array]] = {}

    def anywhere(self) -> None:
        """Nobody looked: any level is as likely as another."""
        self._state[:] = 0.0
        self._state[0] = 1 / len(self._heights)

    def step(self, passed_s: float, evidence: Array, stands: Array, told: float) -> Belief:
        """One more still: `evidence` and `stands` (rows,), and the row last `told`."""
        calm, rush = self._moved(passed_s)
        went = np.stack([calm @ self._state[0], rush @ self._state[1], calm @ self._state[2]])
        went = (1 - JUMP) * went + JUMP * went.sum(axis=1, keepdims=True) / len(self._heights)
        seen = np.where(evidence > 0, stands, 0.0)
        new = np.arange(len(evidence)) >= told
        water, dry = W * evidence - STANDS * seen * new, -W * evidence
        clear = _split(water, dry)
        comes = W * evidence
        stays = comes - MOVES * np.where(evidence > 0, 1 - stands, 0.0)
        likely = [clear, *(clear + _covered(cover - water, cover - dry) - COVER for cover in (comes, stays))]
        most = max(float(one.max()) for one in likely)
        free, arrives, remains = (np.exp(one - most) for one in likely)
        state = np.stack(
            [
                free * (MODES[:, 0] @ went),
                free * (MODES[:, 1] @ went),
                arrives * (MODES[:2, 2] @ went[:2]) + remains * MODES[2, 2] * went[2],
            ]
        )
        total = state.sum()
        self._state = state / total if total > 0 else went / went.sum()
        return self.belief()

    def unseen(self, passed_s: float) -> None:
        """A still that says nothing: time goes on."""
        calm, _ = self._moved(passed_s)
        self._state = (MODES.T @ self._state) @ calm.T
        self._state /= self._state.sum()

    def belief(self) -> Belief:
        """What is believed now."""
        level = self._state.sum(axis=0)
        near = np.abs(self._heights - self._heights[int(level.argmax())]) <= NEAR_CM
        sure = float(level[near].sum())
        weight = level[near] ** 2  # the mean of a one-sided peak lies beside it: nearer to the likeliest
        row = float((weight * np.arange(len(level))[near]).sum() / weight.sum())
        return Belief(row, sure, float(np.searchsorted(np.cumsum(level), HIGH)))

    def _moved(self, passed_s: float) -> tuple[Array, Array]:
        """(to, from) chances of a calm and of a rushing level after a time."""
        key = round(passed_s, 1)
        if key not in self._kernels:
            minutes = min(key / 60, 24 * 60.0)
            rise = self._heights[:, None] - self._heights[None, :]
            calm = np.exp(-np.abs(rise) / (CALM_CM + CALM_CM_MIN * minutes))
            rush = np.where(rise >= 0, np.exp(-np.abs(rise) / (RUSH_CM + RUSH_CM_MIN * minutes)), 0.0)
            if len(self._kernels) > 3:
                self._kernels.clear()
            self._kernels[key] = (calm / calm.sum(axis=0), rush / rush.sum(axis=0))
        return self._kernels[key]


def _split(water: Array, dry: Array) -> Array:
    """(rows + 1,) the sum of `water` below each place and of `dry` above it."""
    below = np.concatenate([[0.0], np.cumsum(water)])
    above = np.concatenate([[0.0], np.cumsum(dry)])
    return np.asarray(below + above[-1] - above, np.float64)


def _covered(wet: Array, dry: Array) -> Array:
    """(rows + 1,) what the best stretch gains, where a row gains `wet` below the place and `dry` above it; 0 for none."""
    inside_wet, ends = _best(wet)
    inside_dry, starts = (one[::-1] for one in _best(dry[::-1]))
    return np.maximum(np.maximum(inside_wet, inside_dry), ends + starts)


def _best(gain: Array) -> tuple[Array, Array]:
    """(rows + 1,) the best sum of any stretch before each place, and of one that ends there."""
    sums = np.concatenate([[0.0], np.cumsum(gain)])
    ends = sums - np.minimum.accumulate(sums)
    return np.maximum.accumulate(ends), ends

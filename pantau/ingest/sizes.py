"""Does a group of packets weigh more than quiet ones do? A trigger that costs nothing.

What moves costs bits: the packets between two key frames grow while something passes, even when both key frames show an
empty street. The score of a group is its heaviest `RUN` packets in a row against the median of quiet groups; strange is a
score well above those of the quiet groups lately. Where the encoder holds its rate, all groups weigh the same and nothing is
ever strange: it is an extra trigger and never the only one (measured: docs/methods/gate.md).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

import numpy as np

RUN: Final = 3
"""Packets in a row: a fifth of a second at 15 a second."""
KEPT: Final = 60
"""Quiet groups that are remembered: two minutes."""
ENOUGH: Final = 6
ABOVE: Final = 1.15
"""How far above the highest of nineteen in twenty quiet groups a strange one lies."""


@dataclass(slots=True)
class Sizes:
    """What the quiet groups of one stream weigh, in bytes."""

    _medians: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    _peaks: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))

    def learn(self, sizes: Sequence[int]) -> None:
        """Take in a group in which nothing moved."""
        if len(sizes) >= RUN:
            self._medians.append(median(sizes))
            self._peaks.append(_peak(sizes))

    def strange(self, sizes: Sequence[int]) -> bool:
        """Whether this group weighs as quiet ones don't; false while that is unknown."""
        if len(self._peaks) < ENOUGH or len(sizes) < RUN:
            return False
        usual = median(self._medians)
        limit = ABOVE * quantile(self._peaks, 0.95)
        return _peak(sizes) > max(limit, usual)


def quantile(values: Iterable[float], share: float) -> float:
    """As `np.quantile`, which takes ten times as long over a few dozen numbers."""
    ranked = sorted(values)
    low, rest = divmod(share * (len(ranked) - 1), 1)
    below, above = ranked[int(low)], ranked[min(int(low) + 1, len(ranked) - 1)]
    return below + rest * (above - below)


def _peak(sizes: Sequence[int]) -> float:
    """Bytes a packet of the heaviest run."""
    return float(np.convolve(np.asarray(sizes, float), np.full(RUN, 1 / RUN), "valid").max())

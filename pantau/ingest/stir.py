"""Does anything stir, at the full rate of pictures? For streams that are decoded whole, where only the detector may rest.

**Idea.** What is small and faint stands out in no single picture, but it does in several, because it is still there in the next one and
the noise is another. So each cell keeps the signed difference of its mean from a slow mean of the same place (`GROUND_S`), and of that
a short mean (`TOGETHER_S`), counted in deviations. How far it goes of itself - the sensor's noise, the encoder's - each cell learns from its own past,
bounded, so that who passes teaches it little. A cell stirs when it is `ABOVE` what the highest cell mostly is: with thousands of cells
and heavy tails no fixed limit fits every encoder. A false alarm costs some looks of the detector, so the limit is low.

Source: exponentially weighted means as a control chart (Roberts, "Control Chart Tests Based on Geometric Moving Averages", Technometrics
1959), one per cell. Chosen on the two tuning places of `python -m bench.gate --tuned`: a longer mean or a single picture find fewer of the
faint for the same false alarms. Limits: what the encoder has smoothed away is not there to be found; who stands for longer than the slow mean is ground.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from pantau.ingest.gate import CELL, NEAR, Cells, Luma, brighter, shrink
from pantau.masks import Masks

TOGETHER_S: Final = 0.2
"""Time constant of the mean in which a faint thing stands out."""
GROUND_S: Final = 6.0
"""Time constant of the mean that it is compared with."""
NOISE_S: Final = 10.0
"""Time constant of what a cell knows of its own noise; a tenth of it in the first `LEARN_S`."""
LEARN_S: Final = 4.0
PEAKS: Final = 400
"""Looks whose highest cells say how far this encoder's noise goes; most of them are of nobody."""
ABOVE: Final = 1.6
"""What stirs is so many times as high as the middle one of these."""
SIGMAS: Final = (4.5, 9.0)
"""The limit is within these, however calm or busy the place."""
FIRST: Final = 0.4
"""Grey levels that are added to what the first picture tells of the noise."""
LEAST: Final = 0.05
"""Grey levels: no cell is taken to be calmer."""
JUMP: Final = 0.03
"""A change of brightness by more than this is the camera's gain or a lamp: the ground follows at once."""
TRUST_S: Final = 6.0
"""Before it everything is taken to stir."""


@dataclass(slots=True)
class Stir:
    """One camera's; pictures of another size, or a leap in time, start it anew.

    Args:
        masks: what nobody may look at; nothing stirs there.
    """

    masks: Masks = field(default_factory=lambda: Masks(()))
    _ground: Cells | None = field(default=None, repr=False)
    _shape: tuple[int, ...] = ()
    _short: Cells | None = field(default=None, repr=False)
    _noise: Cells = field(default_factory=lambda: np.zeros((0, 0), np.float32), repr=False)
    _peaks: deque[float] = field(default_factory=lambda: deque(maxlen=PEAKS), repr=False)
    _began_s: float = 0.0
    _last_s: float = 0.0

    def look(self, luma: Luma, clock_s: float) -> bool:
        """Whether something stirs in this picture and the few before it.

        Args:
            luma: (H, W) uint8, the full picture's brightness.
            clock_s: its time on the stream's clock.
        """
        cells, passed_s = _cells(self.masks.apply(shrink(luma))), clock_s - self._last_s
        self._last_s = clock_s
        if self._ground is None or self._shape != luma.shape or not 0 < passed_s < GROUND_S:
            self._shape = luma.shape
            self._ground, self._short, self._began_s = cells, None, clock_s
            self._peaks.clear()
            return True
        gain = brighter(cells, self._ground)
        apart = cells - np.float32(gain) * self._ground
        if abs(gain - 1) > JUMP:
            self._ground *= np.float32(gain)
        self._ground += np.float32(passed_s / GROUND_S) * (cells - self._ground)
        if self._short is None:
            self._short, self._noise = apart.copy(), np.float32(1.25) * np.abs(apart) + np.float32(FIRST)
        self._short += np.float32(1 - np.exp(-passed_s / TOGETHER_S)) * (apart - self._short)
        size = np.abs(self._short)
        peak = float((size / np.maximum(self._noise, cv2.blur(self._noise, (NEAR, NEAR)))).max())
        limit = float(np.clip(ABOVE * np.median(self._peaks), *SIGMAS)) if self._peaks else np.inf
        self._peaks.append(peak)
        learn_s = NOISE_S / 10 if clock_s - self._began_s < LEARN_S else NOISE_S
        self._noise += np.float32(passed_s / learn_s) * (1.25 * np.minimum(size, 3 * self._noise) - self._noise)
        np.maximum(self._noise, LEAST, out=self._noise)
        return peak > limit or clock_s - self._began_s < TRUST_S


def _cells(small: Luma) -> Cells:
    """(rows, columns) mean of each cell, grey levels."""
    rows, columns = small.shape[0] // CELL, small.shape[1] // CELL
    whole = small[: rows * CELL, : columns * CELL].astype(np.float32)
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)

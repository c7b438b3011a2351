"""The slit-scan of one line while it grows, in memory: tiles of `TILE` samples as JPEG, and the change of each sample.

Thirty minutes at 25 pictures a second are a few MB a line. Nothing goes to disk.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.label.slit import Change, Slit, moments
from pantau.types import Image

TILE: Final = 128
"""Samples in a tile."""


class Strip:
    """One line's slit-scan; one thread appends, others read.

    Args:
        slit: where it lies.
        fps: samples a second.
        encode: a picture to JPEG.
    """

    def __init__(self, slit: Slit, fps: float, encode: Callable[[Image], bytes]) -> None:
        self.slit = slit
        self._encode = encode
        self._change = Change(slit, fps)
        self._levels = bytearray()
        self._along = array("f")
        self._tiles: list[bytes] = []
        self._growing = np.zeros((slit.rows, TILE * slit.columns, 3), np.uint8)
        self._lock = threading.Lock()

    def append(self, image: Image) -> None:
        """Take the next sample's picture."""
        sample = self.slit.read(image)
        at = len(self._levels) % TILE
        with self._lock:
            self._growing[:, at * self.slit.columns : (at + 1) * self.slit.columns] = sample
            level, along = self._change.step(sample)
            self._levels.append(level)
            self._along.append(along)
            if at == TILE - 1:
                self._tiles.append(self._encode(self._growing))
                self._growing[:] = 0

    def tile(self, number: int) -> bytes:
        """JPEG of tile `number` (from 0), the growing one with black to come; empty when there is none yet."""
        with self._lock:
            if number < len(self._tiles):
                return self._tiles[number]
            begun = number == len(self._tiles) and len(self._levels) % TILE
            return self._encode(self._growing) if begun else b""

    def moments(self, t_s: npt.NDArray[np.float64]) -> list[tuple[int, float]]:
        """The samples at which most happens (see `pantau.label.slit.moments`), and where on the line."""
        with self._lock:
            levels, along = np.frombuffer(bytes(self._levels), np.uint8), self._along[:]
        n = min(len(levels), len(t_s))
        return [(int(sample), round(along[sample], 3)) for sample in moments(levels[:n], t_s[:n])]

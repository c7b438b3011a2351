"""A small picture cut into tiles: what is told of a part of the lens is told of some of them."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

TILES: Final = (6, 8)
"""Rows and columns."""

Floats = npt.NDArray[np.float32]


def tiled(values: cv2.typing.MatLike) -> Floats:
    """The mean of each tile, in a row."""
    return np.asarray(cv2.resize(values, TILES[::-1], interpolation=cv2.INTER_AREA), np.float32).ravel()


def untiled(values: Floats, shape: tuple[int, ...]) -> Floats:
    """Each pixel (h, w) with the value of its tile."""
    return np.asarray(cv2.resize(values.reshape(TILES), shape[::-1], interpolation=cv2.INTER_NEAREST), np.float32)

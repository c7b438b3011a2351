"""What a part of a picture looks like, as a vector: alike scenes point the same way.

Idea: the polygon is cut out of the picture and scaled to the network's input; what lies outside it, and the boxes of people and
vehicles, are painted over with the mean of the rest, and the cells of the network's last map are averaged by how much of each
is seen. So the vector tells of the ground, water, things, smoke in the zone, and not of who passes. Averaging the last layer of a
network that learned to tell many things apart is the usual way to teach from a few examples (Donahue et al. 2014, "DeCAF").

Limits: what the detector misses is looked at; the network never saw floods or smoke as such; the scale to a square stretches
long zones. Rejected: a grid of cells instead of
their mean (more numbers than a dozen examples can speak for).
"""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pantau.geometry import Mask, polygons_mask
from pantau.places import Point
from pantau.see.engine import Engine, open_engine
from pantau.see.fetch import Progress
from pantau.see.registry import ModelEntry, fetch, model
from pantau.types import Floats, Image

MODEL: Final = "mobilenet"
LEAST_PX: Final = 16
"""Pixels of the picture along either side of a zone, below which there is nothing to look at."""
WIDEST: Final = 160
"""Pixels along a thumbnail: a person whom the detector missed is a few of them."""
QUALITY: Final = 70
LEAST_SEEN: Final = 0.4
"""Share of the zone that must not be hidden by road users or masks."""


class SceneEmbedder:
    """Looks at zones; one serves all cameras and their threads (`pantau.ports.Embedder`).

    Raises:
        ModelError: the model can't be run.
    """

    def __init__(self, entry: ModelEntry, path: Path) -> None:
        self._entry, self._size = entry, entry.input.size
        self._engine: Engine = open_engine(entry, path, self._size)
        self._request = self._engine.request()
        self._lock = threading.Lock()

    @property
    def method(self) -> str:
        """Model and size: vectors of another one can't be compared."""
        return f"{self._entry.name}-{self._size[0]}-f32/1"

    def embed(self, image: Image, polygon: tuple[Point, ...], hidden: Floats) -> Floats | None:
        """Vector (D,) of length 1 of a polygon in fractions of a BGR picture, without the boxes `hidden` (N, 4) pixels.

        Nothing when too little of it is seen.
        """
        cut = crop(image, polygon, hidden)
        if cut is None:
            return None
        window, seen = cut
        height, width = self._size
        scaled = cv2.resize(window, (width, height), interpolation=cv2.INTER_AREA)
        array = np.ascontiguousarray(scaled[..., ::-1].transpose(2, 0, 1)[None], np.float32)
        with self._lock:  # one zone in ten seconds: a request of each camera's own would only cost memory
            features = next(iter(self._request.infer(array).values()))[0]
        rows, columns = features.shape[1:]
        weight = cv2.resize(seen.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
        pooled = np.einsum("chw,hw->c", features, weight / max(float(weight.sum()), 1e-6))
        pooled = np.sqrt(np.maximum(pooled, 0.0))  # no single feature speaks for all
        length = float(np.linalg.norm(pooled))
        return np.asarray(pooled / length, np.float32) if length > 0 and np.isfinite(length) else None

    def thumbnail(self, image: Image, polygon: tuple[Point, ...], hidden: Floats) -> bytes:
        """`small`."""
        return small(image, polygon, hidden)


def small(image: Image, polygon: tuple[Point, ...], hidden: Floats) -> bytes:
    """A JPEG at most `WIDEST` pixels along of what is looked at, everything else painted over; empty when that is nothing."""
    cut = crop(image, polygon, hidden)
    if cut is None:
        return b""
    scale = min(1.0, WIDEST / max(cut[0].shape[:2]))
    size = (max(round(cut[0].shape[1] * scale), 1), max(round(cut[0].shape[0] * scale), 1))
    done, jpeg = cv2.imencode(
        ".jpg", cv2.resize(cut[0], size, interpolation=cv2.INTER_AREA), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    )
    return jpeg.tobytes() if done else b""


def crop(image: Image, polygon: tuple[Point, ...], hidden: Floats) -> tuple[Image, Mask] | None:
    """The window around a polygon with everything else painted over, and what of it is seen; nothing when that is too little."""
    height, width = image.shape[:2]
    corners = np.multiply(polygon, (width, height))
    left, top = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int).tolist()
    right, bottom = np.minimum(np.ceil(corners.max(axis=0)), (width, height)).astype(int).tolist()
    if right - left < LEAST_PX or bottom - top < LEAST_PX:
        return None
    inside = _outline((width, height), polygon)[top:bottom, left:right]
    seen = inside.copy()
    for x1, y1, x2, y2 in np.round(hidden).astype(int).tolist():
        seen[max(y1 - top, 0) : max(y2 - top, 0), max(x1 - left, 0) : max(x2 - left, 0)] = False
    window = np.array(image[top:bottom, left:right])
    if seen.sum() < LEAST_SEEN * inside.sum():
        return None
    window[~seen] = np.round(window[seen].mean(axis=0)).astype(np.uint8)
    return window, seen


@lru_cache(maxsize=64)
def _outline(size: tuple[int, int], polygon: tuple[Point, ...]) -> Mask:
    """Pixels in a polygon: asked for at every look, and dearer than the network."""
    mask = polygons_mask(size, (polygon,))
    mask.setflags(write=False)
    return mask


def load_embedder(folder: Path, progress: Progress | None = None) -> SceneEmbedder:
    """The embedder of the registry, fetched into the models folder where it isn't there.

    Raises:
        ModelError: it can't be had or run.
    """
    entry = model(MODEL)
    return SceneEmbedder(entry, fetch(entry, folder, progress))

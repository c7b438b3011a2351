"""Blacks out what must not be looked at, before anything looks: the one place where privacy masks are applied."""

from __future__ import annotations

from dataclasses import dataclass, field

from pantau.geometry import Mask, polygons_mask
from pantau.places import Point
from pantau.types import Image

Polygons = tuple[tuple[Point, ...], ...]
"""In fractions of the picture."""


@dataclass(slots=True)
class Masks:
    """Polygons in fractions of one camera's picture; the pixels are worked out once per size."""

    polygons: Polygons
    _mask: Mask | None = field(default=None, repr=False)

    def apply(self, image: Image) -> Image:
        """The picture, in colours or grey, with the masked pixels black; the same picture where there is no mask."""
        if not self.polygons:
            return image
        height, width = image.shape[:2]
        if self._mask is None or self._mask.shape != (height, width):
            self._mask = polygons_mask((width, height), self.polygons)
        black = image.copy()
        black[self._mask] = 0
        return black

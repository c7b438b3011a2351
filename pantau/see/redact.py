"""Makes pictures showable: whoever looks at them learns what happens, not who was there.

Idea: what the detector and a face finder see in *this very picture* is replaced by a coarse mosaic, then blurred so that
no cell's edge carries detail. A person's box is widened by a fifth and cut into cells a fifth of its shorter side (a head
is about two cells wide); weak boxes count too, because hiding a post costs nothing. Bicycles and motorcycles are hidden
whole, with room above for a rider that the detector may have missed. Of cars, buses and trucks the lower half goes, where
plates are, in cells too coarse for letters. Masked polygons are black, in case nobody blacked them out before.

A picture that can't be vouched for is not made: an empty one, boxes that aren't numbers, a face finder that is wanted and
fails. Limits: who neither the detector (at its lowest confidence) nor the face finder sees stays visible; gait and
clothes' colours remain. So live pictures are for the signed-in only. Rejected: blur alone (it can be undone), and
silhouettes in one colour (operators need to see whether somebody lies or stands).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from pantau.errors import DataError, ModelError
from pantau.geometry import Mask, polygons_mask
from pantau.places import Point
from pantau.types import CLASSES, Detections, Floats, Frame, Image

WIDEST: Final = 960
QUALITY: Final = 75
WIDEN: Final = 0.2
"""Share of its width and height that a person's box grows by, in all."""
HEADROOM: Final = 0.8
"""Share of a two-wheeler's height that is hidden above it too, for its rider."""
PERSON_CELLS: Final = 5
FACE_CELLS: Final = 3
PLATE_CELLS: Final = 14
FINEST: Final = 8
"""Cells are never smaller than this, pixels of the picture shown."""

_PERSON: Final = CLASSES.index("person")
_TWO_WHEELERS: Final = (CLASSES.index("bicycle"), CLASSES.index("motorcycle"))


class Faces(Protocol):
    """Finds faces; `pantau.see.faces.FaceFinder` is one."""

    def find(self, image: Image) -> Floats:
        """Boxes (N, 4) xyxy of faces in a BGR picture, pixels."""
        ...


class Mosaic:
    """Hides people, faces, plates and masked areas of one camera's pictures (`pantau.ports.Redactor`).

    Args:
        faces: finds faces in every picture given; nothing means that person boxes alone are relied on.
        masks: polygons in fractions of the picture that are black.
        widest: the JPEG's width in pixels is at most this.
        quality: of the JPEG, 1 to 100.
    """

    def __init__(
        self,
        faces: Faces | None = None,
        masks: tuple[tuple[Point, ...], ...] = (),
        widest: int = WIDEST,
        quality: int = QUALITY,
    ) -> None:
        self._faces = faces
        self._masks = masks
        self._widest = widest
        self._quality = quality

    def redact(self, frame: Frame, detections: Detections) -> bytes | None:
        """A JPEG in which nobody can be recognised, at most `widest` wide; nothing when that can't be vouched for."""
        try:
            faces = self._faces.find(frame.image) if self._faces and frame.image.size else np.empty((0, 4), np.float32)
            picture = hide(frame.image, detections, faces, self._masks, self._widest)
        except (ModelError, DataError, cv2.error):
            return None
        done, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, self._quality])
        return jpeg.tobytes() if done else None


def hide(
    image: Image,
    detections: Detections,
    faces: Floats,
    masks: tuple[tuple[Point, ...], ...] = (),
    widest: int = WIDEST,
) -> Image:
    """A copy of `image`, at most `widest` wide, with people, faces, plates and masked areas hidden.

    Args:
        image: (H, W, 3) BGR.
        detections: what the detector saw in it.
        faces: (N, 4) boxes of faces in it.
        masks: polygons in fractions.
        widest: pixels.

    Raises:
        DataError: an empty picture, or boxes that aren't numbers.
    """
    height, width = image.shape[:2]
    if not height or not width:
        raise DataError(f"expected a picture to redact, got one of {width}x{height} pixels")
    if not np.isfinite(detections.xyxy).all() or not np.isfinite(faces).all():
        raise DataError("expected finite boxes to redact, got some that are not numbers")
    scale = min(1.0, widest / width)
    picture = image.copy()
    if scale < 1:
        size = (round(width * scale), max(1, round(height * scale)))
        picture = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    for box, cells in _hidden(detections, faces):
        _mosaic(picture, box * scale, cells)
    if masks:
        picture[_blackout((picture.shape[1], picture.shape[0]), masks)] = 0
    return picture


@lru_cache(maxsize=64)
def _blackout(size: tuple[int, int], masks: tuple[tuple[Point, ...], ...]) -> Mask:
    return polygons_mask(size, masks)


def _hidden(detections: Detections, faces: Floats) -> list[tuple[npt.NDArray[np.float64], int]]:
    """What is hidden: boxes in pixels of the picture, and into how many cells their shorter side is cut."""
    regions: list[tuple[npt.NDArray[np.float64], int]] = []
    for box, class_id in zip(detections.xyxy.astype(np.float64), detections.class_id, strict=True):
        x1, y1, x2, y2 = box
        if class_id == _PERSON:
            regions.append((_widened(box), PERSON_CELLS))
        elif class_id in _TWO_WHEELERS:
            regions.append((_widened(np.array([x1, y1 - HEADROOM * (y2 - y1), x2, y2])), PERSON_CELLS))
        else:
            regions.append((np.array([x1, (y1 + y2) / 2, x2, y2]), PLATE_CELLS))
    regions.extend((_widened(face), FACE_CELLS) for face in faces.astype(np.float64))
    return regions


def _widened(box: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The box grown by `WIDEN` about its centre."""
    grow = (box[2:] - box[:2]) * WIDEN / 2
    return np.concatenate([box[:2] - grow, box[2:] + grow])


def _mosaic(picture: Image, box: npt.NDArray[np.float64], cells: int) -> None:
    """Replace the box, in place, by a blurred mosaic with `cells` cells along its shorter side."""
    height, width = picture.shape[:2]
    x1, y1 = (max(0, int(np.floor(v))) for v in box[:2])
    x2, y2 = min(width, int(np.ceil(box[2]))), min(height, int(np.ceil(box[3])))
    if x2 <= x1 or y2 <= y1:
        return
    region = picture[y1:y2, x1:x2]
    side = max(FINEST, round(min(box[2] - box[0], box[3] - box[1]) / cells))
    grid = (max(1, (x2 - x1) // side), max(1, (y2 - y1) // side))
    coarse = cv2.resize(region, grid, interpolation=cv2.INTER_AREA)
    flat = cv2.resize(coarse, (x2 - x1, y2 - y1), interpolation=cv2.INTER_NEAREST)
    radius = max(1, side // 4)
    picture[y1:y2, x1:x2] = cv2.blur(flat, (2 * radius + 1, 2 * radius + 1))

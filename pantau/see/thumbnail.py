"""Small pictures of a part of a frame, for people to judge a count by: redacted whole first, then cut and encoded.

The whole frame is redacted as for a live page (`pantau.see.redact.hide`), so that what is hidden does not depend on where the
cut is. Where that can't be vouched for there is no picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2

from pantau.errors import DataError, ModelError
from pantau.places import Point
from pantau.see.redact import Faces, hide
from pantau.types import Detections, Image

Window = tuple[float, float, float, float]
"""x1, y1, x2, y2 in fractions of the frame."""
WIDEST: Final = 320
QUALITY: Final = 70


def thumbnails(
    image: Image,
    detections: Detections,
    faces: Faces,
    masks: tuple[tuple[Point, ...], ...],
    windows: Sequence[Window],
) -> list[bytes]:
    """A JPEG for each window, at most `WIDEST` wide; empty bytes where a picture can't be vouched for."""
    try:
        shown = hide(image, detections, faces.find(image), masks)
    except (ModelError, DataError, cv2.error):
        return [b""] * len(windows)
    return [cut(shown, window, WIDEST) for window in windows]


def cut(shown: Image, window: Window, widest: int, quality: int = QUALITY) -> bytes:
    """A window of a picture as JPEG, at most `widest` pixels wide; hides nothing. Empty where there is nothing in it."""
    height, width = shown.shape[:2]
    x1, y1 = int(window[0] * width), int(window[1] * height)
    x2, y2 = max(x1 + 1, round(window[2] * width)), max(y1 + 1, round(window[3] * height))
    part = shown[y1:y2, x1:x2]
    if not part.size:
        return b""
    scale = min(1.0, widest / part.shape[1])
    size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    done, jpeg = cv2.imencode(
        ".jpg", cv2.resize(part, size, interpolation=cv2.INTER_AREA), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    return jpeg.tobytes() if done else b""

"""A folder of numbered pictures (JPEG, PNG) as a camera: the form in which labelled data sets come.

Pictures are taken in natural order (2 before 10); the n-th file is frame n, whether or not it can be read, so that frame
numbers agree with the data set's labels. An unreadable one is counted as ``broken`` when its turn comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from functools import partial
from pathlib import Path
from typing import Final, cast

import cv2
import numpy as np

from pantau.errors import SourceError
from pantau.ingest.clip import Shot
from pantau.ingest.decode import Probe
from pantau.types import Image

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png"})
QUALITY: Final = 92
"""Of a JPEG that is written."""


class PictureFolder:
    """The pictures of one folder, as `Footage`; what lies in folders below it is not read.

    Args:
        folder: the folder.
        fps: pictures per second of the recording.

    Raises:
        SourceError: `fps` is no rate.
    """

    def __init__(self, folder: Path, fps: float) -> None:
        if not 0.001 <= fps <= 1000:
            raise SourceError(f"{folder}: expected between 0.001 and 1000 pictures a second, got {fps}")
        self.folder = folder
        self.fps = fps

    @property
    def name(self) -> str:
        """The folder's path."""
        return str(self.folder)

    @property
    def frame_s(self) -> float:
        """1 ÷ fps."""
        return 1 / self.fps

    @property
    def gated(self) -> Mapping[str, int]:
        """Nothing is: pictures in folders are all decoded."""
        return {}

    def shots(self, dropped: MutableMapping[str, int]) -> Iterator[Shot]:
        """Every file that is named like a picture; unreadable ones show when they are loaded."""
        return self.shots_from(None, dropped)

    def shots_from(self, clock_s: float | None, dropped: MutableMapping[str, int]) -> Iterator[Shot]:
        """As `shots`, from the picture that is shown at `clock_s`; None: from the start."""
        del dropped
        first = max(0, round((clock_s or 0.0) * self.fps))
        for number, path in enumerate(pictures(self.folder)):
            if number >= first:
                yield Shot(number / self.fps, partial(read_picture, path))


def pictures(folder: Path) -> list[Path]:
    """The pictures of a folder in natural order.

    Raises:
        SourceError: it is no folder or has no pictures.
    """
    if not folder.is_dir():
        raise SourceError(
            f"{folder}: expected a folder of pictures, found {'a file' if folder.exists() else 'nothing'}"
        )
    found = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()]
    if not found:
        raise SourceError(f"{folder}: expected numbered JPEG or PNG pictures, found none")
    return sorted(found, key=_natural)


def read_picture(path: Path) -> Image | None:
    """The picture as (H, W, 3) uint8 BGR, or nothing where it can't be read."""
    try:
        data = np.fromfile(path, np.uint8)
    except OSError:
        return None
    if not data.size:
        return None
    try:
        return cast("Image | None", cv2.imdecode(data, cv2.IMREAD_COLOR))
    except cv2.error:
        return None


def write_picture(path: Path, picture: Image) -> None:
    """Write a picture (H, W, 3) uint8 BGR as a JPEG.

    Raises:
        SourceError: it can't be written.
    """
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    try:
        if done:
            path.write_bytes(data.tobytes())
            return
    except OSError as error:
        raise SourceError(f"{path} can't be written: {error}") from error
    raise SourceError(f"{path} can't be written: the picture can't be made a JPEG")


def probe_folder(folder: Path, fps: float) -> Probe:
    """Size, number and length of a folder of pictures; the size is that of the first readable one.

    Raises:
        SourceError: it has no readable picture.
    """
    paths = pictures(folder)
    for path in paths:
        image = read_picture(path)
        if image is not None:
            height, width = image.shape[:2]
            return Probe(width, height, fps, path.suffix.lstrip(".").lower(), len(paths) / fps, len(paths))
    raise SourceError(f"{folder}: none of its {len(paths)} pictures can be read")


def _natural(path: Path) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", path.name)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]

"""The desk at which one clip is counted: its reel, the strip of each line, and the sheet that is saved after every change.

`look_through` goes through the clip once (in a thread of its own, while counting has begun) and gives every strip its samples.
Masks are applied before anything is shown or measured. Whatever changes the sheet returns only when it is on the disk; a
change that can't be saved is taken back, so that page and file never differ.

Limits: one person at one desk. Pictures are shown whole and unblurred: they are for the person who holds the clip
anyway, and go nowhere else (`pantau.label.door`).
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from pantau.cadence import Cadence
from pantau.errors import DataError, PantauError, SourceError
from pantau.ingest.decode import Probe
from pantau.ingest.reel import Reel
from pantau.label.sheet import Crossing, Sheet
from pantau.label.sheet_file import SheetFile
from pantau.label.slit import Slit, columns_for
from pantau.label.strip import Strip
from pantau.masks import Masks
from pantau.places import Line, local_id
from pantau.see.thumbnail import Window, cut
from pantau.types import Image

WIDEST: Final = 1280
"""Pixels of a picture that is shown."""
STRIP_QUALITY: Final = 88
PICTURE_QUALITY: Final = 82
MOST_FPS: Final = 30.0
"""Samples a second of a slit-scan, unless told otherwise."""
WHOLE: Final[Window] = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the clip was gone through.

    Args:
        samples: samples in every strip.
        t_s: seconds of the newest.
        frames: pictures met.
        state: ``reading``, ``read``, or ``failed`` for the reason `why`.
    """

    samples: int
    t_s: float
    frames: int
    state: str
    why: str = ""


class Desk:
    """One clip, one sheet.

    Args:
        reel: the clip.
        about: what it says about itself.
        file: where the sheet is kept; it is loaded here.
        fps: samples a second of the slit-scans; every picture up to `MOST_FPS` when None.

    Raises:
        ConfigError: the file is not a sheet of this clip.
    """

    def __init__(self, reel: Reel, about: Probe, file: SheetFile, fps: float | None = None) -> None:
        self.reel, self.probe, self.file = reel, about, file
        self.fps = min(fps or MOST_FPS, about.fps)
        camera = file.about.camera
        self.lines: dict[str, Line] = {local_id(line.id): line for line in camera.lines}
        self.columns = columns_for(self.fps)
        encode = partial(cut, window=WHOLE, widest=1 << 16, quality=STRIP_QUALITY)
        self.strips = {
            name: Strip(Slit(line, file.about.size, self.columns), self.fps, encode)
            for name, line in self.lines.items()
        }
        self._masks = Masks(camera.masks)
        self._frames = array("q")  # by sample: number of its picture
        self._t_s = array("d")
        self._state, self._why = "reading", ""
        self._sheet = file.load()
        self._lock = threading.RLock()

    @property
    def sheet(self) -> Sheet:
        """The sheet, to be read; change it through `changing`."""
        return self._sheet

    @property
    def reading(self) -> Reading:
        """How far the clip was gone through."""
        n = len(self._frames)
        return Reading(n, self._t_s[n - 1] if n else 0.0, self.reel.known, self._state, self._why)

    @property
    def end_s(self) -> float:
        """Seconds of the clip: as read when it was read whole, else as it says."""
        promised = self.probe.duration_s or (self.probe.frames or 0) / self.probe.fps
        frame_s = 1 / self.probe.fps
        return self.reading.t_s + frame_s if self._state != "reading" else max(promised, self.reading.t_s + frame_s)

    def look_through(self, stop: threading.Event, told: Callable[[float], None]) -> None:
        """Go through the clip once and fill the strips; `told` hears the seconds done.

        A clip that can't be read (further) leaves what was read, and `reading` says why.
        """
        cadence = Cadence(1 / self.fps)
        try:
            for moment in self.reel.scan():
                if stop.is_set():
                    return
                if not cadence.take(moment.t_s, 0) or (image := moment.load()) is None:
                    continue
                shown = self._masks.apply(image)
                for strip in self.strips.values():
                    strip.append(shown)
                self._t_s.append(moment.t_s)
                self._frames.append(moment.number)
                told(moment.t_s)
            if not self._frames:
                raise SourceError(f"{self.reel.footage.name}: not one picture could be read; check that it is complete")
            self._state = "read"
        except PantauError as error:
            self._state, self._why = "failed", str(error)

    def samples(self, first: int) -> tuple[array[float], array[int]]:
        """Seconds and picture numbers of the samples from `first` on."""
        n = len(self._frames)
        return self._t_s[first:n], self._frames[first:n]

    def moments(self, line: str) -> list[tuple[int, float]]:
        """The samples of a line at which most happens, and where on it.

        Raises:
            DataError: no such line.
        """
        return self.strip(line).moments(np.array(self._t_s[: len(self._frames)]))

    def strip(self, line: str) -> Strip:
        """A line's slit-scan.

        Raises:
            DataError: no such line.
        """
        if line not in self.strips:
            raise DataError(f"unknown line {line!r}; the camera has: {', '.join(self.strips)}")
        return self.strips[line]

    def window(self, line: str) -> Window:
        """The part of the picture around a line, in fractions: its box, half its length on all sides, no narrower than 4:3."""
        drawn, size = self.lines[line], np.array(self.file.about.size, np.float64)
        ends = np.array([drawn.start, drawn.end]) * size
        reach = max(float(np.hypot(*(ends[1] - ends[0]))) * 0.5, 0.12 * float(size.max()))
        middle, extent = ends.mean(axis=0), np.ptp(ends, axis=0) + 2 * reach
        extent = np.minimum(np.maximum(extent, (extent[1] * 4 / 3, extent[0] * 9 / 16)), size)
        low = np.clip(middle - extent / 2, 0, size - extent) / size
        high = low + extent / size
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def picture(self, number: int, window: Window) -> bytes:
        """A part of one picture as JPEG, masks black; empty where it is broken.

        Raises:
            SourceError: the clip has no such picture, or it was not met yet.
        """
        image: Image | None = self.reel.picture(number)
        return b"" if image is None else cut(self._masks.apply(image), window, WIDEST, PICTURE_QUALITY)

    def crossing(self, line: str, frame: int) -> Crossing:
        """A crossing of a line at a picture, its other properties to be filled in.

        Raises:
            SourceError: the picture was not met.
        """
        return Crossing(
            id=0, line=line, frame=frame, t_s=self.reel.t_s(frame), along=0.5, direction="forward", road_user="person"
        )

    @contextmanager
    def changing(self) -> Iterator[Sheet]:
        """The sheet, to be changed within the block; saved at its end, and unchanged when that fails.

        Raises:
            ConfigError: it can't be saved.
        """
        with self._lock:
            before = self._sheet
            fresh = before.copy()
            yield fresh
            self.file.save(fresh)
            self._sheet = fresh

    def close(self) -> None:
        """Let go of the clip."""
        self.reel.close()

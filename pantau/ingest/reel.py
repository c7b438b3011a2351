"""A recording whose pictures are asked for by number, while and after it is gone through once.

`scan` goes through the recording as a `Clip` does: same numbers (from 1, unusable shots are numbered too), same seconds (a
`Timeline`), so that what a person marks on a picture is the moment that a replay of the clip gives to it. It
remembers where on the clip's own clock each number lies. `picture` then goes to the key frame before a number and decodes
up to it, or reads on when the number lies a little ahead. The last pictures are kept, so that a step back costs nothing.

A clip whose own clock jumps, repeats or is missing can't be entered in the middle by it; there each step back reads from the
start, which is slow and right. Rejected: keeping all pictures small (30 minutes are gigabytes), and a second, quick
file of key frames only (footage on disk that somebody has to delete).
"""

from __future__ import annotations

import threading
from array import array
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Final, Protocol

from pantau.errors import SourceError
from pantau.ingest.clip import Footage, Shot
from pantau.ingest.file import VideoFile
from pantau.ingest.folder import PictureFolder
from pantau.ingest.sources import kind_of, local_path, rate_of
from pantau.ingest.timeline import Timeline
from pantau.types import EPOCH, Image

KEPT_BYTES: Final = 64_000_000
"""Decoded pictures that are held, at most; always one."""
LEAD: Final = 12
"""Pictures before one that is jumped to which are kept as well: steps back come next."""
AHEAD: Final = 300
"""Numbers ahead that are reached by reading on instead of by a jump."""


class Seekable(Footage, Protocol):
    """Footage that can be entered in the middle."""

    def shots_from(self, clock_s: float | None, dropped: MutableMapping[str, int]) -> Iterator[Shot]:
        """As `shots`, from a point at or before `clock_s` of its own clock; None: from the start."""
        ...


@dataclass(frozen=True, slots=True)
class Moment:
    """One picture of a recording: its number from 1, its seconds since the first, and how to get it."""

    number: int
    t_s: float
    load: Callable[[], Image | None]


class Reel:
    """Random access to the pictures of one recording; safe from several threads.

    Args:
        footage: the recording.
    """

    def __init__(self, footage: Seekable) -> None:
        self.footage = footage
        self.dropped: Counter[str] = Counter()
        self._clock = array("d")  # by number - 1; NaN where the clip's clock says nothing
        self._t_s = array("d")
        self._number_at: dict[float, int] = {}
        self._sound = True
        self._lock = threading.Lock()
        self._playing: Iterator[Shot] | None = None
        self._at = 0  # number of the shot last read
        self._kept: OrderedDict[int, Image] = OrderedDict()

    @property
    def known(self) -> int:
        """How many pictures the scan has met so far."""
        return len(self._t_s)

    def t_s(self, number: int) -> float:
        """Seconds of the clip at which picture `number` is shown.

        Raises:
            SourceError: the scan has not met it.
        """
        if not 1 <= number <= len(self._t_s):
            raise SourceError(f"{self.footage.name}: picture {number} is not known; {len(self._t_s)} were read")
        return self._t_s[number - 1]

    def scan(self) -> Iterator[Moment]:
        """Every usable picture once, in order. To be called once, by one thread.

        Raises:
            SourceError: the recording can't be read.
        """
        timeline = Timeline("", EPOCH)
        for shot in self.footage.shots(self.dropped):
            timeline.frame_s = self.footage.frame_s
            gap, usable = timeline.place(shot.clock_s)
            t_s = (timeline.time - EPOCH).total_seconds()
            number = len(self._t_s) + 1
            clock_s = float("nan") if shot.clock_s is None else shot.clock_s
            self._sound = self._sound and usable and gap is None and clock_s not in self._number_at
            self._sound = self._sound and shot.clock_s is not None
            self._number_at[clock_s] = number
            self._clock.append(clock_s)
            self._t_s.append(t_s)
            if usable:
                yield Moment(number, t_s, shot.load)

    def picture(self, number: int) -> Image | None:
        """Picture `number`; nothing where it is broken.

        Raises:
            SourceError: the scan has not met it.
        """
        self.t_s(number)
        with self._lock:
            if number in self._kept:
                self._kept.move_to_end(number)
                return self._kept[number]
            if self._playing is not None and 0 < number - self._at <= AHEAD:
                image = self._read_to(number, 0)
                if self._at == number:
                    return image
            image = self._enter(number, self._clock[number - 1] if self._sound else None)
            # Indexes of containers lie: where the jump landed behind its aim, or nowhere, read all.
            return image if self._at == number else self._enter(number, None)

    def close(self) -> None:
        """Let go of the recording and of the pictures."""
        with self._lock:
            self._playing = None
            self._kept.clear()

    def _enter(self, number: int, clock_s: float | None) -> Image | None:
        self._playing, self._at = self.footage.shots_from(clock_s, Counter()), 0
        return self._read_to(number, LEAD)

    def _read_to(self, number: int, lead: int) -> Image | None:
        for shot in self._playing or ():
            self._at = self._number(shot)
            if self._at > number:
                return None
            if number - self._at <= lead and (image := shot.load()) is not None:
                self._keep(self._at, image)
            if self._at == number:
                return self._kept.get(number)
        self._playing = None
        return None

    def _number(self, shot: Shot) -> int:
        if not self._sound or shot.clock_s is None:
            return self._at + 1
        return self._number_at.get(shot.clock_s, self._at)

    def _keep(self, number: int, image: Image) -> None:
        image.setflags(write=False)
        self._kept[number] = image
        while len(self._kept) > 1 and len(self._kept) * image.nbytes > KEPT_BYTES:
            self._kept.popitem(last=False)


def open_reel(address: str, *, source_fps: float | None = None) -> Reel:
    """The reel of a video file or a folder of pictures; nothing is opened before it is read.

    Raises:
        SourceError: the address is no recording, or a folder without its rate.
    """
    kind = kind_of(address)
    if kind == "folder":
        return Reel(PictureFolder(local_path(address), rate_of(address, source_fps)))
    if kind == "file":
        return Reel(VideoFile(local_path(address)))
    raise SourceError(f"{address}: expected a recording (a video file or a folder of pictures), got {kind}")

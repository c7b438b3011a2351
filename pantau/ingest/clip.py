"""The loop of everything recorded: shots of a file or folder become samples with a capture time.

Capture time is the given start + media time (`timeline`). Two paces:

* ``fast``: as fast as the consumer takes them, for replays and benches. Nothing depends on the clock.
* ``real``: a shot is given out when its moment has come. A consumer that is late by more than a cadence finds the shots
  in between dropped (cause ``late``): newest wins, no backlog. Late by more than `BEHIND_S` (a suspended laptop), the
  time that was lost becomes an outage, and the clip goes on from where it is, at the time it is now.

A looped clip has a *seam*: a `Gap`, a new segment, and time goes on (in real pace from the real time).

Rejected: one thread that decodes and one that consumes (a clip in real pace can simply decode when asked), and capture
times that follow the consumer's speed (a replay would give other minutes each time).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol

from pantau.cadence import Cadence
from pantau.errors import SourceError
from pantau.ingest.decode import Clock, Sleep, wall_clock
from pantau.ingest.timeline import Timeline
from pantau.types import Frame, Gap, Image, require_utc

Pace = Literal["fast", "real"]

BEHIND_S: Final = 5.0
"""Further behind than this in real pace, the lost time is an outage instead of shots to hurry through."""
NAP_S: Final = 1.0
"""Longest single wait, so that a stop is heard even through an injected `sleep`."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One moment: its time in seconds on the clip's own clock, how to get its picture (None: unreadable), `Frame.quiet`."""

    clock_s: float | None
    load: Callable[[], Image | None]
    quiet: bool = False


class Footage(Protocol):
    """Something recorded that can be played from its start, again and again."""

    @property
    def name(self) -> str:
        """As messages name it."""
        ...

    @property
    def frame_s(self) -> float:
        """Seconds between shots where the clip's clock says nothing; right once the first shot is out."""
        ...

    @property
    def gated(self) -> Mapping[str, int]:
        """As `pantau.ports.Source`."""
        ...

    def shots(self, dropped: MutableMapping[str, int]) -> Iterator[Shot]:
        """One pass from the start; what can't be read is counted in `dropped` as ``broken``.

        Raises:
            SourceError: it can't be opened.
        """
        ...


@dataclass(eq=False)
class Clip:
    """A `Source` of recorded footage.

    Args:
        footage: a `VideoFile` or `PictureFolder`.
        camera: id of the camera that the clip stands for.
        cadence_s: seconds between samples.
        start: UTC of capture of the first shot.
        pace: ``fast`` or ``real``.
        loop: start again at the end, for ever.
        clock: UTC now; asked in real pace only.
        sleep: waits some seconds; the default wakes at `close`.
    """

    footage: Footage
    camera: str = field(kw_only=True)
    cadence_s: float = field(kw_only=True)
    start: datetime = field(kw_only=True)
    pace: Pace = field(default="fast", kw_only=True)
    loop: bool = field(default=False, kw_only=True)
    clock: Clock = field(default=wall_clock, kw_only=True)
    sleep: Sleep | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        require_utc(self.start)
        self._stop = threading.Event()
        self._wait: Sleep = self.sleep or self._stop.wait
        self._dropped: Counter[str] = Counter({"cadence": 0, "late": 0, "broken": 0, "disorder": 0})
        self._timeline = Timeline(self.camera, self.start)
        self._cadence = Cadence(self.cadence_s)
        self._began = self.start
        self._index = 0

    @property
    def dropped(self) -> Mapping[str, int]:
        """Shots not given out, by cause: cadence, late, broken, disorder."""
        return dict(self._dropped)

    @property
    def gated(self) -> Mapping[str, int]:
        """What the footage's gate did, where it has one."""
        return self.footage.gated

    @property
    def clock_faults(self) -> Mapping[str, int]:
        """Times the clip's own clock failed: no_pts, jump_back, hole."""
        return dict(self._timeline.faults)

    def samples(self) -> Iterator[Frame | Gap]:
        """Frames at the cadence and gaps; the last item is a `Gap` of kind ``end``. To be called once.

        Raises:
            SourceError: the clip can't be read, or not one of its pictures can.
        """
        if self.pace == "real":
            self._began = self.clock()
        while not self._stop.is_set():
            yield from self._play()
            if self._stop.is_set() or not self.loop:
                break
            yield self._timeline.cut("seam", "loop: the clip starts again", self._now())
        reason = "closed: reading was stopped" if self._stop.is_set() else "ended: end of the clip"
        yield Gap(self.camera, self._timeline.end, "end", reason)

    def close(self) -> None:
        """Stop before the next shot."""
        self._stop.set()

    def _play(self) -> Iterator[Frame | Gap]:
        before, first, given = self.dropped, self._index, 0
        for shot in self.footage.shots(self._dropped):
            if self._stop.is_set():
                return
            self._index += 1
            self._timeline.frame_s = self.footage.frame_s
            for item in self._step(shot):
                given += isinstance(item, Frame)
                yield item
        broken, late = (self._dropped[cause] - before[cause] for cause in ("broken", "late"))
        if self._index == first or (broken and not given and not late):
            raise SourceError(
                f"camera {self.camera}: not one picture of {self.footage.name} could be read "
                f"({broken} broken); check that it is complete"
            )

    def _step(self, shot: Shot) -> Iterator[Frame | Gap]:
        timeline = self._timeline
        gap, usable = timeline.place(shot.clock_s)
        if gap:
            yield gap
        if not usable:
            self._dropped["disorder"] += 1
            return
        if self.pace == "real":
            late_s = self._await(timeline.time)
            if late_s > BEHIND_S:
                yield timeline.skip(
                    self._now() or timeline.time, f"late: {late_s:.0f} s behind real time were not watched"
                )
            elif late_s > max(self.cadence_s, timeline.frame_s):
                self._dropped["late"] += 1
                return
            if self._stop.is_set():
                return
        if not self._cadence.take(timeline.media_s, timeline.segment):
            self._dropped["cadence"] += 1
            return
        image = shot.load()
        if image is None:
            self._dropped["broken"] += 1
            return
        yield Frame(
            self.camera, timeline.time, image, self._index, timeline.media_s, timeline.segment, quiet=shot.quiet
        )

    def _now(self) -> datetime | None:
        """Real time on the clip's axis, the start + what has passed since reading began; nothing in fast pace."""
        return self.start + (self.clock() - self._began) if self.pace == "real" else None

    def _await(self, due: datetime) -> float:
        """Wait until `due` or a stop; the seconds it is late."""
        while True:
            early_s = (due - (self._now() or due)).total_seconds()
            if early_s <= 0 or self._stop.is_set():
                return -early_s
            self._wait(min(early_s, NAP_S))

"""Settled crossings of counting lines, each decided from the whole path of a road user.

A crossing is the ground point passing from one side of a line to the other *for good*: it was `band` box sizes clear of
the line on one side, is so on the other for `settle` samples (or to the end of its track), and met the line between its
ends. Its time is where the path meets the line, between samples. It is reported once it is settled, about two samples
after the fact, and never taken back.

    left   ──●──●                       side known: left
           band  ╲ ●                    near the line: nothing is decided, however long it stands or trembles here
    line ─────────X───────────────────  the moment of the crossing
           band     ●
    right             ●──●              clear for two samples: settled, left → right = forward

What went wrong for the users of other counters is ruled out by construction: a car that stops on the line stays in the
band (opendatacam#204), a box that jumps across for one sample comes back before it is settled (supervision#2598), boxes
without identity are not followed (supervision#2578), and the ground point is one point, not four corners (#1838). Where
the tracker gave a new id to somebody who vanished a moment ago (a lamp post stands at many a line), the path goes on.

Everything is in box sizes, so that a line far away in the picture is as strict as one close by. A change of the picture's
size ends every path. Memory: a few numbers for each track in view and line. While nobody moves (the tracker gives the very tracks that it
gave before) and nothing is left to be settled, samples are only numbered, and the paths take them in when somebody moves.

Rejected: a band in pixels (right at one distance only), counting at the first sample on the other side (flicker),
counting objects per side and differencing (loses two who cross in opposite directions).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from pantau.geometry import along_line, side_of_line
from pantau.measure.path import Array, Path, Sample, samples
from pantau.places import Direction, Line
from pantau.types import CLASS_GROUP, EPOCH, Tracks

LEFT: Final = -1
RIGHT: Final = 1

SIMILAR: Final = 1.5
"""Ratio of box sizes up to which two tracks can be one road user."""


@dataclass(frozen=True, slots=True)
class CrossingSettings:
    """In box sizes √(w·h) and samples; the defaults are plateaus (docs/methods/counting.md).

    Args:
        band: how far from the line a side is certain.
        reach: how far beyond the ends of a line a path may meet it.
        settle: samples clear of the line on the new side after which a crossing is settled.
        leaving: speed away from a line, box sizes per second, at which a path that stops just past it had crossed.
        wait_s: how long one who stands just beyond the line is waited for; minutes are closed 30 s after their end.
        stitch_s, stitch: a track that vanished goes on in a new one that begins at most this many seconds later and this
            many box sizes (and again for each second) from where it would be by then.
        stand: speed below which one stands, box sizes per second.
        stand_s, stand_reach: one who stood near a line when their track was lost (a bus stands before them) goes on in a new one that begins
            standing within so many box sizes, at most this many seconds later.
        lead_s: how long before it first shows a track was already moving, where it has a speed by then.
    """

    band: float = 0.12
    reach: float = 0.3
    settle: int = 2
    leaving: float = 0.3
    wait_s: float = 20.0
    lead_s: float = 0.2
    stitch_s: float = 1.5
    stitch: float = 0.5
    stand: float = 0.3
    stand_s: float = 10.0
    stand_reach: float = 0.3


@dataclass(frozen=True, slots=True)
class Passage:
    """One settled crossing: which line, which way, when, by what; `confidence` is the winning class's share of votes."""

    line: Line
    direction: Direction
    time: datetime
    class_name: str
    confidence: float
    track: int


@dataclass(slots=True, eq=False)
class _Side:
    """One path at one line: the side it was last certain of, samples clear on the other, and where it last met the line.

    `met` is the time of the newest step from the certain side to the other, and how far beyond the line's ends it was
    (box sizes, 0 between them).
    """

    sure: int = 0
    clear: int = 0
    waited: bool = False
    last: float = 0.0
    met: tuple[datetime, float] | None = None


@dataclass(slots=True, eq=False)
class _Walk:
    """A path with its sides, one per line; `lost` when its track ended where it stood, at a line."""

    path: Path
    sides: list[_Side]
    lost: bool = False

    @property
    def rests(self) -> bool:
        """Whether nothing comes of it as long as it stands: nothing waits to be settled."""
        return not self.lost and not any(side.clear or side.met for side in self.sides)


class CrossingCounter:
    """Counts the crossings of one camera's lines, whatever the class."""

    def __init__(self, lines: Sequence[Line], settings: CrossingSettings | None = None) -> None:
        self.lines = tuple(lines)
        self.settings = settings or CrossingSettings()
        self._size: tuple[int, int] | None = None
        self._ends: list[tuple[Array, Array]] = []
        self._walks: dict[int, _Walk] = {}
        # The newest tracks; the walks of those, with class and confidence; how often they came again since, and when last.
        self._tracks: Tracks | None = None
        self._present: list[tuple[_Walk, int, float]] = []
        self._again, self._until = 0, EPOCH

    @property
    def method(self) -> str:
        """Name and settings, as stored beside every number."""
        s = self.settings
        return f"crossing/2 band={s.band} reach={s.reach} settle={s.settle}"

    def step(self, time: datetime, size: tuple[int, int], tracks: Tracks) -> tuple[Passage, ...]:
        """Crossings settled by this sample of a picture of `size` (width, height), in the order of their times."""
        if tracks is self._tracks and size == self._size and self._rests():
            self._again, self._until = self._again + 1, time
            return ()
        self._catch_up()
        settled: list[Passage] = []
        if size != self._size:
            settled += self.close()
            self._size = size
            self._ends = [(np.multiply(line.start, size), np.multiply(line.end, size)) for line in self.lines]
        for track in tracks.ended:  # first: nobody may go on with the path of who is told to be gone
            if not self._stood_near(track):
                settled += self._end(track)
        self._tracks, self._present = tracks, []
        if len(tracks) and self.lines:
            settled += self._extend(time, tracks)
        for track in [track for track, walk in self._walks.items() if self._given_up(walk, time)]:
            settled += self._end(track)
        return tuple(sorted(settled, key=_order))

    def close(self) -> tuple[Passage, ...]:
        """Settle and forget every path: the pictures stop here."""
        self._catch_up()
        self._tracks, self._present = None, []
        settled = [passage for track in list(self._walks) for passage in self._end(track)]
        return tuple(sorted(settled, key=_order))

    def _rests(self) -> bool:
        """Whether nothing comes of it while everybody stands."""
        return self._again > 0 or all(walk.rests for walk in self._walks.values())

    def _catch_up(self) -> None:
        """Let the paths of those who stood take in the samples in which they did."""
        for walk, class_id, confidence in self._present if self._again else ():
            walk.path.stay(self._again, self._until, class_id, confidence)
        self._again = 0

    def _extend(self, time: datetime, tracks: Tracks) -> list[Passage]:
        ground, found = samples(time, tracks)
        starts, ends = np.array(self._ends).swapaxes(0, 1)
        distances = side_of_line(np.asarray(ground)[:, None], starts, ends).tolist()
        class_id, confidence = tracks.detections.class_id.tolist(), tracks.detections.confidence.tolist()
        settled = []
        present = set(tracks.track_id.tolist())
        for row, track in enumerate(tracks.track_id.tolist()):
            if track < 0:
                continue
            sample = found[row]
            walk = self._walks.get(track) or self._resume(track, sample, CLASS_GROUP[class_id[row]], present)
            if walk is None:
                walk = self._walks[track] = _Walk(Path(track, sample, sample), [_Side() for _ in self.lines])
                self._lead(walk, sample)
            for number, distance in enumerate(distances[row]):
                self._meet(walk, number, sample, distance / sample.size)
            walk.path.add(sample, class_id[row], confidence[row])
            self._present.append((walk, class_id[row], confidence[row]))
            settled += self._settle(walk, at_end=False)
        return settled

    def _stood_near(self, track: int) -> bool:
        """Whether a track that was lost stood at a line, and so may be there when it is seen again."""
        walk = self._walks.get(track)
        if walk is None or walk.path.count < 3:
            return False
        last, settings = walk.path.last, self.settings
        walk.lost = np.hypot(last.vx, last.vy) < settings.stand * last.size and any(
            side.met is not None or abs(side.last) < 2 * settings.band for side in walk.sides
        )
        return walk.lost

    def _given_up(self, walk: _Walk, now: datetime) -> bool:
        return walk.lost and (now - walk.path.last.time).total_seconds() > self.settings.stand_s

    def _resume(self, track: int, sample: Sample, kind: int, present: set[int]) -> _Walk | None:
        """The walk of a track that vanished and would be here by now: an id switch, not a new road user."""
        best, nearest = None, 1.0
        for old, walk in self._walks.items():
            last = walk.path.last
            gap_s = (sample.time - last.time).total_seconds()
            if old in present or walk.path.count < 3 or not 1 / SIMILAR < sample.size / last.size < SIMILAR:
                continue
            if walk.lost:  # stood, and stands: of the same kind, at the same place
                if not self._stands_there(walk, sample, kind):
                    continue
                reach, x, y = last.size * self.settings.stand_reach, last.x, last.y
            elif gap_s <= self.settings.stitch_s:
                reach = last.size * self.settings.stitch * (1 + gap_s)
                x, y = last.x + last.vx * gap_s, last.y + last.vy * gap_s
            else:
                continue
            off = np.hypot(x - sample.x, y - sample.y) / reach
            if off < nearest:
                best, nearest = old, float(off)
        if best is None:
            return None
        walk = self._walks[track] = self._walks.pop(best)
        walk.path.track, walk.lost = track, False
        return walk

    def _stands_there(self, walk: _Walk, sample: Sample, kind: int) -> bool:
        """Whether a track that just showed can be the one that stood: it stands, is of that class group, on that side."""
        if (
            np.hypot(sample.vx, sample.vy) >= self.settings.stand * sample.size
            or CLASS_GROUP[int(walk.path.votes.argmax())] != kind
        ):
            return False
        for side, ends in zip(walk.sides, self._ends, strict=True):
            distance = float(side_of_line(np.array([[sample.x, sample.y]]), *ends)[0]) / sample.size
            if side.met is None and distance * side.last < 0 and abs(distance) > self.settings.band:
                return False
        return True

    def _lead(self, walk: _Walk, sample: Sample) -> None:
        """A track that has a speed when it first shows was seen before: begin its path `lead_s` earlier."""
        lead_s = self.settings.lead_s
        if lead_s <= 0 or np.hypot(sample.vx, sample.vy) < 0.3 * sample.size:
            return
        back = Sample(
            sample.time - timedelta(seconds=lead_s),
            sample.x - sample.vx * lead_s,
            sample.y - sample.vy * lead_s,
            sample.size,
            sample.vx,
            sample.vy,
            sample.height,
            sample.width,
        )
        for number, ends in enumerate(self._ends):
            self._meet(walk, number, back, float(side_of_line(np.array([[back.x, back.y]]), *ends)[0]) / sample.size)
        walk.path.last, walk.path.count = back, 1

    def _meet(self, walk: _Walk, number: int, sample: Sample, distance: float) -> None:
        """Take the new signed distance (box sizes) from a line; note where the path met it on the way."""
        side, before = walk.sides[number], walk.path.last
        if walk.path.count == 0:
            side.sure = RIGHT if distance > 0 else LEFT
        elif side.last * distance <= 0 and distance * side.sure <= 0 and distance != side.last:
            share = side.last / (side.last - distance)
            point = np.array([[before.x + share * (sample.x - before.x), before.y + share * (sample.y - before.y)]])
            start, end = self._ends[number]
            along = float(along_line(point, start, end)[0])
            beyond = max(-along, along - 1, 0.0) * float(np.hypot(*(end - start))) / sample.size
            side.met = (before.time + share * (sample.time - before.time), beyond)
        side.last = distance
        if abs(distance) < self.settings.band:
            side.clear = 0
            return
        side.waited = False
        if distance * side.sure > 0:
            side.clear, side.met = 0, None
        else:
            side.clear += 1

    def _settle(self, walk: _Walk, *, at_end: bool) -> list[Passage]:
        """The crossings that this path has settled; their sides change."""
        settled = []
        for line, side in zip(self.lines, walk.sides, strict=True):
            met = side.met
            if side.clear < self.settings.settle and not (at_end and self._away(line, side, walk.path.last)):
                if not self._stands_beyond(side, walk.path.last.time):
                    continue
                side.waited = True
            side.sure, side.clear, side.met = -side.sure, 0, None
            if met and met[1] <= self.settings.reach:
                direction: Direction = "forward" if side.sure == RIGHT else "backward"
                path = walk.path
                settled.append(Passage(line, direction, met[0], path.class_name, path.certainty, path.track))
        return settled

    def _stands_beyond(self, side: _Side, now: datetime) -> bool:
        """Whether somebody has stood just beyond the line for so long that it must be settled; once per standing."""
        if side.met is None or side.waited or side.last * side.sure >= 0:
            return False
        return (now - side.met[0]).total_seconds() >= self.settings.wait_s

    def _away(self, line: Line, side: _Side, last: Sample) -> bool:
        """Whether a path that stops here had crossed: clear of the line, or past it and moving on."""
        if side.last * side.sure >= 0:
            return False
        if side.clear:
            return True
        start, end = self._ends[self.lines.index(line)]
        normal = np.array([start[1] - end[1], end[0] - start[0]]) / np.hypot(*(end - start))
        speed = float(normal @ (last.vx, last.vy)) / last.size
        return bool(side.sure * speed < -self.settings.leaving)

    def _end(self, track: int) -> list[Passage]:
        walk = self._walks.pop(track, None)
        return self._settle(walk, at_end=True) if walk else []


def _order(passage: Passage) -> tuple[datetime, str, str, int]:
    return passage.time, passage.line.id, passage.direction, passage.track

"""What the live pages see of one camera: the newest picture, its boxes, provisional counts. Latest wins.

The picture and its boxes change together, so that a box never lies beside its road user; the numbers tick with every
sample. Nothing here is stored, and the stored truth never reads it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from pantau.findings import Crossing, Findings, LitterView, Live, Sight, SlotView, WaterView
from pantau.places import Direction
from pantau.ports import Board, Redactor
from pantau.types import CLASSES, EPOCH, Event, Frame, Gap, Run, Tracks, View

PICTURE_S = 0.4
"""Seconds between live pictures while somebody looks; redaction is dearer than detection."""
UNSEEN_S = 2.0
"""While nobody does."""
STILL_S = 10.0
"""While nobody does and nothing moves."""
SHOWN_CROSSINGS = 20
RATE_WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the pictures of a source: `pantau.ports.Source.dropped` and `gated`."""

    dropped: Mapping[str, int]
    gated: Mapping[str, int]


class Scene:
    """The state behind one camera's live page.

    Args:
        board: where it is posted.
        redactor: makes the picture showable; without one there is no picture.
        run: whose counts these are.
        fps_asked: samples per second scheduled.
    """

    def __init__(self, board: Board, redactor: Redactor | None, run: Run, fps_asked: float) -> None:
        self._board, self._redactor = board, redactor
        self.samples = 0
        self.total = 0
        self._slots: dict[str, SlotView] = {}
        self._sights: dict[str, Sight] = {}
        self._litter: tuple[LitterView, ...] = ()
        self._water: dict[str, WaterView] = {}
        self._counts: dict[tuple[str, Direction, str], int] = {}
        self._crossings: deque[Crossing] = deque(maxlen=SHOWN_CROSSINGS)
        self._times: deque[datetime] = deque()
        self._pictured: datetime = EPOCH
        self._live = Live(run.camera, run.started, "starting", fps_asked=fps_asked)
        board.post(self._live)

    def count(self, events: Iterable[Event]) -> None:
        """Add settled crossings to the provisional counts."""
        for event in events:
            if event.kind == "crossing":
                direction: Direction = "forward" if event.attributes["direction"] == "forward" else "backward"
                road_user = str(event.attributes["class"])
                key = (event.place, direction, road_user)
                self._counts[key] = self._counts.get(key, 0) + 1
                self._crossings.append(Crossing(event.place, direction, road_user, event.start))
                self.total += 1

    def wants(self, frame: Frame) -> bool:
        """Whether it is time for another picture."""
        return self._redactor is not None and abs((frame.time - self._pictured).total_seconds()) >= self._every_s(frame)

    def show(  # a sample, and what became of it
        self, view: View, found: Findings, source: Fate, stages_s: Mapping[str, float], *, analysed: bool = True
    ) -> None:
        """Post this sample and how long each stage took; the picture and its boxes change together, at most every `PICTURE_S`.

        One that is not `analysed` is shown, and counted as nothing.
        """
        if analysed:
            self.samples += 1
            self._times.append(view.time)
        fps_got = self._fps_got(view.time)
        picture, boxes, size = self._live.picture, self._live.boxes, self._live.size
        if self._redactor and self.wants(view.frame):
            picture = self._redactor.redact(view.frame, view.detections) or b""
            boxes, size, self._pictured = _fractions(view.tracks, view.frame.size), view.frame.size, view.time
        self._slots |= {one.slot: one for one in found.slots}
        self._sights |= {one.place: one for one in found.sights}
        if any(o.indicator == "litter.items" for o in found.observations):  # it is looked at more seldom than this
            self._litter = found.litter
        self._water |= {one.zone: one for one in found.water}
        inside = {
            (o.place, "person" if o.indicator.startswith("visitors.") else "vehicle"): int(o.value)
            for o in found.observations
            if o.indicator.endswith(".inside")
        }
        self._live = Live(
            view.frame.camera,
            view.time,
            "live",
            picture=picture,
            size=size,
            boxes=boxes,
            counts=dict(self._counts),
            inside=inside,
            slots=tuple(self._slots.values()),
            sights=tuple(self._sights.values()),
            litter=self._litter,
            faults=found.faults or (),
            water=tuple(self._water.values()),
            crossings=tuple(self._crossings),
            fps_asked=self._live.fps_asked,
            fps_got=fps_got,
            step_ms=1000 * sum(stages_s.values()),
            stages_ms={stage: 1000 * took_s for stage, took_s in stages_s.items()},
            dropped=source.dropped,
            gated=source.gated,
        )
        self._board.post(self._live)

    def _every_s(self, frame: Frame) -> float:
        """Seconds between pictures: many for who looks, some for an alarm that shows what was before it, few of what stands still."""
        if self._board.looked_at(frame.camera):
            return PICTURE_S
        return STILL_S if frame.quiet else UNSEEN_S

    def missed(self, time: datetime, source: Fate) -> None:
        """Post that a sample was not analysed in time: what is shown grows old, and says why."""
        self._live = replace(self._live, fps_got=self._fps_got(time), dropped=source.dropped, gated=source.gated)
        self._board.post(self._live)

    def _fps_got(self, time: datetime) -> float:
        """Samples a second that were analysed in the minute up to `time`."""
        while self._times and self._times[0] < time - RATE_WINDOW:
            self._times.popleft()
        span_s = max((time - self._times[0]).total_seconds(), 1.0) if self._times else 1.0
        return max(len(self._times) - 1, 0) / span_s

    def gap(self, gap: Gap, source: Fate) -> None:
        """Post that nothing comes; a seam is too short to be shown."""
        if gap.kind != "seam":
            self._times.clear()
            self._post_still("outage" if gap.kind == "outage" else "ended", gap.time, gap.reason, source)

    def blocked(self, time: datetime, reason: str) -> None:
        """Post that samples are not taken because the sink is full."""
        self._post_still("outage", time, reason, Fate(self._live.dropped, self._live.gated))

    def _post_still(self, status: Literal["outage", "ended"], time: datetime, reason: str, source: Fate) -> None:
        self._live = Live(
            self._live.camera,
            time,
            status,
            reason=reason,
            picture=self._live.picture,
            size=self._live.size,
            counts=dict(self._counts),
            crossings=tuple(self._crossings),
            fps_asked=self._live.fps_asked,
            dropped=source.dropped,
            gated=source.gated,
        )
        self._board.post(self._live)


def _fractions(tracks: Tracks, size: tuple[int, int]) -> tuple[tuple[float, float, float, float, str], ...]:
    detections = tracks.detections
    width, height = size
    return tuple(
        (round(x1 / width, 4), round(y1 / height, 4), round(x2 / width, 4), round(y2 / height, 4), CLASSES[c])
        for (x1, y1, x2, y2), c in zip(detections.xyxy.tolist(), detections.class_id.tolist(), strict=True)
    )

"""THE LOOP: one camera, from samples to kept numbers.

    source ─► mask ─► detector ─► tracker ─► analysers ─► ledger ─► sink
                                                 └──────► scene ──► board

The same loop runs in a thread on a laptop, in a process on a server, or over a clip as fast as it goes. It speaks in
ports only and reads no clock: time comes with the frames. What is found goes to the `ledger` (kept until the sink has it),
what is shown goes to the `scene` (latest wins); the two never read each other.

When the sink can't keep up or the disk is full, batches wait in the ledger; when too many do, the loop stops taking samples
until one is through. A camera that is away makes an outage event and no observations: its minutes have no rows,
which is coverage 0, never zeros. A camera whose pictures are useless (covered, frozen, moved: `Findings.faults`) makes an event of
its own, and the pictures go to nobody but the analyser that says so, until it says that they are fine again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter

import numpy as np
import structlog

from pantau.cadence import Cadence
from pantau.errors import PantauError, StoreError
from pantau.findings import NOTHING, Fault, Findings, Live
from pantau.ledger import FLUSH_S, PENDING, Ledger
from pantau.masks import Masks
from pantau.places import Camera
from pantau.ports import Analyser, Board, Detector, Redactor, Sink, Source, Tracker
from pantau.scene import Fate, Scene
from pantau.types import Detections, Event, Frame, Gap, Image, Run, View

LONG_RUN_S = 60.0
"""A loop that held for so long failed anew: it is tried again at once."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one loop is made of.

    Args:
        redactor: absent where nobody looks (a replay).
        deadline_s: how long a detection may take; longer ones leave their sample unobserved. None: as long as it takes.
        stopping: waits up to so many seconds for room in the store; true when the loop should give up instead.
    """

    camera: Camera
    run: Run
    source: Source
    detector: Detector
    tracker: Tracker
    analysers: tuple[Analyser, ...]
    sink: Sink
    board: Board
    redactor: Redactor | None = None
    deadline_s: float | None = None
    stopping: Callable[[float], bool] = lambda _seconds: True


@dataclass(frozen=True, slots=True)
class Summary:
    """What a loop did: samples analysed, crossings settled, frames dropped by cause, last capture time."""

    samples: int
    crossings: int
    dropped: Mapping[str, int]
    last: datetime | None


def watch(parts: Parts) -> Summary:
    """Run the loop until the source ends.

    Raises:
        SourceError: the source can't be read and never will.
        ModelError: the detector gave what it must not.
        StoreError: the sink refuses and there is no more waiting for it; the message says how many batches were not kept.
    """
    loop = _Loop(parts)
    try:
        parts.sink.begin(parts.run)
        for item in parts.source.samples():
            if isinstance(item, Gap):
                loop.gap(item)
            else:
                loop.sample(item)
        return loop.finish()
    finally:
        parts.source.close()


class _Loop:
    """The state of one `watch`: who is tracked, what is not yet kept, what is shown."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.ledger = Ledger(parts.run.id, parts.sink)
        # Who follows somebody needs every sample, however seldom it is asked itself.
        self.every = not parts.analysers or any("tracks" in a.needs.inputs for a in parts.analysers)
        asked = parts.camera.fps if self.every else max(1 / a.needs.cadence_s for a in parts.analysers)
        self.scene = Scene(parts.board, parts.redactor, parts.run, asked)
        self.cadences = [(a, Cadence(a.needs.cadence_s)) for a in parts.analysers]
        self.masks = Masks(parts.camera.masks)
        self.seen: tuple[Image | None, Image] = (None, np.empty((0, 0, 3), np.uint8))
        self.outage: Event | None = None
        self.faults: dict[str, tuple[Fault, ...]] = {}
        self.last: datetime | None = None
        self.size: tuple[int, int] | None = None
        self.found: Detections | None = None  # in the newest sample; it holds while nothing moves
        self.undone = self.disordered = self.unasked = 0

    def sample(self, frame: Frame) -> None:
        """One frame, all the way; one that is not later than the last would count what was counted, and is dropped.

        One that nobody asks for (no analyser's turn, no picture due) goes no further: where only parking or water is measured, the
        detector need not look five times a second.
        """
        begin = perf_counter()
        if self.last is not None and frame.time <= self.last:
            self.disordered += 1
            return
        if self.outage is not None:
            self._end_outage(frame.time)
        if self.size not in {None, frame.size}:  # boxes and tracks are in pixels of the old one
            log.warning("camera.resized", camera=frame.camera, before=self.size, size=frame.size)
            self.gap(Gap(frame.camera, self.last or frame.time, "seam", "size: the pictures have another size"))
        self.size = frame.size
        due = self.every or any(c.due(frame.media_s, frame.segment) for _, c in self.cadences)
        if not due and not self.scene.wants(frame):
            self.last, self.unasked = frame.time, self.unasked + 1
            self.found = self.found if frame.quiet else None  # something may have moved
            return
        if self.masks.polygons:
            frame = replace(frame, image=self._masked(frame.image))
        detections = self.found if frame.quiet else None
        if detections is None:
            detections = self.parts.detector.detect(frame.image, self.parts.deadline_s)
        if detections is None:  # not done in time: this sample is unobserved, and says so
            self.undone += 1
            self.found = None
            self.scene.missed(frame.time, self._fate())
            return
        self.found, detected = detections, perf_counter()
        view = View(frame, detections, self.parts.tracker.step(detections, frame.time))
        tracked = perf_counter()
        found = self._keep(self._analyse(view))
        self.last, measured = frame.time, perf_counter()
        stages_s = {"detect": detected - begin, "track": tracked - detected, "measure": measured - tracked}
        self.scene.show(view, found, self._fate(), stages_s, analysed=due)
        if self.ledger.due(frame.time):
            self._flush(frame.time)

    def _masked(self, image: Image) -> Image:
        """The picture with its masks; the same object for one that comes again, so that nobody looks at it twice."""
        if image is not self.seen[0]:
            self.seen = image, self.masks.apply(image)
        return self.seen[1]

    def _analyse(self, view: View) -> list[Findings]:
        """What each analyser whose turn it is says; nobody but who found the camera blind looks at a blind camera."""
        findings = []
        for analyser, cadence in self.cadences:
            if not cadence.take(view.frame.media_s, view.frame.segment) or self._blind(besides=analyser.family):
                continue
            here = analyser.step(view)
            if here.usable:
                self.ledger.observe(analyser.family, view.time)
            findings.append(here)
            if here.faults is not None:
                seeing = not self._blind()
                self.faults[analyser.family] = here.faults
                if seeing and self._blind():
                    findings += self._close(view.time)
        return findings

    def _blind(self, besides: str = "") -> bool:
        """Whether the pictures are useless, as somebody besides this family says."""
        return any(fault.blind for name, told in self.faults.items() if name != besides for fault in told)

    def gap(self, gap: Gap) -> None:
        """The pictures stop: settle what is open, close every track, say why."""
        self._keep(self._close(gap.time))
        self.found = None
        if gap.kind == "outage" and self.outage is None:
            self.outage = Event(
                id=f"outage:{gap.camera}:{gap.time.isoformat()}",
                kind="outage",
                place=gap.camera,
                start=gap.time,
                attributes={"reason": gap.reason},
            )
            self.ledger.add(Findings(events=(self.outage,)))
        self.scene.gap(gap, self._fate())
        self._flush(gap.time)

    def finish(self) -> Summary:
        """Settle and keep what is left."""
        if self.last is not None:
            self._keep(self._close(self.last))
        self._flush(self.last or self.parts.run.started, everything=True)
        self.parts.sink.end(self.parts.run.id)
        return Summary(self.scene.samples, self.scene.total, self._dropped(), self.last)

    def _close(self, time: datetime) -> list[Findings]:
        """End every track and let every analyser settle; an empty view tells them who ended."""
        self.parts.tracker.close()
        return [analyser.close(time) for analyser in self.parts.analysers]

    def _keep(self, findings: Iterable[Findings]) -> Findings:
        """Write findings into the ledger and the counts; all of them, as one."""
        found = [f for f in findings if f is not NOTHING]
        merged = Findings(
            tuple(o for f in found for o in f.observations),
            tuple(e for f in found for e in f.events),
            tuple(u for f in found for u in f.unseen),
            tuple(s for f in found for s in f.slots),
            sights=tuple(s for f in found for s in f.sights),
            litter=tuple(item for f in found for item in f.litter),
            faults=tuple(fault for told in self.faults.values() for fault in told),
            water=tuple(w for f in found for w in f.water),
        )
        self.ledger.add(merged)
        self.scene.count(merged.events)
        return merged

    def _end_outage(self, time: datetime) -> None:
        if self.outage is not None:
            ended = Event(
                self.outage.id, "outage", self.outage.place, self.outage.start, time, dict(self.outage.attributes)
            )
            self.ledger.add(Findings(events=(ended,)))
            self.outage = None

    def _fate(self) -> Fate:
        return Fate(self._dropped(), self.parts.source.gated)

    def _dropped(self) -> dict[str, int]:
        dropped = dict(self.parts.source.dropped)
        here = {"deadline": self.undone, "disorder": self.disordered, "cadence": self.unasked}
        return dropped | {cause: dropped.get(cause, 0) + n for cause, n in here.items() if n}

    def _flush(self, time: datetime, *, everything: bool = False) -> None:
        """Hand over what is due; when too much waits, take no more samples until the sink has room."""
        room = 1 if everything else PENDING
        while self.ledger.flush(time) >= room:
            self.scene.blocked(time, self.ledger.trouble)
            if self.parts.stopping(FLUSH_S):
                raise StoreError(
                    f"camera {self.parts.camera.id}: {self.ledger.waiting} batches (about as many seconds) could not be kept: "
                    f"{self.ledger.trouble}"
                )


def supervise(
    camera: Camera,
    build: Callable[[], Parts],
    board: Board,
    stopping: Callable[[float], bool],
    clock: Callable[[], datetime],
) -> None:
    """Keep one camera's loop alive: the only place that catches everything.

    Args:
        camera: whose loop it is.
        build: makes fresh parts for a fresh run; called again after a failure.
        board: told why, when the loop is down.
        stopping: waits up to so many seconds; true when the loop should end.
        clock: UTC of the wall, for the time shown beside the reason.
    """
    pause_s = 1.0
    while not stopping(0.0):
        began = clock()
        try:
            summary = watch(build())
        except PantauError as error:
            reason = str(error)
        except Exception as error:  # the one supervisor: a camera's bug must not stop the city
            reason = f"internal: {type(error).__name__}"
            log.exception("camera.failed", camera=camera.id)
        else:
            log.info("camera.ended", camera=camera.id, samples=summary.samples, dropped=dict(summary.dropped))
            return
        log.warning("camera.down", camera=camera.id, reason=reason, again_s=pause_s)
        board.post(Live(camera.id, clock(), "outage", reason=reason, fps_asked=camera.fps))
        if (clock() - began).total_seconds() > LONG_RUN_S:
            pause_s = 1.0
        if stopping(pause_s):
            return
        pause_s = min(pause_s * 2, 60.0)

"""Whether a calibrated camera still looks where it looked: a camera that was moved has no metres.

Once in `LOOK_S` it is asked where it looks (`pantau.measure.aim`). Nobody is believed at once: after a look that is off, the
next comes soon, and it takes `OFF` or `LOST` of them. From the look that settles it until a picture matches the calibration again
(the camera is turned back, or calibrated anew) the analysers on the ground observe nothing: a gap with its reason, as event
of kind ``moved``. `pantau calibrate` writes the reference into the camera file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from pantau.measure.aim import Aim, Verdict
from pantau.places import Camera, Point
from pantau.types import Event, View

LOOK_S: Final = 60.0
AGAIN_S: Final = 5.0
OFF: Final = 2
LOST: Final = 3
TOLERANCE: Final = 0.01


class DriftWatch:
    """Watches one camera; `step` costs nothing between looks. `points` (fractions) are what must not move, beside the calibration's.

    Raises:
        ConfigError: the calibration's reference can't be read.
    """

    def __init__(self, camera: Camera, points: Sequence[Point] = ()) -> None:
        self._camera = camera.id
        ground = camera.ground
        told = [*(p.image for p in ground.points), *points] if ground else [*points]
        self._aim = Aim(ground.reference if ground else "", told or [(0.5, 0.5)], TOLERANCE)
        self._next: datetime | None = None
        self._bad = 0
        self._event: Event | None = None

    @property
    def moved(self) -> bool:
        """Whether the camera looks elsewhere, so that there are no metres."""
        return self._event is not None

    def step(self, view: View) -> tuple[Event, ...]:
        """Look, if it is time: the event of a move that begins or ends with this sample."""
        if self._next is not None and view.time < self._next:
            return ()
        verdict, moved = self._aim.judge(view)
        self._bad = self._bad + 1 if verdict in {"off", "lost"} else 0 if verdict == "still" else self._bad
        self._next = view.time + timedelta(seconds=AGAIN_S if self._bad and not self.moved else LOOK_S)
        if self._event is not None and verdict == "still":
            over, self._event = replace(self._event, end=view.time), None
            return (over,)
        if not self.moved and self._bad >= (OFF if verdict == "off" else LOST):
            return (self._begin(view.time, verdict, moved),)
        return ()

    def _begin(self, time: datetime, verdict: Verdict, moved: float) -> Event:
        said = f"moved by {moved:.1%} of the picture" if verdict == "off" else "looks somewhere else"
        self._event = Event(
            id=f"moved:{self._camera}:{time.isoformat()}",
            kind="moved",
            place=self._camera,
            start=time,
            attributes={"reason": f"moved: the camera {said}; calibrate it anew"},
        )
        self._aim.forget_recent()
        return self._event

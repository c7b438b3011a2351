"""How much of a zone is wet or under water: where it is unlike its dry look, and whether what is there moves.

    dry       it looks as it did: whatever the light
    wet       unlike, but still from one still to the next: lamps and walls mirrored in a film of rain, a puddle; or it rains
    flooded   unlike, and it moves: waves break up what they mirror, and the ground's own texture is gone

Wet asphalt is no flood: its texture stays, and what it mirrors stands still. Shares are medians of the last `STILLS`, so that those who
pass undetected count for nothing. Limits: a film that only darkens the ground is dry to us, unless it rains; water as still as glass is
wet, not flooded (a gauge tells them apart); a crowd that mills about undetected moves like water. Rejected: brightness (a cloud
darkens as rain does) and a colour for water (it has that of the sky, of mud, of lamps).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pantau.findings import Reason, WetState
from pantau.measure.dry import DryLooks, Look, noise_of, tint_of
from pantau.measure.patch import Cut, Mask, grey_of, local_likeness
from pantau.types import Image

Boxes = npt.NDArray[np.float64]

WINDOW: Final = (9, 9)
STILLS: Final = 5
UNLIKE: Final = 0.5
MOVES: Final = 0.5
FLOODED: Final = 0.15
"""Share of a zone under water from which on it is flooded."""
WET: Final = 0.25
LEAST_SEEN: Final = 0.4
LEAST_STRUCTURE: Final = 0.3


@dataclass(frozen=True, slots=True)
class Wetness:
    """Shares of a zone, 0 to 1; nothing where nothing can be said, `reason` then says why."""

    state: WetState = "unknown"
    wet: float | None = None
    flooded: float | None = None
    seen: float = 0.0
    reason: Reason | None = None


class WetWatch:
    """The wetness of one zone, cut from pictures of one size."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self.looks = DryLooks(WINDOW)
        self._dry: Mask = cut.mask.copy()
        self._told: deque[tuple[float, float]] = deque(maxlen=STILLS)

    def step(self, time: datetime, image: Image, hidden: Boxes, *, raining: bool, dry: bool = True) -> Wetness:
        """The zone after one more still; where it is known not to be `dry`, nothing is learned."""
        patch = self._cut.take(grey_of(image), hidden)
        seen = patch.seen_of(self._cut)
        left, top, right, bottom = self._cut.window
        small = cv2.resize(image[top:bottom, left:right], patch.mask.shape[::-1], interpolation=cv2.INTER_AREA)
        noise = noise_of(grey_of(np.asarray(image[top:bottom, left:right], np.uint8)))
        look = Look(patch, tint_of(np.asarray(small, np.uint8)), noise)
        if not len(self.looks) and not dry:
            return Wetness(seen=seen, reason=Reason("wet_gauge"))
        if not len(self.looks):
            reason = self.looks.begin(time, look, raining=raining, whole=self._cut.mask)
            return Wetness(seen=seen, reason=reason) if reason else Wetness("dry", 0.0, 0.0, seen)
        if seen < LEAST_SEEN:
            return Wetness(seen=seen, reason=Reason("zone_covered"))
        near = self.looks.nearest(time, look, self._dry) or self.looks.nearest(time, look, self._cut.mask)
        before = self.looks.since_last(look)
        if near is None or before is None:
            return Wetness(seen=seen, reason=Reason("zone_unreadable"))
        alike, structure = local_likeness(near[0].patch(), patch, WINDOW, self.looks.noise_var)
        told = patch.mask & near[0].known & (structure > LEAST_STRUCTURE)
        unlike = (alike < UNLIKE) & told
        moving = unlike & (before[0] < MOVES)
        whole = max(int((patch.mask & near[0].known).sum()), 1)
        self._told.append((float(unlike.sum()) / whole, float(moving.sum()) / whole))
        wide = cv2.dilate(unlike.astype(np.uint8), np.ones(WINDOW, np.uint8)).astype(np.bool_)
        free = patch.mask & ~wide
        self._dry = free if free.sum() > 0.1 * self._cut.mask.sum() else self._dry
        said = self._said(seen, raining=raining)
        if dry and said.state == "dry":
            self.looks.learn(time, look, self._dry, near)
        else:
            self.looks.watch(look)
        return said

    def _said(self, seen: float, *, raining: bool) -> Wetness:
        wet, flooded = (float(np.median([one[part] for one in self._told])) for part in (0, 1))
        state: WetState = "flooded" if flooded >= FLOODED else "wet" if wet >= WET or raining else "dry"
        return Wetness(state, round(wet, 4), round(flooded, 4), seen)

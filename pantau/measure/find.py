"""One thing at its place in a zone, and one look at the zone: what `measure.lying` judges, and by what."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pantau.measure.difference import Difference, Floats, Mask
from pantau.measure.regions import Box, Regions
from pantau.measure.shown import Shown
from pantau.types import Detections

State = Literal["new", "lies", "other"]


@dataclass(slots=True, eq=False)
class Find:
    """One thing at its place.

    Args:
        number: its own, within its zone.
        mask: (h, w) within the floor's window.
        box: (x1, y1, x2, y2) in pixels of the window.
        start: when it came, at the latest: it was first seen then, or its place was last seen bare.
        found, seen: first and last seen.
        look: the difference's trace in its box when it was found.
        lain_s: seconds it has lain without an owner beside it, up to when it was last seen.
        waiting_s: the same since then; it counts when it is seen again.
        why: how it explained itself, where it did.
    """

    number: int
    mask: Mask
    box: tuple[int, int, int, int]
    start: datetime
    found: datetime
    seen: datetime
    look: Floats
    state: State = "new"
    samples: int = 1
    misses: int = 0
    lain_s: float = 0.0
    waiting_s: float = 0.0
    called: int = 0
    grown: int = 0
    parts: int = 0
    owner: Box = (0, 0, 0, 0)
    sizes: deque[int] = field(default_factory=lambda: deque(maxlen=5))
    agreed: deque[float] = field(default_factory=lambda: deque(maxlen=12))
    first_px: int = 0
    why: str = ""

    @property
    def px(self) -> int:
        """Pixels of the window that it covers."""
        return int(self.mask.sum())

    @property
    def part(self) -> tuple[slice, slice]:
        """Its box as an index."""
        x1, y1, x2, y2 = self.box
        return slice(y1, y2), slice(x1, x2)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One look at the zone: when, how it differs, where that is connected, where its print shows, and who is around."""

    time: datetime
    difference: Difference
    regions: Regions
    shown: Shown | None
    around: Detections

"""Where the water stands on a gauge: the place below which the strip no longer matches its dry look.

Every row gives evidence between -1 (dry: it matches) and 1 (water: it does not, though there is structure to match, or its tint
has changed against that of the dry part); rows without structure, and rows that are hidden, say nothing. The waterline is the
place that splits the strip best: the most evidence for water below it and for dry above it (maximum likelihood of one change
point, Page 1955), told between rows by where the evidence passes zero. Evidence fades over `MEMORY_S`, so that several stills
speak together. Likeness is told against the likeness of the dry part of the same still, because night and rain lower both.

A level does not jump: one that is further away than water can rise (`FASTEST_CM_MIN`) is not believed unless `JUMPS` stills
in a row agree on it and what is below it *moves* from still to still. A parked lorry does not move: the gauge is then covered,
and nothing is said. Nothing is said either where no dry part is left to compare with, unless the water rose there.

Limits: mirror-smooth water on a wall without structure or tint is not seen; a flood that came while nobody looked, and lies still, is
a cover to us. Rejected: the strongest edge (the kerb itself), a difference of grey (rain, dusk and every shadow).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from math import exp
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.measure.dry import WINDOW, Dry, DryLooks, Look
from pantau.measure.gauge import Gauge
from pantau.measure.patch import Mask, local_likeness

Array = npt.NDArray[np.float64]

MEMORY_S: Final = 90.0
FASTEST_CM_MIN: Final = 8.0
SLACK_CM: Final = 6.0
"""How far two readings of one level may lie apart."""
JUMPS: Final = 6
MOVES: Final = 0.5
"""Likeness of two stills, as a share of that of the dry part, below which what they show moves."""
DRY_ROWS: Final = 8
NEAR_ROWS: Final = 12
"""Rows on each side of the waterline that its confidence is told by."""
LEAST_LIKE: Final = 0.3
"""Likeness of the dry part below which nothing can be compared: fog, glare, a cover."""
LIKE: Final = 0.7
"""Share of the dry part's likeness below which a row is rather water: a mirrored pole is half like itself."""
TINT: Final = 0.08
RISE_S: Final = 900.0
"""Readings of so long make a rate."""
RISE_LEAST_S: Final = 300.0
UNSURE: Final = 0.15


@dataclass(frozen=True, slots=True)
class Level:
    """What is known of a level now; `cm` is nothing where it can't be told, `reason` then says why."""

    cm: float | None = None
    row: float = 0.0
    confidence: float = 0.0
    rise_cm_h: float | None = None
    reason: str = ""


class Waterline:
    """The level on one gauge."""

    def __init__(self, gauge: Gauge) -> None:
        self._gauge = gauge
        self.looks = DryLooks()
        self._evidence = np.zeros(len(gauge))
        self._row: float | None = None
        self._time: datetime | None = None
        self._told: deque[tuple[datetime, float]] = deque(maxlen=256)
        self._jumps: list[float] = []

    def step(self, time: datetime, look: Look, *, raining: bool) -> Level:
        """The level after one more still."""
        if not len(self.looks):
            if reason := self.looks.begin(time, look, raining=raining):
                return Level(reason=reason)
            self._row, self._time = 0.0, time
            return Level(self._gauge.foot_cm, 0.0, 1.0)
        dry = self._dry_part(look)
        near = self.looks.nearest(time, look, dry)
        if near is None:
            return Level(reason="tertutup / covered: nothing of the dry part of the gauge is seen")
        level = self._read(time, look, *near, dry)
        if raining:
            self.looks.watch(look)
        else:
            self.looks.learn(time, look, self._dry_part(look) if level.cm is not None else dry, near)
        return level

    def _dry_part(self, look: Look) -> Mask:
        """(rows, columns) surely above the water; the topmost rows where the water has reached them."""
        first = min(int(self._row or 0) + DRY_ROWS, len(self._gauge) - DRY_ROWS)
        part = np.zeros(look.patch.mask.shape, np.bool_)
        part[first:] = True
        return part

    def _read(self, time: datetime, look: Look, one: Dry, alike: float, dry: Mask) -> Level:
        if alike < LEAST_LIKE:
            self._jumps = []
            return Level(
                reason="tidak terbaca / unreadable: even the dry part is not like it was (fog, glare, a cover, a camera that was moved)"
            )
        now = _evidence(one, look, alike, dry, self.looks.noise_var)
        row = _split(now)
        seen = look.patch.mask.mean(axis=1) > 0.5
        if self._too_far(time, row):
            return self._jump(row, look, now, time, _above(row, dry))
        self._jumps = []
        passed_s = (time - self._time).total_seconds() if self._time else 0.0
        fade = exp(-passed_s / MEMORY_S)
        self._evidence = np.where(seen, fade * self._evidence + now, fade * self._evidence)
        return self._tell(time, _split(self._evidence))

    def _too_far(self, time: datetime, row: float) -> bool:
        if self._row is None or self._time is None:
            return False
        minutes = (time - self._time).total_seconds() / 60
        return abs(self._gauge.cm(row) - self._gauge.cm(self._row)) > SLACK_CM + FASTEST_CM_MIN * min(minutes, 5.0)

    def _jump(self, row: float, look: Look, now: Array, time: datetime, dry: Mask) -> Level:
        """Something new stands on the gauge: water, when it holds its height, moves, and leaves a dry part above."""
        new, last = np.zeros(look.patch.mask.shape, np.bool_), self._row or 0.0
        new[int(last) : max(int(row), 1)] = True  # what was water before moves anyhow
        moves = row < last or self.looks.held(look, new) < MOVES * self.looks.held(look, dry)
        left = len(self._gauge) - row >= DRY_ROWS
        agree = all(abs(self._gauge.cm(one) - self._gauge.cm(row)) <= SLACK_CM for one in self._jumps[-JUMPS:])
        self._jumps = [*self._jumps[-JUMPS:], row] if moves and left and agree else [row] if moves and left else []
        if len(self._jumps) > JUMPS:
            self._jumps = []
            self._evidence = now
            self._told.clear()
            return self._tell(time, row)
        return Level(reason="tertutup atau melonjak / covered, or a jump that is not yet believed")

    def _tell(self, time: datetime, row: float) -> Level:
        confidence = _confidence(self._evidence, row)
        if confidence < UNSURE:
            return Level(reason="tidak pasti / unsure: too little tells water from dry here")
        self._row, self._time = row, time
        cm = self._gauge.cm(row)
        self._told.append((time, cm))
        return Level(cm, row, confidence, self._rise(time))

    def _rise(self, time: datetime) -> float | None:
        """Median slope (Theil 1950, Sen 1968) of the last readings, cm/h."""
        recent = [((t - time).total_seconds(), cm) for t, cm in self._told if (time - t).total_seconds() <= RISE_S]
        if len(recent) < 4 or -recent[0][0] < RISE_LEAST_S:
            return None
        t, cm = np.array(recent[:: max(len(recent) // 24, 1)]).T
        later, earlier = np.triu_indices(len(t), k=1)
        return float(np.median((cm[earlier] - cm[later]) / (t[earlier] - t[later]))) * 3600


def _above(row: float, dry: Mask) -> Mask:
    """The part that is dry even if the water stands at `row`; the topmost rows where little is left."""
    left = np.zeros_like(dry)
    left[min(int(row) + 2, len(dry) - DRY_ROWS) :] = True
    return left & dry if (left & dry).any() else left


def _evidence(one: Dry, look: Look, alike: float, dry: Mask, noise_var: float) -> Array:
    """(rows,) between -1 for dry and 1 for water."""
    known = one.patch()
    found, structure = local_likeness(known, look.patch, WINDOW, noise_var)
    middle = slice(found.shape[1] // 2 - 1, found.shape[1] // 2 + 2)
    weight = structure[:, middle].mean(axis=1).astype(np.float64)
    limit = LIKE * min(alike, 1.0)
    told = np.clip((limit - found[:, middle].mean(axis=1)) / limit, -1.0, 1.0) * weight
    rows = dry.mean(axis=1) > 0.5
    shift = look.tint - one.tint
    shift = shift - np.median(shift[rows], axis=0)
    spread = max(float(np.median(np.abs(shift[rows]))) / 0.6745, 1e-3)
    apart = np.abs(shift).max(axis=1)
    tinted = np.clip((apart - max(TINT, 4 * spread)) / TINT, 0.0, 1.0)
    seen = (known.mask & look.patch.mask).mean(axis=1) > 0.5
    return np.where(seen, np.clip(told + tinted, -1.0, 1.0), 0.0)


def _split(evidence: Array) -> float:
    """Rows below the waterline, told between rows; 0 where all is dry."""
    sums = np.concatenate([[0.0], np.cumsum(evidence)])
    row = int(np.argmax(sums))
    if row in {0, len(evidence)}:
        return float(row)
    below, above = float(evidence[row - 1]), float(evidence[row])
    return row - 0.5 + (below / (below - above) if below > above else 0.5)


def _confidence(evidence: Array, row: float) -> float:
    """How clearly the rows on each side of the line say what they should, 0 to 1."""
    edge = round(row)
    below, above = evidence[max(edge - NEAR_ROWS, 0) : edge], evidence[edge : edge + NEAR_ROWS]
    sides = [float(np.clip(sign * side, -1, 1).mean()) for sign, side in ((1, below), (-1, above)) if len(side) >= 2]
    return max(min(sides), 0.0) if sides else 0.0

"""Where the water stands on a gauge: the place below which the strip no longer matches its dry look.

Every row gives evidence between -1 (dry: it matches) and 1 (water: it does not, though there is structure to match, or its tint
has changed against that of the dry part); rows without structure, and rows that are hidden, say nothing. Likeness is told against the
likeness of the dry part of the same still, because night and rain lower both. What the evidence of all stills makes of the level, of
whatever stands before the gauge, and of how sure that is, is `measure.level_filter`.

Nothing is said where the level can be in many places: behind a lorry, where the gauge is too bare to show water, or was refused for it (`measure.telling`), and where no
dry part is left to compare with. Limits: mirror-smooth water on a wall without structure or tint is not seen. Rejected: the strongest edge (the
kerb itself), a difference of grey (rain, dusk and every shadow).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.findings import Reason
from pantau.measure.dry import LEARNING, WINDOW, Dry, DryLooks, Look
from pantau.measure.gauge import Gauge
from pantau.measure.level_filter import Belief, LevelFilter
from pantau.measure.patch import Mask, local_likeness
from pantau.measure.telling import TAKES, between, refusal, telling

Array = npt.NDArray[np.float64]

SURE: Final = 0.8
"""How likely a level has to be, within a few centimetres, to be told."""
MOVES: Final = 0.5
"""Likeness of a row in two stills, as a share of that of the dry part, from which on it stands at all."""
AGAIN_UNLIKE: Final = 0.3
"""Evidence from which on a row is no longer learned as dry."""
DRY_ROWS: Final = 8
LEAST_LIKE: Final = 0.3
"""Likeness of the dry part below which nothing can be compared: fog, glare, a cover."""
GAP: Final = (0.15, 0.3)
"""A row is rather water when it is less like itself than the dry part by this share of that at least, and by this at most..."""
SPREADS: Final = 4.0
"""... in between by so many spreads of the dry rows: on a clear day a pole that is mirrored is far from one that is seen."""
LEAST_STRUCTURE: Final = 0.3
TINT: Final = 0.08
NEAR_ROWS: Final = 8
"""Rows above a waterline that must look dry, for it to be in sight."""
RISE_S: Final = 900.0
"""Readings of so long make a rate."""
RISE_LEAST_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Level:
    """What is known of a level now; `cm` is nothing where it can't be told, `reason` then says why."""

    cm: float | None = None
    row: float = 0.0
    confidence: float = 0.0
    rise_cm_h: float | None = None
    reason: Reason | None = None


class Waterline:
    """The level on one gauge."""

    def __init__(self, gauge: Gauge, limit_cm: float = 0.0) -> None:
        self._gauge, self._limit_cm = gauge, limit_cm
        self.tells: Array | None = None
        self._refused: Reason | None = None
        self._takes = 0
        self.looks = DryLooks()
        self._filter = LevelFilter(gauge.heights)
        self._row = 0.0
        self._time: datetime | None = None
        self._told: deque[tuple[datetime, float]] = deque(maxlen=256)

    def resume(self, kept: tuple[Dry, ...], tells: Array) -> None:
        """Go on with dry looks that were kept, and what was judged of them: where the water stands now is not known."""
        self.looks.resume(kept)
        self._judge(tells)
        self._filter.anywhere()

    def given(self, time: datetime, look: Look) -> None:
        """Take one still for the dry look of the whole gauge."""
        self.looks.given(time, look)
        self._judge(telling(self.looks.kept[0], self.looks.noise_var))
        self._filter.anywhere()

    def step(self, time: datetime, look: Look, *, raining: bool) -> Level:
        """The level after one more still."""
        if not len(self.looks):
            return self._begin(time, look, raining=raining)
        if self._refused:
            return Level(reason=self._refused)
        passed_s = (time - self._time).total_seconds() if self._time else 0.0
        self._time = time
        dry = self._dry_part(look)
        near = self.looks.nearest(time, look, dry)
        if near is None or near[1] < LEAST_LIKE:
            self._filter.unseen(passed_s)
            if near is None:
                return Level(reason=Reason("hidden"))
            self._learn(time, look, dry, near, raining=raining)
            return Level(reason=Reason("unreadable"))
        tells = telling(near[0], self.looks.noise_var)
        now = _evidence(near[0], look, min(near[1], 1.0), dry, self.looks.noise_var, tells)
        belief = self._filter.step(passed_s, now, self._stands(look, near[1]), self._row)
        level = self._judged(time, belief, now, tells)
        if level.cm is None:
            self.looks.watch(look)
        else:
            self._learn(time, look, self._dry_part(look) & (now < AGAIN_UNLIKE)[:, None], near, raining=raining)
        return level

    def _begin(self, time: datetime, look: Look, *, raining: bool) -> Level:
        """Take the first dry look; a gauge that tells too little in each of `TAKES` of them is refused for good."""
        if reason := self.looks.begin(time, look, raining=raining):
            return Level(reason=reason)
        self._time, self._takes = time, self._takes + 1
        self._judge(telling(self.looks.kept[0], self.looks.noise_var))
        if self._refused and self._takes < TAKES:
            self.looks.resume(())
            return Level(reason=LEARNING)
        return Level(reason=self._refused) if self._refused else Level(self._gauge.foot_cm, 0.0, 1.0)

    def _judge(self, tells: Array) -> None:
        """Whether the gauge is refused, by how much each of its rows tells."""
        self.tells, self._refused = tells, refusal(tells, self._gauge.heights, self._limit_cm)

    def _judged(self, time: datetime, belief: Belief, evidence: Array, tells: Array) -> Level:
        """The level that is believed, or why it is not told."""
        if not between(tells, self._gauge.heights, belief.row):
            return Level(reason=Reason("untelling"))
        sure = belief.sure >= SURE and _in_sight(evidence, belief.row)
        return self._tell(time, belief) if sure else Level(reason=Reason("unsure"))

    def _learn(self, time: datetime, look: Look, dry: Mask, near: tuple[Dry, float], *, raining: bool) -> None:
        if raining:
            self.looks.watch(look)
        else:
            self.looks.learn(time, look, dry, near)

    def _dry_part(self, look: Look) -> Mask:
        """(rows, columns) surely above the water; the topmost rows where the water has reached them."""
        first = min(int(max(self._row, self._filter.belief().high)) + DRY_ROWS, len(self._gauge) - DRY_ROWS)
        part = np.zeros(look.patch.mask.shape, np.bool_)
        part[first:] = True
        return part

    def _stands(self, look: Look, alike: float) -> Array:
        """(rows,) how far each is as in the still before, 0 to 1; 0 where nothing can be told."""
        since = self.looks.since_last(look)
        if since is None:
            return np.zeros(len(self._gauge))
        weight = since[1].astype(np.float64)
        rows = (since[0] * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-6) / min(alike, 1.0)
        return np.where(weight.mean(axis=1) > 0.1, np.clip((rows - MOVES) / (1 - MOVES), 0.0, 1.0), 0.0)

    def _tell(self, time: datetime, belief: Belief) -> Level:
        self._row = belief.row
        cm = self._gauge.cm(belief.row)
        self._told.append((time, cm))
        return Level(cm, belief.row, belief.sure, self._rise(time))

    def _rise(self, time: datetime) -> float | None:
        """Median slope (Theil 1950, Sen 1968) of the last readings, cm/h."""
        recent = [((t - time).total_seconds(), cm) for t, cm in self._told if (time - t).total_seconds() <= RISE_S]
        if len(recent) < 4 or -recent[0][0] < RISE_LEAST_S:
            return None
        t, cm = np.array(recent[:: max(len(recent) // 24, 1)]).T
        later, earlier = np.triu_indices(len(t), k=1)
        return float(np.median((cm[earlier] - cm[later]) / (t[earlier] - t[later]))) * 3600


def _evidence(one: Dry, look: Look, alike: float, dry: Mask, noise_var: float, tells: Array) -> Array:
    """(rows,) between -1 for dry and 1 for water; 0 from the structure of a row that `tells` (rows,) nothing."""
    known = one.patch()
    found, structure = local_likeness(known, look.patch, WINDOW, noise_var)
    middle = slice(found.shape[1] // 2 - 1, found.shape[1] // 2 + 2)
    weight = structure[:, middle].mean(axis=1).astype(np.float64)
    rows = dry.mean(axis=1) > 0.5
    like = found[:, middle].mean(axis=1).astype(np.float64)
    gap = _gap(like[rows & (weight > LEAST_STRUCTURE)], alike)
    told = np.clip((alike - gap - like) / gap, -1.0, 1.0) * weight * tells
    number = np.arange(len(told))
    told = np.interp(
        number + WINDOW[0] * (0.5 - gap / alike), number, told
    )  # so far above the line a window feels the water
    shift = look.tint - one.tint
    shift = shift - np.median(shift[rows], axis=0)
    spread = max(float(np.median(np.abs(shift[rows]))) / 0.6745, 1e-3)
    apart = np.abs(shift).max(axis=1)
    tinted = np.clip((apart - max(TINT, 4 * spread)) / TINT, 0.0, 1.0)
    seen = (known.mask & look.patch.mask).mean(axis=1) > 0.5
    return np.where(seen, np.clip(told + tinted, -1.0, 1.0), 0.0)


def _gap(like: Array, alike: float) -> float:
    """How far below `alike` a row's likeness is as much water as dry, told by how far dry rows lie apart."""
    spread = float(np.median(np.abs(like - np.median(like)))) / 0.6745 if len(like) else 1.0
    return float(np.clip(SPREADS * spread / alike, *GAP)) * alike


def _in_sight(evidence: Array, row: float) -> bool:
    """Whether what is just above the line looks dry, and not like something that hides it."""
    edge = round(row)
    above = evidence[edge : edge + NEAR_ROWS]
    return not len(above) or bool(above.mean() <= 0)

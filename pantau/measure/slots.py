"""One marked slot through the day: occupied, free or unknown, and which vehicle it is that stands there.

Three witnesses are heard at every sample (`measure.belief` says how much each may convince):

* the **detector**: a vehicle whose lower half stands on the slot. That it sees none is weak.
* the **empty references**: what the slot looked like when it was free, under up to `MOST_LIGHTS` lights, learned as it goes.
* the **vehicle's own references**: what the vehicle looked like when it came. While they match, it is still there, whatever
  the detector says; it is compared, not detected again, and so keeps its identity through flicker, people and buses.

What is covered by the boxes of others is not seen: then nobody is heard. What resembles neither reference is no evidence of
an empty slot. When most slots of a camera look strange in the same sample, the light changed and not the cars: nobody is heard,
and every slot learns its present look (`relit`).

A stay begins at the first sample that spoke for it and ends at the last that did. Another vehicle in its place ends it when
the detector and the pixels have said so, unchanged, for `REPLACED_S`. Limits: the first minutes have no references: until
then a vehicle that the detector misses is unknown at best; a vehicle exchanged for an equal one between two samples is one.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pantau.measure.belief import Belief, Cue
from pantau.measure.patch import NOISE_VAR, Mask, Patch, likeness, most_likeness, part_likeness, telling

MOST_LIGHTS: Final = 6
"""Looks of one thing that are kept: sun, shade, cloud, rain, dusk, lamps."""
ALIKE: Final = 0.55
STRANGE: Final = 0.3
CLEARLY: Final = 0.75
"""Likeness to the empty slot from which its vehicle need not be looked for."""
NEW_LIGHT: Final = 0.85
"""Likeness of a known state below which its present look is learned as another light."""
VISIBLE: Final = 0.4
"""Share of the slot that must not be covered by others for its pixels to be heard."""
PROOF: Final = 0.4
"""Confidence of a vehicle that proves that the detector can see them here."""
QUIET_S: Final = 600.0
"""Where the detector has seen a vehicle before, so long a silence over an unchanging picture shows the slot as it is when free."""
REPLACED_S: Final = 40.0
SMOOTH_VAR: Final = 4 * NOISE_VAR
"""Variance of contrast below which a surface is bare where no reference says what bare looks like."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one sample shows of a slot.

    Args:
        time: of capture.
        patch: its pixels.
        visible: share that no other's box covers.
        confidence: of the vehicle that stands on it; 0 where the detector sees none.
        class_name: of that vehicle.
    """

    time: datetime
    patch: Patch
    visible: float
    confidence: float = 0.0
    class_name: str = ""


@dataclass(slots=True)
class Occupant:
    """The vehicle that stands there: since when, when it was last seen, and what it was called."""

    start: datetime
    seen: datetime
    votes: dict[str, float] = field(default_factory=dict)

    @property
    def class_name(self) -> str:
        """What the detector called it most, by confidence; empty when it never saw it."""
        return max(sorted(self.votes), key=lambda name: self.votes[name], default="")


@dataclass(slots=True)
class Change:
    """A vehicle that came (`end` empty) or left."""

    occupant: Occupant
    end: datetime | None


class SlotWatch:
    """The state of one slot."""

    def __init__(self) -> None:
        self.belief = Belief()
        self.occupant: Occupant | None = None
        self._empty: deque[Patch] = deque(maxlen=MOST_LIGHTS)
        self._own: deque[Patch] = deque(maxlen=MOST_LIGHTS)
        self._last: Sight | None = None
        self._coming: Occupant | None = None
        self._other: tuple[datetime, Patch] | None = None
        self._proven = False
        self._quiet: datetime | None = None
        self._size: tuple[int, ...] = ()
        self._told: list[tuple[Patch, Mask]] = []
        self._told_of: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())

    def strange(self, sight: Sight) -> bool | None:
        """Whether it looks like nothing known. Nothing to say where nothing is known, it is hidden, or a vehicle explains it."""
        known = (*self._empty, *self._own)
        if not known or sight.visible < VISIBLE or sight.confidence > 0 or sight.patch.mask.shape != self._size:
            return None
        return max(likeness(one, sight.patch) for one in known) < STRANGE

    def step(self, sight: Sight, *, relit: bool = False) -> list[Change]:
        """Who came and who left by this sample, in order of time."""
        self._resize(sight)
        elapsed = (sight.time - self._last.time).total_seconds() if self._last else 0.0
        hidden = sight.visible < VISIBLE
        empty, own = self._looks(sight)
        if relit and not hidden and sight.confidence == 0:
            self._relight(sight)
        cues = [] if relit else self._cues(sight, empty, own, hidden=hidden)
        self.belief.step(elapsed, cues)
        another = bool(self._own) and not hidden and own < STRANGE
        if (sight.confidence > 0 and not another) or (own >= ALIKE and not hidden):
            self._seen(sight)
        changes = self._settle(sight, own, hidden=hidden or relit)
        if not hidden and not relit:
            self._learn(sight, empty, own)
        self._last = sight
        return changes

    def _resize(self, sight: Sight) -> None:
        """Pictures of another size: what was learned can't be compared any more."""
        if self._size and sight.patch.mask.shape != self._size:
            self._empty.clear()
            self._own.clear()
            self._last = self._other = None
        self._size = sight.patch.mask.shape

    def _looks(self, sight: Sight) -> tuple[float, float]:
        """Likeness to the slot when empty and to its own vehicle; below 0 where that is not known."""
        empty = max((most_likeness(one, sight.patch) for one in self._empty), default=-1.0)
        if empty > CLEARLY:
            return empty, -1.0
        own = max((part_likeness(one, sight.patch, useful) for one, useful in self._telling()), default=-1.0)
        return empty, own

    def _telling(self) -> list[tuple[Patch, Mask]]:
        """The vehicle's looks, each with the blocks that tell it from the empty slot; worked out when either changes."""
        known = (tuple(map(id, self._own)), tuple(map(id, self._empty)))
        if known != self._told_of:
            self._told_of = known
            self._told = [(one, telling(one, self._empty)) for one in self._own]
        return self._told

    def _cues(self, sight: Sight, empty: float, own: float, *, hidden: bool) -> list[Cue]:
        cues = []
        if sight.confidence > 0:
            cues.append(Cue(min(max(1.0 + 3.0 * (sight.confidence - 0.2), 0.8), 2.4), 3.0))
        if hidden:
            return cues
        if sight.confidence == 0:
            cues.append(Cue(-0.4, -0.8))
        if self._empty and empty >= ALIKE and empty > own:
            cues.append(Cue(-3.0, -3.0))
        elif self._own and own >= ALIKE:
            cues.append(Cue(2.5, 3.0))
        elif self._empty:
            cues.append(self._unlike_empty(sight, empty))
        elif sight.patch.var < SMOOTH_VAR:
            cues.append(Cue(-1.2, -2.0))
        elif sight.patch.var > 3 * SMOOTH_VAR:
            cues.append(Cue(0.6, 1.0))
        return cues

    def _unlike_empty(self, sight: Sight, empty: float) -> Cue:
        """It does not look as it did when free. Something with structure of its own is on it, or its markings are gone."""
        bare = max(*(one.var for one in self._empty), NOISE_VAR)
        structured = sight.patch.var > 1.8 * bare or empty < STRANGE
        if structured and sight.patch.var > SMOOTH_VAR:
            return Cue(1.3, 2.2)
        if sight.patch.var < SMOOTH_VAR and sight.patch.var < 0.5 * bare:
            return Cue(-1.2, -2.0)  # smoother than it ever was free: what was learned as empty was not
        return Cue(0.4, 0.8)

    def _seen(self, sight: Sight) -> None:
        """Something on the slot was seen: the occupant, or whoever may become it."""
        occupant = self.occupant or self._coming
        if occupant is None:
            occupant = self._coming = Occupant(sight.time, sight.time)
        occupant.seen = sight.time
        if sight.class_name:
            occupant.votes[sight.class_name] = occupant.votes.get(sight.class_name, 0.0) + sight.confidence

    def _settle(self, sight: Sight, own: float, *, hidden: bool) -> list[Change]:
        state = self.belief.state
        if self.occupant is None:
            if state == "occupied":
                self.occupant = self._coming or Occupant(sight.time, sight.time)
                self._coming = None
                return [Change(self.occupant, None)]
            if self.belief.log_odds <= 0:
                self._coming = None
            return []
        if state == "free":
            return [self._leave()]
        if not hidden and self._replaced(sight, own):
            left = self._leave()
            since = self._other[0] if self._other else sight.time
            self.occupant = Occupant(since, sight.time, {sight.class_name: sight.confidence})
            self._other = None
            self._own.append(sight.patch)
            return [left, Change(self.occupant, None)]
        return []

    def _leave(self) -> Change:
        left = self.occupant
        assert left is not None  # noqa: S101  # both callers have looked
        self.occupant = self._coming = None
        self._own.clear()
        return Change(left, left.seen)

    def _replaced(self, sight: Sight, own: float) -> bool:
        """Whether another vehicle has stood there, unchanged, for so long that it is no passer-by."""
        if own >= STRANGE or not self._own or sight.confidence == 0:
            self._other = None
            return False
        if self._other is None or likeness(self._other[1], sight.patch) < ALIKE:
            self._other = (sight.time, sight.patch)
            return False
        return (sight.time - self._other[0]).total_seconds() >= REPLACED_S

    def _learn(self, sight: Sight, empty: float, own: float) -> None:
        """Keep the present look of what is known for sure."""
        if self.occupant is not None:
            known = ALIKE <= own < NEW_LIGHT and sight.confidence > 0 and sight.visible > 0.95
            if (not self._own and sight.visible > 0.7 and empty < ALIKE) or known:
                self._own.append(sight.patch)
        elif self.belief.state == "free" and sight.confidence == 0 and sight.visible > 0.95:
            steady = self._last is not None and likeness(self._last.patch, sight.patch) >= ALIKE
            if (not self._empty and steady) or ALIKE <= empty < NEW_LIGHT:
                self._empty.append(sight.patch)
        if not self._empty and self._is_quiet(sight, own) and sight.visible > 0.95:
            self._empty.append(sight.patch)

    def _is_quiet(self, sight: Sight, own: float) -> bool:
        """Whether nothing has been there for `QUIET_S`, as far as a detector that did see vehicles here can tell.

        This is how a slot on structured ground (grass, paving, a lamp post before it) learns what empty looks like.
        """
        self._proven |= sight.confidence >= PROOF
        steady = self._last is not None and most_likeness(self._last.patch, sight.patch) >= ALIKE
        if sight.confidence > 0 or own >= ALIKE or not steady:
            self._quiet = None
        elif self._quiet is None:
            self._quiet = sight.time
        return self._proven and self._quiet is not None and (sight.time - self._quiet).total_seconds() >= QUIET_S

    def _relight(self, sight: Sight) -> None:
        if self.occupant is not None and self._own:
            self._own.append(sight.patch)
        elif self.belief.state == "free" and self._empty:
            self._empty.append(sight.patch)

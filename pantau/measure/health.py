"""Whether a camera's pictures can be believed: frozen, dark, overexposed, covered, sprayed, defocused, moved, drops, wrong clock.

One look in `CADENCE_S` is enough. What a look says on its own (`suspect`):

    frozen       not one pixel in a thousand differs from the look before: even an empty scene has the sensor's noise
    dark         not even a lamp is to be seen; a lit night has some
    overexposed  most of the picture is burnt out
    moved        the fixed things lie elsewhere (`measure.aim`), or there is plenty to see and none of it known
    covered      the edges that stay (`measure.outline`) and all fine structure are gone, and the coarse picture is another
    defocused    the fine structure is gone, and the coarse picture is what it was
    sprayed      a part of the picture lost its edges and its tone; the rest is as ever
    drops        a good part lost its fine structure and kept its tone; over plain ground, its grain (`measure.grain`)
    clock        the camera's own clock, where it tells, is off by more than `CLOCK_S`

`measure.fault` says how long that must hold. While a fault makes the pictures useless (`Fault.blind`) the loop gives them to no
other analyser: a gap with its reason, as event of kind ``fault``. Nothing is learnt while anything is suspected. Offline
is not seen here: a source that gives no pictures makes an outage.

Limits: dense fog is called defocused, a lorry that parks before the lens covered or moved; a frozen stream under a running
clock is told only where the clock is masked. Learning takes two minutes after each start; a fault that was there before is
found only if the picture is dark, burnt out, moved or without any edge. docs/methods/health.md has the measured errors.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pantau.findings import Fault, FaultKind, Findings
from pantau.geometry import polygons_mask
from pantau.measure.aim import Aim
from pantau.measure.fault import GROUPS, KINDS, Suspicion
from pantau.measure.grain import Ground
from pantau.measure.outline import Look, Match, Outlines
from pantau.places import NO_DIRECTION, Camera
from pantau.ports import Needs
from pantau.types import Image, Key, Observation, View

FAMILY: Final = "health"
CADENCE_S: Final = 10.0
"""Seconds between looks, unless the camera gives fewer."""
STILL: Final = 0.001
"""Share of pixels that must differ by more than a level for two looks not to be one picture."""
BLACK: Final = 32.0
"""A picture of which 99 % is darker than this is dark beyond use."""
BURNT: Final = 0.6
SUDDEN_S: Final = 300.0
"""Night does not fall so fast: a picture that went black in less was covered."""
DAY: Final = 45.0
MOST: Final = 0.7
"""Share of the known tiles that must be lost for the whole picture to be."""
PART: Final = 0.12
"""And for a part of it."""
WHOLE: Final = 0.88
"""Share of the known tiles that must be blurred for the whole picture to be."""
SMEARED: Final = 0.22
"""And, with their tones as they were, for a part of it, where nothing but drops explains it."""
SMEARS: Final = 8
"""Tiles that this must be at least: a vehicle that parks covers some, and where few are known they are soon a large share."""
TELLING: Final = 12
"""Known tiles below which fine structure says nothing: on bare ground it is mostly noise."""
CROWDED: Final = 0.5
"""Edges, as a share of those that stay, from which there is plenty to see."""
ALIKE: Final = 0.6
TONE: Final = 0.3
"""Change of a tile's brightness against the picture's, as a logarithm, that makes it another colour."""
EMPTY: Final = 0.004
"""Share of edge pixels below which there is nothing to learn from a picture."""
INNER: Final = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
MOVED: Final = 0.015
"""How far a corner of the picture's inner half may move, as a share of its width."""
AIM_S: Final = 600.0
"""Seconds between looks at where a camera looks, while nothing else is strange."""
STRANGE: Final = 0.12
"""Share of lost tiles from which that is looked at with every look."""
CLOCK_S: Final = 30.0


class HealthAnalyser:
    """Implements `pantau.ports.Analyser` for the pictures of one camera."""

    def __init__(self, camera: Camera, cadence_s: float) -> None:
        self._camera, self._cadence_s = camera, max(cadence_s, CADENCE_S)
        self._aim, self._outlines = Aim(camera.view, INNER, MOVED), Outlines()
        self._suspicions = {name: Suspicion(camera.id) for name in GROUPS}
        self._raw: Image | None = None
        self._seen: npt.NDArray[np.bool_] | None = None
        self._before: Look | None = None
        self._aimed: datetime | None = None
        self._day: datetime | None = None

    @property
    def family(self) -> str:
        """The vocabulary's family."""
        return FAMILY

    @property
    def method(self) -> str:
        """Name and settings, as stored beside every number."""
        return f"health/2 every {self._cadence_s:g}s"

    @property
    def needs(self) -> Needs:
        """The picture, seldom, and the boxes that are no fixed things."""
        return Needs(self._cadence_s, frozenset({"image", "detections"}))

    @property
    def keys(self) -> tuple[Key, ...]:
        """One, under the camera's own id."""
        return (Key(FAMILY, self._camera.id, self._camera.revision, NO_DIRECTION),)

    @property
    def view(self) -> str:
        """The fixed things of the picture on which this camera's places hold; empty before there are some."""
        return self._aim.view

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong now."""
        return tuple(s.fault for s in self._suspicions.values() if s.fault)

    def step(self, view: View) -> Findings:
        """What this look says, and which faults began or ended with it."""
        look = Look.of(view.frame.image, self._open(view.frame.image))
        suspected = {"frozen": self._frozen(view.frame.image), "clock": self._clock(view)}
        if not suspected["frozen"]:  # a frozen picture says nothing new of the lens
            suspected["picture"] = self._picture(view, look)
        events = [e for name, kind in suspected.items() for e in self._suspicions[name].step(view.time, kind)]
        if not any(suspected.values()) and not any(fault.blind for fault in self.faults):
            self._outlines.learn(look, view.time)
        return Findings(self._said(view.time), tuple(events), faults=self.faults)

    def close(self, time: datetime) -> Findings:
        """A gap in the pictures mends no fault; the next picture is another one, though."""
        del time
        self._raw = None
        return Findings()

    def _open(self, image: Image) -> npt.NDArray[np.bool_] | None:
        """What no mask covers, in the size of a look; None where nothing is masked."""
        if not self._camera.masks:
            return None
        if self._seen is None:
            height, width = Look.of(image).edges.shape
            self._seen = ~polygons_mask((width, height), self._camera.masks)
        return self._seen

    def _frozen(self, image: Image) -> FaultKind | None:
        raw = np.ascontiguousarray(image[::2, ::2, 1])
        before, self._raw = self._raw, raw
        if before is None or before.shape != raw.shape:
            return None
        return "frozen" if np.count_nonzero(cv2.absdiff(raw, before) > 1) < STILL * raw.size else None

    def _clock(self, view: View) -> FaultKind | None:
        told = view.frame.told
        return "clock" if told is not None and abs((told - view.time).total_seconds()) > CLOCK_S else None

    def _picture(self, view: View, look: Look) -> FaultKind | None:
        """What is wrong with the light or the structure of this picture."""
        light = light_of(look)
        if light == "dark":
            sudden = self._day is not None and (view.time - self._day).total_seconds() < SUDDEN_S
            covered = sudden or self._suspicions["picture"].votes["covered"]
            return "covered" if covered else "dark"
        if light:
            return light
        before, self._before = self._before, look
        if before is not None and before.grain.shape != look.grain.shape:
            before = None
        match = self._outlines.match(look, before)
        found = self._moved(view, match) or (suspect(match) if match else None)
        if found is None and match is None and look.edges.mean() < EMPTY:
            return "covered"
        if found is None and look.median > DAY:
            self._day = view.time
        return found

    def _moved(self, view: View, match: Match | None) -> FaultKind | None:
        strange = bool(match and match.lost.mean() > STRANGE) or self._suspicions["picture"].votes["moved"] > 0
        due = self._aimed is None or (view.time - self._aimed).total_seconds() >= AIM_S
        if not strange and not due:
            return None
        self._aimed = view.time
        verdict, _ = self._aim.judge(view)
        held = verdict in {"dim", "lost"} and self._held("moved")
        return "moved" if verdict == "off" or held else None

    def _held(self, kind: FaultKind) -> bool:
        fault = self._suspicions["picture"].fault
        return fault is not None and fault.kind == kind

    def _said(self, time: datetime) -> tuple[Observation, ...]:
        """Each kind as 0 or 1, and whether there is any and whether one makes the pictures useless."""
        kinds = {fault.kind for fault in self.faults}
        said = {"faulty": bool(kinds), "blind": any(fault.blind for fault in self.faults)}
        said |= {kind: kind in kinds for kind in KINDS}
        return tuple(
            Observation(self._camera.id, f"{FAMILY}.{name}", NO_DIRECTION, time, self._cadence_s, float(value))
            for name, value in said.items()
        )


def light_of(look: Look) -> FaultKind | None:
    """Whether a picture has too little light or too much."""
    return "dark" if look.bright < BLACK else "overexposed" if look.burnt > BURNT else None


def useless(image: Image) -> FaultKind | None:
    """What is wrong with one picture that nothing is known before: its light, or that there is nothing to see."""
    look = Look.of(image)
    return light_of(look) or ("covered" if look.edges.mean() < EMPTY else None)


def suspect(match: Match) -> FaultKind | None:
    """What the edges that stay, the fine structure and the tones say of one picture."""
    lost, alike = float(match.lost.mean()), match.alike >= ALIKE
    blurred = float(match.blurred.mean()) if len(match.lost) >= TELLING else 0.0
    if blurred >= WHOLE or (lost >= MOST and match.crowded < CROWDED):
        return "covered" if lost >= MOST and not alike else "defocused"
    if lost >= MOST and match.crowded >= CROWDED and not alike:
        return "moved"
    gone = match.lost & match.bare
    if float(gone.mean()) >= PART and float((np.abs(match.tones[gone]) > TONE).mean()) > 0.5:
        return "sprayed"
    if found := _smeared(match.ground, match.ground_tones):
        return found
    smeared = int((match.blurred & (np.abs(match.tones) <= TONE)).sum())
    return "drops" if len(match.lost) >= TELLING and smeared >= max(SMEARED * len(match.lost), SMEARS) else None


def _smeared(ground: Ground, tones: npt.NDArray[np.float32]) -> FaultKind | None:
    """What is on the lens, as the grain of the ground says it: paint changes the tone of what it hides, drops do not."""
    n, smooth = len(ground.gone), ground.gone & ground.smooth
    if n < TELLING or smooth.mean() >= MOST:  # fog, or a night that is darker than any before: not a part of the lens
        return None
    painted = float((np.abs(tones[smooth]) > TONE).mean()) > 0.5 if smooth.any() else False
    least = max((PART if painted else SMEARED) * n, SMEARS)
    return None if smooth.sum() < least else "sprayed" if painted else "drops"

"""Standing water: the level on a staff gauge, how fast it rises, and how much of a zone is wet or under water.

One still in `CADENCE_S` is enough: water rises slowly, and waves differ between stills that are seconds apart. A zone of kind
*water* is compared with its own dry look (`measure.dry`); one that has a gauge has a level too (`measure.waterline`). People and
vehicles in front are left out; what of a zone can't be seen lowers its coverage. A gauge knows by its own dry part whether the camera
still looks where it did; a zone without one asks `measure.drift`, and says nothing while the camera looks elsewhere. That watch
is not asked for gauges: a flood leaves little of the picture as it was, and would silence them just then.

A gauge from which no level comes guards nothing, however many rules wait for one: that is an event of its own (`measure.unread`).

Alarms are rules on ``water.level`` with a window of minutes, a hold time and a lower clearing level; Siaga 3, 2 and 1 are three
of them. docs/methods/water.md explains it and says how well it works.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.findings import Findings, Reason, WaterView, WetState
from pantau.geometry import polygons_mask
from pantau.measure.drift import DriftWatch
from pantau.measure.gauge import Gauge
from pantau.measure.kept_looks import looks_of, resized, text_of
from pantau.measure.patch import Cut
from pantau.measure.quality import QualitySettings, sampled, streaks
from pantau.measure.unread import Unread
from pantau.measure.waterline import Level, Waterline
from pantau.measure.wetness import Wetness, WetWatch
from pantau.places import NO_DIRECTION, Camera, Point, Zone
from pantau.ports import Needs
from pantau.types import Event, Frame, Image, Key, Observation, Unseen, View

FAMILY: Final = "water"
MOVED: Final = Reason("moved")
CADENCE_S: Final = 20.0
"""Seconds between samples, unless the camera gives fewer."""
KEEP_S: Final = 600.0
"""How often the dry looks of gauges are made ready to be kept."""
RAIN_STILLS: Final = 5
"""Stills after the last streaks for which it still rains."""
SURE_BOX: Final = 0.2
ZONE_SIDE: Final = 200
"""Pixels along a zone that are looked at: waves must not be averaged away."""
STANDS_CM: Final = 3.0
"""Levels below this are no water that stands: dry and wet ground read up to so much on the bench's tuned places."""
DEPTHS: Final = ((15.0, "<=15"), (35.0, "<=35"), (70.0, "<=70"))
RISES_CM_H: Final = 1.0
"""Slower than this, no time to the limit is foretold; neither beyond `FORESIGHT_S`."""
FORESIGHT_S: Final = 24 * 3600.0

Boxes = npt.NDArray[np.float64]


class WaterAnalyser:
    """Water of one camera; implements `pantau.ports.Analyser`."""

    def __init__(self, camera: Camera, cadence_s: float) -> None:
        self._cadence_s = max(cadence_s, CADENCE_S)
        self._zones = tuple(zone for zone in camera.zones if zone.kind == "water")
        bare = [zone for zone in self._zones if not zone.gauge]
        self._drift = DriftWatch(camera, [point for zone in bare for point in zone.polygon]) if bare else None
        self._rain = RainWatch((*camera.masks, *(zone.polygon for zone in self._zones)))
        self._watches: list[ZoneWatch] = []
        self._size: tuple[int, int] | None = None
        self.dry: Mapping[str, str] = dict(camera.dry)
        """Text of the dry looks of each gauge that has some (`measure.kept_looks`)."""
        self._kept: datetime | None = None

    @property
    def family(self) -> str:
        """The vocabulary's family."""
        return FAMILY

    @property
    def method(self) -> str:
        """Name and settings, as stored beside every number."""
        return f"water/2 ({len(self._zones)} zones, {sum(bool(zone.gauge) for zone in self._zones)} gauges)"

    @property
    def needs(self) -> Needs:
        """The picture and its boxes, seldom."""
        return Needs(self._cadence_s, frozenset({"image", "detections"}))

    @property
    def keys(self) -> tuple[Key, ...]:
        """Each zone where water is watched."""
        return tuple(Key(FAMILY, zone.id, zone.revision, NO_DIRECTION) for zone in self._zones)

    def given(self, view: View) -> None:
        """Somebody says that every gauge is dry in this still: take it for their dry look, instead of waiting for some that agree."""
        self._fit(view)
        for watch in self._watches:
            watch.given(view.time, view.frame.image, _hidden(view))

    def step(self, view: View) -> Findings:
        """Level and wetness of each zone in this sample."""
        if not self._zones:
            return Findings()
        events = self._drift.step(view) if self._drift else ()
        moved = self._drift is not None and self._drift.moved
        self._fit(view)
        raining = self._rain.step(view.frame)
        hidden = _hidden(view)
        told = []
        for watch in self._watches:
            if moved and not watch.zone.gauge:
                told.append(WaterView(watch.zone.id, reason=MOVED))
                continue
            water, changed = watch.step(view.time, view.frame.image, hidden, raining=raining)
            told.append(water)
            events += changed
        self._keep(view.time)
        observations = [one for water in told for one in self._said(water, view.time)]
        unseen = [
            Unseen(FAMILY, water.zone, view.time, share)
            for water, watch in zip(told, self._watches, strict=True)
            if (share := watch.unanswered(water)) > 0
        ]
        return Findings(tuple(observations), events, tuple(unseen), water=tuple(told))

    def close(self, time: datetime) -> Findings:
        """Nothing is open: a level is of its moment."""
        del time
        self._rain.forget()
        return Findings()

    def _fit(self, view: View) -> None:
        """Lay zones and gauges on pictures of this size."""
        if view.frame.size != self._size:
            self._size, self.dry = view.frame.size, {**self.dry, **self._texts()}
            self._watches = [ZoneWatch(zone, view.frame.size, self.dry.get(zone.id, "")) for zone in self._zones]

    def _keep(self, time: datetime) -> None:
        """Have the dry looks ready to be kept, seldom: another light is a look more, dusk moves one a little."""
        if self._kept is None or (time - self._kept).total_seconds() >= KEEP_S:
            self.dry = self._texts()
            self._kept = time if self.dry else None

    def _texts(self) -> dict[str, str]:
        return {watch.zone.id: text for watch in self._watches if (text := watch.dry_text())}

    def _said(self, water: WaterView, time: datetime) -> list[Observation]:
        values: dict[str, float | None] = {
            "level": water.level_cm,
            "rise": water.rise_cm_h,
            "confidence": water.confidence if water.level_cm is not None else None,
            "to_limit": water.to_limit_s / 60 if water.to_limit_s is not None else None,
            "wet": None if water.wet is None else 100 * water.wet,
            "flooded": None if water.flooded is None else 100 * water.flooded,
        }
        return [
            Observation(water.zone, f"{FAMILY}.{name}", NO_DIRECTION, time, self._cadence_s, value)
            for name, value in values.items()
            if value is not None
        ]


class RainWatch:
    """Whether streaks were in the pictures a moment ago, outside of polygons that are left out: glints on water are streaks too."""

    def __init__(self, left_out: tuple[tuple[Point, ...], ...]) -> None:
        self._left_out = left_out
        self._seen: deque[npt.NDArray[np.uint8]] = deque(maxlen=3)
        self._dry_for = RAIN_STILLS

    def forget(self) -> None:
        """What comes next is not the neighbour of what was."""
        self._seen.clear()

    def step(self, frame: Frame) -> bool:
        """Whether it rains."""
        grey = sampled(frame.image)
        if self._seen and self._seen[-1].shape != grey.shape:
            self._seen.clear()
        self._seen.append(grey)
        if len(self._seen) == 3:
            before, middle, after = self._seen
            wet = (
                streaks(before, middle, after, ~polygons_mask((grey.shape[1], grey.shape[0]), self._left_out))
                > QualitySettings().wet
            )
            self._dry_for = 0 if wet else self._dry_for + 1
        return self._dry_for < RAIN_STILLS


class ZoneWatch:
    """One zone on pictures of one size; `dry` is the text of its gauge's dry looks, if some were kept."""

    def __init__(self, zone: Zone, size: tuple[int, int], dry: str = "") -> None:
        self.zone = zone
        cut = Cut.of(zone.polygon, size, ZONE_SIDE)
        self._wet = WetWatch(cut) if cut else None
        self._gauge = Gauge.of(zone.gauge, size) if zone.gauge else None
        self._line = Waterline(self._gauge, zone.limit_cm) if self._gauge else None
        self._size, self._dry = size, dry
        self._resized = resized(dry, self._gauge.shape, size) if self._gauge and dry else None
        kept = looks_of(dry, self._gauge.shape) if self._gauge and dry and not self._resized else None
        if self._line and kept:
            self._line.resume(*kept)
        self._unread = Unread(zone.id)

    def given(self, time: datetime, image: Image, hidden: Boxes) -> None:
        """Take a still for the dry look of its gauge."""
        if self._line and self._gauge:
            self._resized = None
            self._line.given(time, self._gauge.take(image, hidden))

    def dry_text(self) -> str:
        """The dry looks of its gauge, to be kept; empty where there are none."""
        if self._line is None or self._gauge is None or self._resized:
            return self._dry
        return text_of(self._line.looks.kept, self._line.tells, self._gauge.heights, self._size)

    def step(
        self, time: datetime, image: Image, hidden: Boxes, *, raining: bool
    ) -> tuple[WaterView, tuple[Event, ...]]:
        """What is known of it now, and the event of a gauge that is not read any more, or is again."""
        level = self._level(time, image, hidden, raining=raining)
        wet = Wetness(reason=Reason("zone_small"))
        if self._wet:
            wet = self._wet.step(time, image, hidden, raining=raining, dry=not _stands(level, self._gauge))
        state = _agreed(wet.state, level, self._gauge)
        rise, limit = level.rise_cm_h, self.zone.limit_cm
        events = self._unread.step(time, level.reason) if self.zone.gauge else ()
        view = WaterView(
            zone=self.zone.id,
            state=state,
            wet=wet.wet,
            flooded=wet.flooded,
            level_cm=None if level.cm is None else round(level.cm, 1),
            at=None if level.cm is None or self._gauge is None else self._gauge.at(level.row),
            depth=depth_of(level.cm, state),
            rise_cm_h=None if rise is None else round(rise, 1),
            to_limit_s=_to_limit(level.cm, rise, limit),
            confidence=round(level.confidence, 3),
            reason=level.reason or wet.reason,
            unread_since=self._unread.since,
        )
        return view, events

    def unanswered(self, water: WaterView) -> float:
        """Share of what is asked of the zone that this sample could not say."""
        asked = [water.wet is not None, *([water.level_cm is not None] if self.zone.gauge else [])]
        return asked.count(False) / len(asked)

    def _level(self, time: datetime, image: Image, hidden: Boxes, *, raining: bool) -> Level:
        if not self.zone.gauge:
            return Level()
        if self._gauge is None or self._line is None:
            return Level(reason=Reason("short"))
        if self._resized:
            return Level(reason=self._resized)
        return self._line.step(time, self._gauge.take(image, hidden), raining=raining)


def _hidden(view: View) -> Boxes:
    """Boxes (N, 4) of what stands in front."""
    return view.detections.xyxy[view.detections.confidence >= SURE_BOX].astype(np.float64)


def _agreed(state: WetState, level: Level, gauge: Gauge | None) -> WetState:
    """A gauge that stands in water says that its zone is flooded, however still the water is."""
    return "flooded" if _stands(level, gauge) else state


def _stands(level: Level, gauge: Gauge | None) -> bool:
    return gauge is not None and level.cm is not None and level.cm > gauge.foot_cm + STANDS_CM


def depth_of(cm: float | None, state: WetState) -> str:
    """The class of a depth above 0 cm of the gauge; ground that is only wet of rain is told from dry ground."""
    if cm is None:
        return ""
    if cm <= STANDS_CM:
        return "wet" if state == "wet" else "dry"
    return next((name for limit, name in DEPTHS if cm <= limit), ">70")


def _to_limit(cm: float | None, rise: float | None, limit: float) -> float | None:
    if not limit or cm is None or rise is None or rise < RISES_CM_H or cm >= limit:
        return None
    seconds = (limit - cm) / rise * 3600
    return seconds if seconds <= FORESIGHT_S else None

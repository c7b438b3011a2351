"""Which of a camera's profiles is taken: the cheapest that is enough for what this camera measures.

*Enough* is: as many pixels as the detector looks at (more are made smaller for it), each line, place and gauge so large on the
picture that it can be told apart there, as many pictures a second as are sampled, H.264 or H.265, and the same section of
the view in the same shape as the largest profile, because lines are drawn on that. *Cheap* goes by megapixels a second, which
rank streams but are no times (a fifth of the pictures is more than a fifth of the work): a stream whose groups the gate can
hold is asleep most of the time and counts less, H.265 counts more. Where nothing is enough the best of what there is is
taken, and it is said what it lacks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from pantau.ingest.fault import FAULTS, FaultError
from pantau.ingest.lazy import HOLD_S
from pantau.ingest.onvif.device import VideoProfile
from pantau.places import Camera, Point, Slot, Zone

NEARLY: Final = 0.8
"""Share of the detector's pixels that is enough: 720p for one that looks at a megapixel."""
LINE_PX: Final = 40
"""A shorter line is crossed between two pixels' noise of a box."""
PLACE_PX: Final = 24
"""Of a zone's or slot's smaller side."""
GAUGE_PX: Final = 96
"""Along a gauge: four times what is the least it can be read from (`pantau.measure.gauge.LEAST_ROWS`)."""
COST: Final[Mapping[str, float]] = {"H.264": 1.0, "H.265": 1.3}
"""Decoding a picture, against one of H.264 of its size."""
ASLEEP: Final = 0.4
"""Cost of a stream that the gate lets sleep, against one that is always decoded whole."""
SHAPE: Final = 1.1
"""Ratio of two aspect ratios up to which they are the same shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a camera's measuring needs of a stream.

    Args:
        pixels: that the detector looks at.
        fps: pictures a second that are sampled.
        hold_s: seconds between key frames that may be slept through (`pantau.ingest.lazy.hold_of`); 0 where everything is decoded.
        camera: whose lines and places are drawn; None: none are yet.
        source: token of the sensor or channel; empty: the device has one.
        profile: token or name of the profile to take whatever it is; empty: choose.
    """

    pixels: int = 200_000
    fps: float = 5.0
    hold_s: float = HOLD_S
    camera: Camera | None = None
    source: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one profile; `cost` ranks it, and is no time."""

    profile: VideoProfile
    why: str
    enough: bool
    cost: float
    taken: bool = False


def choose(profiles: tuple[VideoProfile, ...], wanted: Wanted) -> tuple[Verdict, ...]:
    """A verdict on each profile, in their order; one of them is taken.

    Raises:
        FaultError: none has video of what was asked for, or the device has several sources and none was named.
    """
    seen = _of_source(profiles, wanted)
    largest = max(seen, key=lambda one: one.width * one.height)
    verdicts = [_verdict(one, largest, wanted, among=one in seen) for one in profiles]
    if wanted.profile:
        best = next(
            (v for v in verdicts if wanted.profile in {v.profile.token, v.profile.name} and v.profile in seen), None
        )
        if best is None:
            raise FaultError(
                replace(FAULTS["no-profile"], text=f"the camera has no profile {wanted.profile!r} with video")
            )
        told = "named in the address" + ("" if best.enough else f", though {best.why}")
    elif enough := [v for v in verdicts if v.enough]:
        best = min(enough, key=lambda v: (v.cost, v.profile.kbps))
        told = "the only one that is enough" if len(enough) == 1 else f"the cheapest of {len(enough)} that are enough"
    else:
        best = max((v for v in verdicts if v.profile in seen), key=lambda v: _worth(v.profile, wanted))
        told = f"the best there is, though {best.why}"
    return tuple(_final(v, best, told) for v in verdicts)


def _of_source(profiles: tuple[VideoProfile, ...], wanted: Wanted) -> tuple[VideoProfile, ...]:
    """Profiles with pictures of the sensor or channel that is asked for."""
    coded = [one for one in profiles if one.codec and one.width and one.height]
    sources = sorted({one.source for one in coded})
    if wanted.source:
        if not (found := tuple(one for one in coded if one.source == wanted.source)):
            text = f"the camera has no video of source {wanted.source!r}; it has {_named(sources)}"
            raise FaultError(replace(FAULTS["no-profile"], text=text))
        return found
    if not coded:
        raise FaultError(FAULTS["no-profile"])
    if len(sources) > 1 and not wanted.profile:
        text = f"several things look here ({_named(sources)}); say which one: onvif://host?source={sources[0]}"
        raise FaultError(replace(FAULTS["no-profile"], text=text))
    return tuple(coded)


def _named(sources: list[str]) -> str:
    shown = [one if one.isprintable() else "?" for one in sources[:8]]
    return ", ".join(one[:40] for one in shown) + (", …" if len(sources) > 8 else "") if sources else "none"


def _verdict(one: VideoProfile, largest: VideoProfile, wanted: Wanted, *, among: bool) -> Verdict:
    lacks = (
        ["it has no encoder"]
        if not one.codec
        else ["it shows another source"]
        if not among
        else [*_lacks(one, largest, wanted)]
    )
    return Verdict(one, "; ".join(lacks), not lacks, _cost(one, wanted.hold_s))


def _lacks(one: VideoProfile, largest: VideoProfile, wanted: Wanted) -> Iterator[str]:
    """What makes a profile less than enough."""
    if one.codec not in COST:
        yield f"{one.codec} is dear to send and to decode"
    if one.width * one.height < NEARLY * wanted.pixels:
        yield f"{one.width * one.height / 1000:.0f} kpx are less than the {wanted.pixels / 1000:.0f} that the detector looks at"
    if one.fps < 0.95 * wanted.fps:
        yield (
            f"{one.fps:g} pictures a second are less than the {wanted.fps:g} that are needed"
            if one.fps
            else "it tells no rate"
        )
    if one.section != largest.section:
        yield "it shows another section of the view"
    wider = one.width * largest.height / (one.height * largest.width)
    if not 1 / SHAPE < wider < SHAPE:
        yield "its picture is squeezed into another shape"
    if wanted.camera is not None and (small := too_small(wanted.camera, one.width, one.height)):
        yield small


def too_small(camera: Camera, width: int, height: int) -> str:
    """The first line or place that is too small on a picture of this size, in words; empty when none is."""
    places: tuple[Zone | Slot, ...] = (*camera.zones, *camera.slots)
    sized: list[tuple[str, float, int]] = [
        (f"line {line.id}", _length((line.start, line.end), width, height), LINE_PX) for line in camera.lines
    ]
    sized += [(f"place {one.id}", _side(one.polygon, width, height), PLACE_PX) for one in places]
    sized += [
        (f"the gauge of {zone.id}", _length(tuple(mark.at for mark in zone.gauge), width, height), GAUGE_PX)
        for zone in camera.zones
        if zone.gauge
    ]
    return next((f"{what} would be {px:.0f} pixels of {least}" for what, px, least in sized if px < least), "")


def _length(points: tuple[Point, ...], width: int, height: int) -> float:
    return sum(math.hypot((b[0] - a[0]) * width, (b[1] - a[1]) * height) for a, b in pairwise(points))


def _side(polygon: tuple[Point, ...], width: int, height: int) -> float:
    xs, ys = ([point[axis] for point in polygon] for axis in (0, 1))
    return min((max(xs) - min(xs)) * width, (max(ys) - min(ys)) * height)


def _rate(one: VideoProfile) -> float:
    """Megapixels a second."""
    return one.width * one.height * one.fps / 1e6


def _cost(one: VideoProfile, hold_s: float) -> float:
    return _rate(one) * COST.get(one.codec, 2.0) * (1.0 if one.gop_s > hold_s else ASLEEP)


def _worth(one: VideoProfile, wanted: Wanted) -> tuple[bool, bool, int, float]:
    """How good what is not enough still is."""
    return one.codec in COST, one.fps >= 0.95 * wanted.fps, one.width * one.height, one.fps


def _final(verdict: Verdict, best: Verdict, told: str) -> Verdict:
    if verdict.profile == best.profile:
        return replace(verdict, taken=True, why=told)
    return verdict if verdict.why else replace(verdict, why=f"enough, but {_dearer(verdict.profile, best.profile)}")


def _dearer(one: VideoProfile, best: VideoProfile) -> str:
    """Why it is not the cheapest."""
    if (rate := _rate(one)) > (least := _rate(best)):
        return f"{rate:.1f} megapixels a second, not {least:.1f}"
    if one.gop_s > best.gop_s:
        return f"key frames {one.gop_s:.3g} s apart are too far to sleep between them"
    return "more to decode" if one.codec != best.codec else "more to send"

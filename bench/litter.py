"""Litter on composed days: `python -m bench.litter [--quick]`. Composite: real pixels, made scenes, exact truth.

Days of 24 h at six places, three at each of `REPORTED`, one picture a minute (the cadence is 10-60 s). Thresholds were looked at on `TUNED`: a street and
two lawns, with one half of the photographs of litter; the figures are of `REPORTED`: a half-grass yard, asphalt from above and a worn
lawn, with the other half, on days nobody looked at.

    found           of things of 400 px or more that lie longer than the limit (10 min): those that were said to lie there too
                    long, at their place, within the limit and `LATE_S`
    found_late      the same, however late, as long as they lay there
    false_per_day   things said to lie too long where none did: people, bags with their owner, bicycles, vehicles, the shop, puddles,
                    shade, rain, dusk, and what was cleared more than `LATE_S` ago

The naive baseline learns the same floor as an exponential average of grey and calls what differs for as long; its one threshold
is the best on `TUNED`. The control gives our answers the truth of another hour.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from bench import data
from bench.compose.litter_scene import LIMIT_S, litter_scene
from bench.compose.scene import Scene, read
from bench.parking import boxes
from pantau.measure.litter import LitterAnalyser
from pantau.types import EPOCH, Frame, Tracks, View

TUNED: Final = ("jalan", "rumput", "tepi")
REPORTED: Final = ("pelataran", "jalur", "lapangan")
SEEDS: Final = dict.fromkeys(TUNED, (1,)) | dict.fromkeys(REPORTED, (7, 8, 9))
"""The days at each place: other things at other hours, in other clouds."""
DAY: Final = (0.0, 24.0)
QUICK: Final = (12.0, 13.0)
LATE_S: Final = 180.0
"""Three pictures: what may lie between the limit and its being said."""
NEAR_PX: Final = 12
DRAWS: Final = 2000
DIFFERENT: Final = (15.0, 25.0, 40.0, 60.0)
"""Grey levels: the thresholds that the baseline may choose from."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing that was really there."""

    kind: str
    start_s: float
    end_s: float
    box: Box


@dataclass(slots=True)
class Said:
    """Something that was said to lie too long: where, and at which seconds."""

    box: Box
    since_s: float
    times: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Score:
    """Of one day."""

    found: tuple[bool, ...]
    late: tuple[bool, ...]
    small: tuple[bool, ...]
    false: int
    days: float
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Watched:
    """A place over some hours of a day: what was true, what we said, what the baseline said at each threshold."""

    place: str
    seed: int
    hours: tuple[float, float]
    truth: tuple[Thing, ...]
    said: tuple[Said, ...]
    plain: dict[float, list[Said]]

    @property
    def days(self) -> float:
        """How long that was."""
        return (self.hours[1] - self.hours[0]) / 24


def main() -> None:
    """Measure and print."""
    quick = "--quick" in sys.argv
    jobs = [(place, seed, DAY) for place in (*TUNED, *REPORTED) for seed in SEEDS[place]]
    if quick:
        jobs = [(place, SEEDS[place][0], QUICK) for place in (TUNED[0], REPORTED[0])]
    with ProcessPoolExecutor(2) as pool:
        print_figures(list(pool.map(watch_day, jobs)), quick=quick)


def watch_day(job: tuple[str, int, tuple[float, float]]) -> Watched:
    """One day at a place; a process of its own."""
    place, seed, hours = job
    scene = read(litter_scene(place, hours=hours, seed=seed))
    return Watched(place, seed, hours, tuple(true_things(scene, hours[0])), tuple(watch(scene)), naive(scene))


def print_figures(watched: Sequence[Watched], *, quick: bool) -> None:
    """Found and false, per place and over the reported ones; the baseline at its threshold; the control."""
    tuned, reported = ([one for one in watched if one.place in part] for part in (TUNED, REPORTED))

    def plain(one: Watched, level: float) -> Score:
        return score(one.truth, one.plain[level], one.days)

    best = max(DIFFERENT, key=lambda level: sum(_worth(plain(one, level)) for one in tuned))
    base = [plain(one, best) for one in reported]
    moved = [score(_moved(one.truth, one.hours), one.said, one.days) for one in reported]
    mine = [ours(one) for one in reported]
    false, days = sum(one.false for one in mine), sum(one.days for one in mine)
    rng = np.random.default_rng(5)
    figures: dict[str, object] = {}
    for place in dict.fromkeys(one.place for one in watched):
        figures |= of_place(place, [one for one in watched if one.place == place])
    figures |= {
        "found": _share(mine),
        "found_interval": _interval([hit for one in mine for hit in one.found], rng, 200 if quick else DRAWS),
        "n": sum(len(one.found) for one in mine),
        "found_late": _mean([hit for one in mine for hit in one.late]),
        "found_small": _mean([hit for one in mine for hit in one.small]),
        "small": sum(len(one.small) for one in mine),
        "false_per_day": round(false / days, 3),
        "false_interval": _rate(false, days),
        "false_beside": dict(Counter(words.split()[-1] for one in mine for words in one.wrong)),
        "others": dict(Counter(o.kind for one in reported for o in one.truth if o.kind not in {"litter", "small"})),
        "days": round(days, 3),
        "naive_found": _share(base),
        "naive_false_per_day": round(sum(b.false for b in base) / days, 3),
        "naive_threshold": best,
        "shuffled_found": _share(moved),
    }
    data.report(
        "litter",
        figures,
        "composite: AquaTrash cut-outs on opendatacam traffic, PETS09-S2L1, intel car-detection and AquaTrash photographs of grass",
        quick=quick,
    )


def ours(one: Watched) -> Score:
    """What we said, judged."""
    return score(one.truth, one.said, one.days)


def of_place(place: str, days: Sequence[Watched]) -> dict[str, object]:
    """Found and false at one place, and where and when the false ones were."""
    scores = [ours(one) for one in days]
    return {
        f"{place}.found": _share(scores),
        f"{place}.n": sum(len(one.found) for one in scores),
        f"{place}.false": sum(one.false for one in scores),
        f"{place}.false_at": [
            f"day {one.seed}: {words}" for one, told in zip(days, scores, strict=True) for words in told.wrong
        ],
    }


def watch(scene: Scene) -> list[Said]:
    """What the analyser says lies too long."""
    every_s = 1 / scene.camera.fps
    analyser = LitterAnalyser(scene.camera, every_s)
    size = _size(scene)
    said: dict[tuple[str, float], Said] = {}
    for number, (image, found) in enumerate(zip(scene.images(), boxes(scene), strict=True)):
        t = number * every_s
        time = EPOCH + timedelta(seconds=t)
        frame = Frame(scene.camera.id, time, image, number + 1, t)
        for view in analyser.step(View(frame, found, Tracks.empty())).litter:
            if view.stage == "over":
                x1, y1, x2, y2 = np.multiply(view.box, (*size, *size)).tolist()
                key = (str(view.box), view.since.timestamp())
                said.setdefault(key, Said((x1, y1, x2, y2), (view.since - EPOCH).total_seconds())).times.append(t)
        if number % 200 == 0:
            print(f"{scene.name}: {number} of {len(scene.pictures)}", file=sys.stderr)
    return list(said.values())


def true_things(scene: Scene, begin_h: float) -> list[Thing]:
    """The truth, in seconds since the scene began."""
    return [
        Thing(
            row["kind"],
            float(row["start_s"]) - begin_h * 3600,
            float(row["end_s"]) - begin_h * 3600,
            (float(row["x1"]), float(row["y1"]), float(row["x2"]), float(row["y2"])),
        )
        for row in scene.truth
    ]


def score(truth: Sequence[Thing], said: Sequence[Said], days: float) -> Score:
    """Which things were found in time, and what was said where none lay."""
    litter = [one for one in truth if one.kind in {"litter", "small"} and one.end_s - one.start_s >= LIMIT_S + LATE_S]
    found: dict[str, list[bool]] = {"litter": [], "small": []}
    late: list[bool] = []
    for one in litter:
        last = one.start_s + LIMIT_S + LATE_S
        hits = [s.times[0] for s in said if _near(one.box, s.box) and s.times[-1] >= one.start_s]
        found[one.kind].append(any(t <= last for t in hits))
        late += [any(t <= one.end_s for t in hits)] * (one.kind == "litter")
    lies = [one for one in truth if one.kind in {"litter", "small"}]
    wrong = [s for s in said if not any(_explains(one, s) for one in lies)]
    told = tuple(f"{s.times[0] / 3600:.1f} h {[round(v) for v in s.box]} {_beside(truth, s)}" for s in wrong)
    return Score(tuple(found["litter"]), tuple(late), tuple(found["small"]), len(wrong), days, told)


def naive(scene: Scene) -> dict[float, list[Said]]:
    """Per threshold: what differs in grey from an exponential average for the limit, people and vehicles left out."""
    every_s, size = 1 / scene.camera.fps, _size(scene)
    corners = np.round(np.multiply(scene.camera.zones[0].polygon, size)).astype(np.int32)
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    zone = np.zeros((bottom - top, right - left), np.uint8)
    cv2.fillPoly(zone, [corners - (left, top)], (1,))
    average: npt.NDArray[np.float32] | None = None
    held = {level: np.zeros(zone.shape, np.float32) for level in DIFFERENT}
    open_: dict[float, list[Said]] = {level: [] for level in DIFFERENT}
    said: dict[float, list[Said]] = {level: [] for level in DIFFERENT}
    for number, (image, found) in enumerate(zip(scene.images(), boxes(scene), strict=True)):
        part = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
        grey = np.asarray(cv2.GaussianBlur(part, (5, 5), 0), np.float32)
        average = grey.copy() if average is None else average
        free = np.ones(zone.shape, np.bool_)
        around = found[found.confidence >= 0.25].xyxy - np.array((left, top, left, top), np.float32)
        for x1, y1, x2, y2 in np.round(around).astype(int).tolist():
            free[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)] = False
        for level, lasts in held.items():
            away = np.abs(grey - average) > level
            lasts[free] = np.where(away, lasts + every_s, 0)[free]
            blobs = ((lasts >= LIMIT_S) & (zone > 0)).astype(np.uint8)
            open_[level] = list(_follow(open_[level], blobs, (left, top), number * every_s, said[level]))
        average += 0.02 * (grey - average)
    return said


def _follow(
    before: list[Said], blobs: npt.NDArray[np.uint8], origin: tuple[int, int], t: float, said: list[Said]
) -> Iterator[Said]:
    """The blobs of a picture, each the one that was near it in the picture before, or a new one."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(blobs)
    for x, y, width, height, area in stats[1:].tolist():
        if area < 100:
            continue
        left, top = float(x + origin[0]), float(y + origin[1])
        box = (left, top, left + width, top + height)
        known = next((one for one in before if _near(one.box, box)), None)
        if known is None:
            known = Said(box, t - LIMIT_S)
            said.append(known)
        known.times.append(t)
        yield known


def _size(scene: Scene) -> tuple[int, int]:
    first = next(iter(scene.images()))
    return first.shape[1], first.shape[0]


def _near(true: Box, said: Box) -> bool:
    """Whether the middle of what was said lies on the thing, or they overlap by a quarter."""
    x, y = (said[0] + said[2]) / 2, (said[1] + said[3]) / 2
    if true[0] - NEAR_PX <= x <= true[2] + NEAR_PX and true[1] - NEAR_PX <= y <= true[3] + NEAR_PX:
        return (said[2] - said[0]) * (said[3] - said[1]) <= 8 * (true[2] - true[0]) * (true[3] - true[1])
    width, height = min(true[2], said[2]) - max(true[0], said[0]), min(true[3], said[3]) - max(true[1], said[1])
    common = max(width, 0.0) * max(height, 0.0)
    union = (true[2] - true[0]) * (true[3] - true[1]) + (said[2] - said[0]) * (said[3] - said[1]) - common
    return common > 0.25 * union


def _explains(one: Thing, said: Said) -> bool:
    return _near(one.box, said.box) and one.start_s <= said.times[0] <= one.end_s + LATE_S


def _beside(truth: Sequence[Thing], said: Said) -> str:
    """What was at the place of something wrongly said."""
    there = [
        o.kind for o in truth if _near(o.box, said.box) and o.start_s <= said.times[-1] and o.end_s >= said.since_s
    ]
    return "+".join(sorted(set(there))) or "nothing"


def _moved(truth: Sequence[Thing], hours: tuple[float, float]) -> list[Thing]:
    """The truth of another hour: half the time later, around the end."""
    length = (hours[1] - hours[0]) * 3600
    return [
        Thing(
            one.kind,
            (one.start_s + length / 2) % length,
            (one.start_s + length / 2) % length + one.end_s - one.start_s,
            one.box,
        )
        for one in truth
    ]


def _worth(one: Score) -> float:
    """What the baseline's threshold is chosen by: found, less a tenth for each false one a day."""
    return float(np.mean(one.found or (False,))) - 0.1 * one.false / one.days


def _share(scores: Sequence[Score]) -> float | None:
    return _mean([hit for one in scores for hit in one.found])


def _mean(hits: Sequence[bool]) -> float | None:
    return round(float(np.mean(hits)), 4) if hits else None


def _interval(hits: Sequence[bool], rng: np.random.Generator, draws: int) -> tuple[float, float] | None:
    """95 % over the things."""
    if not hits:
        return None
    drawn = rng.choice(np.array(hits, np.float64), (draws, len(hits))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return round(float(low), 4), round(float(high), 4)


def _rate(count: int, days: float) -> tuple[float, float]:
    """95 % of a rate of rare things (Garwood 1936), by the chi-squared quantiles."""
    from scipy.stats import chi2  # noqa: PLC0415  # 300 ms that only the last line needs

    low = chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    return round(float(low / days), 3), round(float(chi2.ppf(0.975, 2 * count + 2) / 2 / days), 3)


if __name__ == "__main__":
    main()

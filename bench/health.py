"""Camera health on composed pictures: `python -m bench.health [--quick]`. Composite: real places, made days, made faults.

Healthy weeks, one for each place that nothing was tuned on, a look a minute: every fault that begins is a false alarm.
Each fault is made at each of those places by day and by night, after an hour or so of healthy pictures; it is found when
any fault begins within `WITHIN_S` of it, and named when it is the right one. Offline is no matter of pictures: `bench.offline`
takes a real server away from the source, in real time.

The naive baseline calls a picture faulty that differs from the mean of the first half hour by more than one limit, chosen on the
places for tuning, or not at all from the one before. The control asks whether the alarms of one scene fit the truth of another.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, get_args

import numpy as np

from bench import data
from bench.compose.lens import EVERY_S, REPORTED, TUNED, Week, harm
from bench.offline import WITHIN_S as OFFLINE_WITHIN_S
from bench.offline import Gone, offline
from pantau.findings import FaultKind
from pantau.measure.health import HealthAnalyser
from pantau.places import Camera
from pantau.types import EPOCH, Detections, Frame, Image, Tracks, View

KINDS: Final[tuple[FaultKind, ...]] = get_args(FaultKind)
WITHIN_S: Final[dict[FaultKind, float]] = {
    "frozen": 300.0, "dark": 300.0, "overexposed": 300.0, "covered": 300.0, "sprayed": 600.0, "defocused": 600.0,
    "moved": 900.0, "drops": 900.0, "clock": 300.0,
}  # fmt: skip
HOURS: Final = (10, 22)
WEEK: Final = 7 * 1440
LIMITS: Final = np.arange(8, 90, 2)
FIRST: Final = 30
"""Looks that the baseline takes its mean of."""
SHUFFLES: Final = 200

Alarm = tuple[str, float]
"""A kind of fault and the minute it was said."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of a stretch of pictures: our alarms, and those of the baseline at each of `LIMITS`."""

    place: str
    kind: str
    onset: int
    ours: tuple[Alarm, ...]
    naive: tuple[tuple[float, ...], ...]


def main() -> None:
    """Measure and print."""
    quick = "--quick" in sys.argv
    places = [*TUNED[:1], *REPORTED[:1]] if quick else [*TUNED, *REPORTED]
    minutes = 200 if quick else WEEK
    hours = HOURS[:1] if quick else HOURS
    jobs = [("", place, 0, min(minutes, 1440) if place in TUNED else minutes) for place in places]
    jobs += [(kind, place, hour, 0) for kind in KINDS for place in places for hour in hours]
    with ProcessPoolExecutor(2) as pool:
        told = []
        for one in pool.map(_told, jobs):
            told.append(one)
            print(f"{one.place}: {one.kind or 'healthy'} {one.ours[:6]}", file=sys.stderr, flush=True)
    print_figures(told, offline(1 if quick else 5), minutes / WEEK, quick=quick)


def print_figures(told: Sequence[Told], gone: Sequence[Gone], weeks_each: float, *, quick: bool) -> None:
    """Missed, false, named, per fault; the baseline at its limit; the control; the places for tuning apart."""
    limit = _best(told)
    reported = [one for one in told if one.place in REPORTED]
    healthy, faulty = [o for o in reported if not o.kind], [o for o in reported if o.kind]
    weeks = weeks_each * len(healthy)
    false = sum(len(o.ours) for o in healthy)
    by_fault: dict[str, dict[str, float | None]] = {}
    for kind in KINDS:
        of_kind = [o for o in faulty if o.kind == kind]
        found = [late for o in of_kind if (late := _found(o)) is not None]
        named = sum(any(said == kind for said, _ in o.ours) for o in of_kind)
        by_fault[kind] = _summary(len(of_kind), found, WITHIN_S[kind]) | {"named": named}
    by_fault["offline"] = _summary(len(gone), [o.late_s for o in gone if o.late_s is not None], OFFLINE_WITHIN_S)
    missed = [_found(o) is None for o in faulty] + [o.late_s is None for o in gone]
    tuned = [o for o in told if o.place in TUNED]
    data.report(
        "health",
        {
            "missed": sum(missed),
            "n": len(missed),
            "missed_interval": _interval(missed),
            "false_per_week": round(false / weeks, 3),
            "false_alarms": false,
            "weeks": round(weeks, 3),
            "early": sum(_early(o) for o in faulty),
            "offline.early": sum(o.early for o in gone),
            "by_fault": by_fault,
            "naive_missed": sum(_naive_found(o, limit) is None for o in faulty),
            "naive_false_per_week": round(sum(len(o.naive[limit]) for o in healthy) / weeks, 1),
            "shuffled_found": round(_shuffled(faulty), 4),
            "tuned.missed": sum(_found(o) is None for o in tuned if o.kind),
            "tuned.false": sum(len(o.ours) for o in tuned if not o.kind),
            "every_s": EVERY_S,
        },
        "composite: PETS09-S2L1, intel car-detection, opendatacam traffic and photographs of shared/data/litter; offline: a real RTSP server",
        quick=quick,
    )


def _summary(n: int, found: Sequence[float], within_s: float) -> dict[str, float | None]:
    """Of one kind of fault."""
    return {
        "n": n,
        "missed": n - len(found),
        "within_s": within_s,
        "median_s": round(float(np.median(found)), 1) if found else None,
        "longest_s": round(max(found), 1) if found else None,
    }


def _told(job: tuple[str, str, int, int]) -> Told:
    """One stretch: a healthy one of so many minutes, or one with a fault at about an hour of its day."""
    name, place, hour, minutes = job
    seed = 1000 + (TUNED + REPORTED).index(place)
    if not name:
        ours, naive = _watch(place, Week(place, seed).pictures(0, minutes), {})
        return Told(place, "", -1, ours, naive)
    kind: FaultKind = next(one for one in KINDS if one == name)
    rng = np.random.default_rng([seed, hour, KINDS.index(kind)])
    onset = int(rng.integers(40, 90))
    rest = int(WITHIN_S[kind] / EVERY_S) + 3
    make = harm(kind, seed + hour)
    week = Week(place, seed + 50 + hour)
    pictures = (
        make(picture, rng) if minute >= onset else picture
        for minute, picture in enumerate(week.pictures(60 * hour - onset, onset + rest))
    )
    wrong = dict.fromkeys(range(onset, onset + rest), 3 * 3600.0) if kind == "clock" else {}
    ours, naive = _watch(place, pictures, wrong)
    return Told(place, kind, onset, ours, naive)


def _watch(
    place: str, pictures: Iterable[Image], wrong: dict[int, float]
) -> tuple[tuple[Alarm, ...], tuple[tuple[float, ...], ...]]:
    """Ours and the baseline's alarms; `wrong` is by how much the camera's clock is off, by minute."""
    analyser = HealthAnalyser(Camera(id=place, name=place, source=""), EVERY_S)
    ours: list[Alarm] = []
    naive = Naive()
    for minute, picture in enumerate(pictures):
        time = EPOCH + timedelta(minutes=minute)
        frame = Frame(
            place, time, picture.copy(), minute + 1, minute * EVERY_S, told=_told_clock(time, wrong.get(minute))
        )
        events = analyser.step(View(frame, Detections.empty(), Tracks.empty())).events
        ours += [(str(event.attributes["fault"]), float(minute)) for event in events if event.end is None]
        naive.step(minute, picture)
    return tuple(ours), tuple(tuple(times) for times in naive.alarms)


def _told_clock(time: datetime, off_s: float | None) -> datetime:
    return time + timedelta(seconds=off_s or 0.4)


class Naive:
    """The mean difference from the first half hour's mean picture, beyond each of `LIMITS` for three looks; no change is frozen."""

    def __init__(self) -> None:
        self._sum: np.ndarray | None = None
        self._before: Image | None = None
        self._looks = 0
        self._beyond = np.zeros(len(LIMITS), int)
        self.alarms: list[list[float]] = [[] for _ in LIMITS]

    def step(self, minute: int, picture: Image) -> None:
        """One picture."""
        grey = picture.mean(axis=2)
        frozen = self._before is not None and not np.any(picture != self._before)
        self._before = picture
        self._looks += 1
        if self._looks <= FIRST or self._sum is None:
            self._sum = grey if self._sum is None else self._sum + grey
            return
        far = float(np.abs(grey - self._sum / FIRST).mean())
        self._beyond = np.where((far > LIMITS) | frozen, self._beyond + 1, 0)
        for row in np.flatnonzero(self._beyond == 3).tolist():
            self.alarms[row].append(float(minute))


def _found(one: Told) -> float | None:
    """Seconds from the onset to the first alarm after it; None when it came too late or never."""
    times = [(minute - one.onset) * EVERY_S for _, minute in one.ours if minute >= one.onset]
    return min((t for t in times if t <= WITHIN_S[one.kind]), default=None)  # type: ignore[index]  # a kind


def _early(one: Told) -> int:
    return sum(minute < one.onset for _, minute in one.ours)


def _naive_found(one: Told, limit: int) -> float | None:
    times = [(minute - one.onset) * EVERY_S for minute in one.naive[limit] if minute >= one.onset]
    return min((t for t in times if t <= WITHIN_S[one.kind]), default=None)  # type: ignore[index]  # a kind


def _best(told: Sequence[Told]) -> int:
    """The baseline's limit with the fewest errors on the places for tuning: a missed fault weighs as much as a false alarm."""
    tuned = [one for one in told if one.place in TUNED]

    def errors(limit: int) -> int:
        missed = sum(_naive_found(one, limit) is None for one in tuned if one.kind)
        return missed + sum(len(one.naive[limit]) for one in tuned if not one.kind)

    return min(range(len(LIMITS)), key=errors)


def _shuffled(faulty: Sequence[Told]) -> float:
    """Share of faults that the alarms of another scene would have found."""
    rng, hits = np.random.default_rng(3), []
    for _ in range(SHUFFLES):
        one, other = (faulty[int(row)] for row in rng.integers(len(faulty), size=2))
        if one.onset != other.onset:
            hits.append(_found(Told(one.place, one.kind, one.onset, other.ours, ())) is not None)
    return float(np.mean(hits)) if hits else 0.0


def _interval(missed: Sequence[bool]) -> tuple[float, float]:
    """95 % of the share that is missed, over scenes."""
    rng, values = np.random.default_rng(5), np.array(missed, float)
    drawn = [rng.choice(values, len(values)).mean() for _ in range(500)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return round(float(low), 4), round(float(high), 4)


if __name__ == "__main__":
    main()

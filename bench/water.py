"""Water levels on composed scenes: `python -m bench.water [--quick]`. Composite: real pixels, made water, exact truth.

A day at each of eleven watersides (`bench.compose.flood`), one picture a minute, no boxes of any passer-by. Nothing was tuned on eight of them. Some
gauges are *refused* when their dry reference is taken, before any water: they say so, and tell nothing until somebody acts. What is said of levels
and alarms is of the others; the refused ones stand beside it with their hours (`hours_at_refused`) and the alarms that nobody was there to raise
(`alarms_at_refused_gauges`: not guarded). *mae_cm* is the mean absolute error of the level over all pictures in which one is told, with the 95 %
interval of a bootstrap over their hours (errors of one hour go together); how many are told is `coverage`. *Alarms*: the real state machine of the alarms on
three-minute means, against the same machine on the truth; a true one without one of ours within `LATE_S` is missed, one of ours without a true
one is false; of those missed, `alarms_missed_unread` came while the gauge had said for ten minutes that it is not read. *Depth*: the class of a told level
against that of the true one. *Baseline*: the foot upwards, rows that differ from
the first picture by more than a threshold, which is the best for the tuned place. *Control*: the truth of another hour.

*Order*: `bench.lake`, a real lake, where it says nothing and why.

Film: how often wet asphalt (rain, no water) is called flooded, and how often a flooded zone is.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from bench import data, lake
from bench.compose.flood import ALARM, BANKS, PX_M, flood
from bench.compose.scene import Scene, read
from pantau.alert.machine import IDLE, Reading, advance
from pantau.alert.rules import Rule
from pantau.findings import SILENT_S, WaterView
from pantau.measure.water import WaterAnalyser, depth_of
from pantau.measure.wetness import FLOODED
from pantau.types import EPOCH, Detections, Frame, Tracks, View

TUNED: Final = ("jalan", "pelataran", "pagar")
REPORTED: Final = ("jalur", "tembok", "aspal", "tepi", "bata", "batu", "tangga", "semak")
SEED: Final = {"jalan": 1, "pelataran": 7, "jalur": 8, "tembok": 11, "pagar": 12, "aspal": 13, "tepi": 14, "bata": 15, "batu": 16, "tangga": 17, "semak": 18}  # fmt: skip
LATE_S: Final = 600.0
WINDOW: Final = 3
WORKERS: Final = 2

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A day: the true level and film of each picture, the level told (nan where none), what was said, and the bare rows."""

    truth: Floats
    film: Floats
    told: Floats
    said: tuple[WaterView, ...]
    rows: Floats
    every_s: float
    height_cm: float

    def mae(self) -> float:
        """Mean absolute error, cm, where a level is told; nan where none is."""
        return _mean(self.errors())

    def errors(self) -> Floats:
        """Absolute errors, cm, of the pictures with a level."""
        apart = np.abs(self.told - self.truth)
        return apart[np.isfinite(apart)]

    @property
    def refused(self) -> bool:
        """Whether the gauge was refused when its dry reference was taken; it is then to the end."""
        return any(one.refused for one in self.said)


def main() -> None:
    """Measure and print."""
    quick = "--quick" in sys.argv
    hours = (4.0, 8.0) if quick else (0.0, 24.0)
    places = (TUNED[0], REPORTED[0]) if quick else (*TUNED, *REPORTED)
    with ProcessPoolExecutor(WORKERS) as pool:
        days = dict(zip(places, pool.map(day_at, places, [hours] * len(places)), strict=True))
    figures: dict[str, object] = {}
    for place, day in days.items():
        verdict = judged(day)
        figures |= {
            f"{place}.mae_cm": _rounded(day.mae()),
            f"{place}.p95_cm": _rounded(float(np.quantile(day.errors(), 0.95))) if len(day.errors()) else None,
            f"{place}.refused": day.refused,
            f"{place}.coverage": round(float(np.isfinite(day.told).mean()), 4),
            f"{place}.dry_called_dry": _share([day], [(day.film == 0) & (day.truth == 0)], "dry"),
            f"{place}.film_called_flooded": _share([day], [(day.film > 0.3) & (day.truth == 0)], "flooded"),
            f"{place}.alarms": f"{verdict.true} true, {verdict.missed} missed, {verdict.false} false",
        }
    data.report(
        "water",
        {**pooled(days), **({"order_correlation": None} if quick else lake.figures()), **figures},
        "composite: backgrounds and cut-outs of opendatacam traffic, PETS09-S2L1, intel car-detection; made water",
        quick=quick,
    )


def day_at(place: str, hours: tuple[float, float]) -> Outcome:
    """A day at one place; days know nothing of each other, so each can have a process of its own."""
    print(f"{place}: a day of water", file=sys.stderr, flush=True)
    return watch(read(flood(place, hours=hours, seed=SEED[place])), BANKS[place].height_cm)


def pooled(days: dict[str, Outcome]) -> dict[str, object]:
    """What is reported: the places that nothing was tuned on."""
    reported = [day for place, day in days.items() if place in REPORTED]
    read, refused = [day for day in reported if not day.refused], [day for day in reported if day.refused]
    tuned = [day for place, day in days.items() if place in TUNED]
    limit = min(np.linspace(4, 80, 39).tolist(), key=lambda limit: sum(_naive_mae(day, limit) for day in tuned))
    verdicts = [judged(day) for day in read]
    errors = np.concatenate([np.abs(day.told - day.truth) for day in read])
    film = [(day.film > 0.3) & (day.truth == 0) for day in reported]
    deep = [day.truth > 5 for day in reported]
    return {
        "mae_cm": round(float(np.nanmean(errors)), 2),
        "mae_interval_cm": interval(read),
        "mae_wet_cm": round(
            float(np.nanmean(np.concatenate([np.abs(d.told - d.truth)[d.truth > 0] for d in read]))), 2
        ),
        "px_m": PX_M,
        "coverage": round(float(np.isfinite(errors).mean()), 4),
        "n": int(np.isfinite(errors).sum()),
        "hours": _hours(read),
        "alarms_true": sum(verdict.true for verdict in verdicts),
        "alarms_missed": sum(verdict.missed for verdict in verdicts),
        "alarms_missed_unread": sum(verdict.missed_unread for verdict in verdicts),
        "alarms_false": sum(verdict.false for verdict in verdicts),
        "places": len(reported),
        "refused_gauges": len(refused),
        "hours_at_refused": _hours(refused),
        "alarms_at_refused_gauges": sum(judged(day).true for day in refused),
        "levels_at_refused_gauges": sum(int(np.isfinite(day.told).sum()) for day in refused),
        **depths(read),
        "naive_mae_cm": round(float(np.mean([_naive_mae(day, limit) for day in reported])), 2),
        "shuffled_mae_cm": _rounded(_mean(np.array([_shuffled(day) for day in reported]))),
        "film_called_flooded": _share(reported, film, "flooded"),
        "film_called_wet": _share(reported, film, "wet"),
        "flood_called_flooded": _share(reported, deep, "flooded"),
        "flood_called_flooded_without_gauge": round(
            float(np.mean(np.concatenate([_areas(d)[m] for d, m in zip(reported, deep, strict=True)]) >= FLOODED)), 4
        ),
        "dry_called_dry": _share(reported, [(d.film == 0) & (d.truth == 0) for d in reported], "dry"),
    }


def interval(days: list[Outcome]) -> list[float]:
    """95 % of the mean absolute error, by a bootstrap over the hours of the days."""
    hours = []
    for day in days:
        errors, size = np.abs(day.told - day.truth), max(round(3600 / day.every_s), 1)
        hours += [(float(np.nansum(part)), int(np.isfinite(part).sum())) for part in np.split(errors, range(size, len(errors), size))]  # fmt: skip
    sums, counts = np.array(hours).T
    drawn = np.random.default_rng(1).integers(len(sums), size=(2000, len(sums)))
    means = sums[drawn].sum(axis=1) / np.maximum(counts[drawn].sum(axis=1), 1)
    return [round(float(edge), 2) for edge in np.quantile(means, (0.025, 0.975))]


def watch(scene: Scene, height_cm: float) -> Outcome:
    """What the water analyser says of a day."""
    every_s = 1 / scene.camera.fps
    analyser = WaterAnalyser(scene.camera, every_s)
    said, rows = [], []
    first: npt.NDArray[np.float64] | None = None
    for number, image in enumerate(scene.images()):
        time = EPOCH + timedelta(seconds=number * every_s)
        frame = Frame(scene.camera.id, time, image, number + 1, number * every_s)
        found = analyser.step(View(frame, Detections.empty(), Tracks.empty()))
        said.append(found.water[0])
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float64)
        first = grey if first is None else first
        rows.append(_differences(grey, first, scene))
    told = np.array([np.nan if one.level_cm is None else one.level_cm for one in said])
    truth = np.array([float(row["level_cm"]) for row in scene.truth])
    film = np.array([float(row["film"]) for row in scene.truth])
    return Outcome(truth, film, told, tuple(said), np.array(rows), every_s, height_cm)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Alarms of a day that are true, missed (of those, at a gauge that had said that it is not read), and false."""

    true: int
    missed: int
    missed_unread: int
    false: int


def judged(day: Outcome) -> Verdict:
    """Ours against those of the truth."""
    limit = ALARM * day.height_cm
    rule = Rule(
        id="siaga", name="Siaga", kind="threshold", places=("*",), indicator="water.level", above=limit, clear=limit - 8,
        over_s=60.0 * WINDOW, hold_s=120.0, clear_s=300.0,
    )  # fmt: skip
    true, ours = (_fired(rule, levels, day.every_s) for levels in (day.truth, day.told))
    late = timedelta(seconds=LATE_S)
    missed = [one for one in true if not any(abs(mine - one) <= late for mine in ours)]
    false = sum(not any(abs(mine - one) <= late for one in true) for mine in ours)
    return Verdict(len(true), len(missed), sum(_unread(day, one) for one in missed), false)


def _unread(day: Outcome, time: datetime) -> bool:
    """Whether the gauge had said for a while that it is not read."""
    since = day.said[min(round((time - EPOCH).total_seconds() / day.every_s), len(day.said) - 1)].unread_since
    return since is not None and (time - since).total_seconds() >= SILENT_S


def depths(days: list[Outcome]) -> dict[str, object]:
    """How often the class of depth is right where a level is told; and what is called deeper than dry with no water there."""
    told = [
        (one.depth, depth_of(level, "dry"), level, film)
        for day in days
        for one, level, film in zip(day.said, day.truth.tolist(), day.film.tolist(), strict=True)
        if one.depth
    ]
    plain = [(said if said != "wet" else "dry") == true for said, true, _, _ in told]
    film = [said for said, _, level, film in told if level == 0 and film > 0.3]
    return {
        "depth_right": round(float(np.mean(plain)), 4) if plain else None,
        "depth_n": len(plain),
        "depth_right_in_water": _mean_of(
            [right for right, (_, _, level, _) in zip(plain, told, strict=True) if level > 0]
        ),
        "film_called_deep": _mean_of([said not in {"dry", "wet"} for said in film]),
        "film_depth_n": len(film),
    }


def _mean_of(values: list[bool]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None


def _hours(days: list[Outcome]) -> float:
    return round(sum(len(day.truth) * day.every_s for day in days) / 3600, 1)


def _fired(rule: Rule, levels: Floats, every_s: float) -> list[datetime]:
    """When the alarm fires, on means of `WINDOW` minutes of which two thirds are there."""
    state, fired = IDLE, []
    for number in range(WINDOW, len(levels) + 1):
        window = levels[number - WINDOW : number]
        if np.isfinite(window).sum() * 3 < 2 * WINDOW:
            continue
        time = EPOCH + timedelta(seconds=number * every_s)
        state, steps = advance(rule.limits, state, Reading(time, float(np.nanmean(window))))
        fired += [time for step in steps if step == "fired"]
    return fired


def _differences(grey: Floats, first: Floats, scene: Scene) -> list[float]:
    """Per row of the gauge, from its foot on: mean difference from the first picture."""
    low, high = scene.camera.zones[0].gauge[0].at, scene.camera.zones[0].gauge[-1].at
    height, width = grey.shape
    x, rows = round(low[0] * width), range(round(low[1] * height) - 1, round(high[1] * height) - 1, -1)
    return [float(np.abs(grey[row, x - 10 : x + 11] - first[row, x - 10 : x + 11]).mean()) for row in rows]


def _naive_mae(day: Outcome, limit: float) -> float:
    changed = day.rows > limit
    level = np.where(changed.all(axis=1), changed.shape[1], np.argmin(changed, axis=1)) / PX_M * 100
    return float(np.abs(level - day.truth).mean())


def _shuffled(day: Outcome) -> float:
    """Our levels against the truth of a third of the day later."""
    return _mean(np.abs(day.told - np.roll(day.truth, len(day.truth) // 3)))


def _mean(values: Floats) -> float:
    """Mean of what is finite; nan where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _rounded(value: float) -> float | None:
    return round(value, 2) if np.isfinite(value) else None


def _areas(day: Outcome) -> Floats:
    """Share of the zone under water as its own picture says, whatever the gauge does."""
    return np.array([one.flooded or 0.0 for one in day.said])


def _share(days: list[Outcome], masks: list[npt.NDArray[np.bool_]], state: str) -> float | None:
    found = [one.state == state for day, mask in zip(days, masks, strict=True) for one, is_in in zip(day.said, mask, strict=True) if is_in]  # fmt: skip
    return round(float(np.mean(found)), 4) if found else None


if __name__ == "__main__":
    main()

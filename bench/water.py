"""Water levels on composed scenes: `python -m bench.water [--quick]`. Composite: real pixels, made water, exact truth.

A day at each of seven watersides (`bench.compose.flood`), one picture a minute, no boxes of any passer-by. *mae_cm* is the mean
absolute error of the level over all pictures in which one is told, of the four places that nothing was tuned on, with the 95 % interval
of a bootstrap over their hours (errors of one hour go together); how many are told is `coverage`. *Alarms*: the real state machine of the alarms on three-minute means, against the same machine on the truth; a true one
without one of ours within `LATE_S` is missed, one of ours without a true one is false.
A gauge that is *refused* when its dry reference is taken (it says so at once, and which heights it can't read) still counts its alarms as missed;
how many of the missed ones those are is said beside. *Baseline*: the foot upwards, rows that differ from
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
from pantau.findings import WaterView
from pantau.measure.dry import LEARNING
from pantau.measure.telling import GROUND
from pantau.measure.water import WaterAnalyser
from pantau.measure.wetness import FLOODED
from pantau.types import EPOCH, Detections, Frame, Tracks, View

TUNED: Final = ("jalan", "pelataran", "pagar")
REPORTED: Final = ("jalur", "tembok", "aspal", "tepi")
SEED: Final = {"jalan": 1, "pelataran": 7, "jalur": 8, "tembok": 11, "pagar": 12, "aspal": 13, "tepi": 14}
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
        """Whether the gauge was refused when its dry reference was taken: the first thing said that is not about learning it."""
        reasons = (one.reason for one in self.said if not one.reason.startswith(LEARNING))
        return next(reasons, "").startswith(GROUND)


def main() -> None:
    """Measure and print."""
    quick = "--quick" in sys.argv
    hours = (4.0, 8.0) if quick else (0.0, 24.0)
    places = (TUNED[0], REPORTED[0]) if quick else (*TUNED, *REPORTED)
    with ProcessPoolExecutor(WORKERS) as pool:
        days = dict(zip(places, pool.map(day_at, places, [hours] * len(places)), strict=True))
    figures: dict[str, object] = {}
    for place, day in days.items():
        missed, false, alarms = judged(day)
        figures |= {
            f"{place}.mae_cm": _rounded(day.mae()),
            f"{place}.p95_cm": _rounded(float(np.quantile(day.errors(), 0.95))) if len(day.errors()) else None,
            f"{place}.refused": day.refused,
            f"{place}.coverage": round(float(np.isfinite(day.told).mean()), 4),
            f"{place}.dry_called_dry": _share([day], [(day.film == 0) & (day.truth == 0)], "dry"),
            f"{place}.film_called_flooded": _share([day], [(day.film > 0.3) & (day.truth == 0)], "flooded"),
            f"{place}.alarms": f"{alarms} true, {missed} missed, {false} false",
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
    tuned = [day for place, day in days.items() if place in TUNED]
    limit = min(np.linspace(4, 80, 39).tolist(), key=lambda limit: sum(_naive_mae(day, limit) for day in tuned))
    verdicts = [judged(day) for day in reported]
    errors = np.concatenate([np.abs(day.told - day.truth) for day in reported])
    refused = [place for place in days if place in REPORTED and days[place].refused]
    film = [(day.film > 0.3) & (day.truth == 0) for day in reported]
    deep = [day.truth > 5 for day in reported]
    return {
        "mae_cm": round(float(np.nanmean(errors)), 2),
        "mae_interval_cm": interval(reported),
        "mae_wet_cm": round(
            float(np.nanmean(np.concatenate([np.abs(d.told - d.truth)[d.truth > 0] for d in reported]))), 2
        ),
        "px_m": PX_M,
        "coverage": round(float(np.isfinite(errors).mean()), 4),
        "n": int(np.isfinite(errors).sum()),
        "hours": round(sum(len(day.truth) * day.every_s for day in reported) / 3600, 1),
        "alarms_true": sum(verdict[2] for verdict in verdicts),
        "alarms_missed": sum(verdict[0] for verdict in verdicts),
        "alarms_missed_at_refused": sum(judged(days[place])[0] for place in refused),
        "alarms_false": sum(verdict[1] for verdict in verdicts),
        "places": len(reported),
        "refused": len(refused),
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


def judged(day: Outcome) -> tuple[int, int, int]:
    """Alarms missed, false, and true."""
    limit = ALARM * day.height_cm
    rule = Rule(
        id="siaga", name="Siaga", kind="threshold", places=("*",), indicator="water.level", above=limit, clear=limit - 8,
        over_s=60.0 * WINDOW, hold_s=120.0, clear_s=300.0,
    )  # fmt: skip
    true, ours = (_fired(rule, levels, day.every_s) for levels in (day.truth, day.told))
    late = timedelta(seconds=LATE_S)
    missed = sum(not any(abs(mine - one) <= late for mine in ours) for one in true)
    false = sum(not any(abs(mine - one) <= late for one in true) for mine in ours)
    return missed, false, len(true)


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

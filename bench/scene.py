"""Functions taught by example, on composed stills: `python -m bench.scene [--quick]`. Composite: real pixels, made floods and smoke.

For each place and function (`bench.compose.taught`) a function is taught with 5, 10, 20 or 50 stills of each kind from some days
and asked about the stills of the other days, several times over. `error` is wrong ÷ answered, `abstained` what it did not answer,
`unlike` the share of stills like no example that it did not answer. `own` is the error it reports about itself, `covered` how often its interval
holds the held-out error. Ridge was set on `jalan`; the figures are of `pelataran` and `jalur`. Baselines learn from the same
stills with the same head: the mean colour of the zone; and the correlation with the mean normal still, with the best threshold.
The control gives the stills shuffled labels. Intervals are over tasks (place and function).
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from bench import data
from bench.compose.scene import read
from bench.compose.taught import KINDS, Kind, stills
from bench.parking import boxes
from pantau.lessons import Example
from pantau.measure.lesson import learn, packed
from pantau.measure.taught import picture_of, widened
from pantau.see.embed import crop, load_embedder
from pantau.types import EPOCH, Floats, Zone

REPORTED: Final = ("pelataran", "jalur")
SIZES: Final = (5, 10, 20, 50)
REPEATS: Final = 2
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One function at one place: vectors (N, D), mean colours (N, 6), small greys (N, P), and what each still is of."""

    zone: Zone
    vectors: Array
    colours: Array
    greys: Array
    day: npt.NDArray[np.int64]
    hour: Array
    state: npt.NDArray[np.str_]
    ms: float

    def split(self, n: int, rng: np.random.Generator) -> tuple[list[int], list[int], list[int]]:
        """Rows to teach with (n of each kind), rows to ask, and rows like none of them; by day."""
        days = rng.permutation(self.day.max() + 1)
        taught = set(days[: max(3, -(-n // 5))].tolist())
        inside = [row for row in range(len(self.day)) if int(self.day[row]) in taught]
        rng.shuffle(inside)
        known = {"normal", *KINDS}
        normal = [row for row in inside if self.state[row] == "normal"][:n]
        yes = [row for row in inside if self.state[row] in KINDS][:n]
        asked = [r for r in range(len(self.day)) if int(self.day[r]) not in taught and self.state[r] in known]
        unlike = [r for r in range(len(self.day)) if self.state[r] not in known]
        return normal + yes, asked, unlike


def main() -> None:
    """Measure and print."""
    quick = "--quick" in sys.argv
    places = REPORTED[:1] if quick else REPORTED
    kinds: tuple[Kind, ...] = ("flooded",) if quick else KINDS
    figures: dict[str, object] = {}
    rows: list[dict[str, float]] = []
    ms: list[float] = []
    for place in places:
        for kind in kinds:
            task = look(place, kind)
            print(f"{place} {kind}: {len(task.day)} stills", file=sys.stderr)
            found = [one for n in SIZES for one in ask(task, n, 1 if quick else REPEATS)]
            number = float(len(ms))
            rows += [one | {"task": number} for one in found]
            ms.append(task.ms)
            figures[f"{place}.{kind}.error_20"] = _mean(found, "error", 20)
            figures[f"{place}.{kind}.abstained_20"] = _mean(found, "abstained", 20)
    for n in SIZES:
        for name in ("error", "abstained", "unlike", "own", "covered", "colour", "correlation", "shuffled"):
            figures[f"{name}_{n}"] = _mean(rows, name, n)
        figures[f"error_{n}_interval"] = _interval(rows, n)
    figures |= {"tasks": len(ms), "ms_per_still": round(float(np.median(ms)), 1)}
    data.report("scene", figures, "composite: traffic, PETS09-S2L1, car-detection, AquaTrash cut-outs", quick=quick)


def look(place: str, kind: Kind) -> Task:
    """Embed every still of a task once."""
    scene = read(stills(place, kind))
    zone, embedder = scene.camera.zones[0], load_embedder(data.models())
    vectors, colours, greys, rows, took = [], [], [], [], []
    for number, (image, found) in enumerate(zip(scene.images(), boxes(scene), strict=True)):
        hidden = widened(found.xyxy)
        begin = time.perf_counter()
        vector = embedder.embed(image, zone.polygon, hidden)
        took.append(time.perf_counter() - begin)
        cut = crop(image, zone.polygon, hidden)
        if vector is None or cut is None:  # hidden: it would not be asked
            continue
        mean = cut[0][cut[1]].mean(axis=0) / 255
        colour = np.concatenate([mean, 1 - mean])
        grey = cv2.resize(cv2.cvtColor(cut[0], cv2.COLOR_BGR2GRAY), (32, 24), interpolation=cv2.INTER_AREA).ravel()
        vectors.append(vector)
        colours.append(colour / np.linalg.norm(colour))
        greys.append(grey)
        rows.append(number)
    truth = [scene.truth[row] for row in rows]
    return Task(
        zone,
        np.array(vectors, np.float64),
        np.array(colours),
        np.array(greys, np.float64),
        np.array([int(row["day"]) for row in truth]),
        np.array([float(row["hour"]) for row in truth]),
        np.array([row["state"] for row in truth]),
        1000 * float(np.median(took)),
    )


def ask(task: Task, n: int, repeats: int) -> list[dict[str, float]]:
    """Teach with n of each kind and ask about the other days, some times over."""
    found = []
    for repeat in range(repeats):
        rng = np.random.default_rng((n, repeat))
        rows, asked, unlike = task.split(n, rng)
        truth = np.isin(task.state, KINDS)
        error, abstained, own, covered, apart = _taught(task, task.vectors, truth, (rows, asked, unlike))
        found.append(
            {
                "n": float(n),
                "error": error,
                "abstained": abstained,
                "unlike": apart,
                "own": own,
                "covered": covered,
                "colour": _taught(task, task.colours, truth, (rows, asked, []))[0],
                "correlation": _correlated(task, truth, rows, asked),
                "shuffled": _taught(task, task.vectors, rng.permutation(truth), (rows, asked, []))[0],
            }
        )
    return found


def _taught(
    task: Task, vectors: Array, truth: npt.NDArray[np.bool_], split: tuple[list[int], list[int], list[int]]
) -> tuple[float, float, float, float, float]:
    """Error, share abstained, its own error, whether its interval holds the error, share of the unlike abstained."""
    rows, asked, unlike = split
    examples = [_example(task, row, vectors[row], yes=bool(truth[row])) for row in rows]
    if min(sum(truth[rows]), sum(~truth[rows])) < 5:
        return (np.nan,) * 5
    taught = learn(examples, task.zone, "bench")
    said = {row: taught.answer(vectors[row].astype(np.float32))[0] for row in (*asked, *unlike)}
    answered = [row for row in asked if said[row] != "abstain"]
    error = float(np.mean([(said[r] == "yes") != truth[r] for r in answered])) if answered else np.nan
    report = taught.report
    held = report.interval is not None and report.interval[0] <= error <= report.interval[1]
    return (
        error,
        1 - len(answered) / len(asked),
        np.nan if report.error is None else report.error,
        float(held) if report.interval else np.nan,
        float(np.mean([said[r] == "abstain" for r in unlike])) if unlike else np.nan,
    )


def _correlated(task: Task, truth: npt.NDArray[np.bool_], rows: list[int], asked: list[int]) -> float:
    """Error of the correlation with the mean normal still, with the threshold that is best on what was taught."""
    normal = task.greys[[row for row in rows if not truth[row]]].mean(axis=0)
    like = np.array([np.corrcoef(grey, normal)[0, 1] if grey.std() > 0 else 0.0 for grey in task.greys])
    limits = np.sort(like[rows])
    best = min(limits, key=lambda limit: float(((like[rows] < limit) != truth[rows]).mean()))
    return float(((like[asked] < best) != truth[asked]).mean())


def _example(task: Task, row: int, vector: Array, *, yes: bool) -> Example:
    when = EPOCH + timedelta(days=int(task.day[row]), hours=float(task.hour[row]))
    values: Floats = np.append(vector, row / 1e4).astype(np.float32)
    return Example(
        place=task.zone.id,
        revision=1,
        picture=picture_of(values),
        label="yes" if yes else "normal",
        time=when,
        marked=when,
        by="bench",
        model="bench",
        vector=packed(vector.astype(np.float32)),
    )


def _mean(rows: list[dict[str, float]], name: str, n: int) -> float | None:
    values = [one[name] for one in rows if one["n"] == n and np.isfinite(one[name])]
    return round(float(np.mean(values)), 4) if values else None


def _interval(rows: list[dict[str, float]], n: int) -> tuple[float, float]:
    """95 % of the mean error, drawn over tasks."""
    tasks = sorted({one["task"] for one in rows})
    means = np.array([_mean([one for one in rows if one["task"] == task], "error", n) for task in tasks], np.float64)
    drawn = np.random.default_rng(3).choice(means, (1000, len(means))).mean(axis=1)
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return round(float(low), 4), round(float(high), 4)


if __name__ == "__main__":
    main()

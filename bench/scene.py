"""Functions taught by example, on composed stills: `python -m bench.scene [--quick]`. Composite: real pixels, made floods and smoke.

For each place and function (`bench.compose.taught`) a function is taught with 5, 10, 20 or 50 stills of each kind from some days
and asked about the stills of the other days, several times over.

    error       wrong ÷ answered; forced: wrong ÷ asked, when it may not abstain (for the baselines, which never do)
    abstained   what it did not answer of what is like its examples
    own         the error that it reports of itself; covered: how often its 95 % interval holds the held-out error
    unlike.X    share of stills of which nobody marked the like that it did not answer; with_aim: or where the camera's aim, as health
                looks at it, is off against one clear still; stopped: what that would stop of the stills that are like the examples
    detector    the same head on the detector's own features

Ridge was set on `jalan`; `tuned.*` are of it, all else of `pelataran` and `jalur`. Baselines learn from the same stills: the head on the mean colour of the zone; the correlation with the mean normal
still, with the best threshold. The control shuffles the labels. Intervals are over tasks (place and function).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bench import data
from bench.compose.taught import KINDS, UNLIKE, Kind
from bench.looks import Looks, look
from pantau.lessons import FEWEST, Example
from pantau.measure.lesson import Head, Taught, learn, packed
from pantau.measure.taught import picture_of
from pantau.types import EPOCH, Floats

TUNED: Final = "jalan"
REPORTED: Final = ("pelataran", "jalur")
SIZES: Final = (5, 10, 20, 50)
TYPICAL: Final = 20
REPEATS: Final = 8
OVER_TASKS: Final = (
    "error",
    "abstained",
    "forced",
    "own",
    "covered",
    "detector",
    "detector_abstained",
    "colour",
    "correlation",
    "shuffled",
)
Array = npt.NDArray[Any]
Row = dict[str, float]


def main() -> None:
    """Measure and print."""
    quick = "--quick" in sys.argv
    places = REPORTED[:1] if quick else (TUNED, *REPORTED)
    kinds: tuple[Kind, ...] = ("flooded",) if quick else KINDS
    figures: dict[str, object] = {}
    by_place: dict[str, list[Row]] = {place: [] for place in places}
    for number, (place, kind) in enumerate((place, kind) for place in places for kind in kinds):
        looks = look(place, kind)
        print(f"{place} {kind}: {len(looks.day)} stills", file=sys.stderr)
        found = [one | {"task": float(number)} for n in SIZES for one in ask(looks, n, 2 if quick else REPEATS)]
        by_place[place].extend(found)
        figures[f"{place}.{kind}.error_{TYPICAL}"] = _mean(found, "error", TYPICAL)
        figures[f"{place}.{kind}.abstained_{TYPICAL}"] = _mean(found, "abstained", TYPICAL)
    tuned = by_place.pop(TUNED, [])
    rows = [one for found in by_place.values() for one in found]
    for n in SIZES:
        figures |= {f"{name}_{n}": _mean(rows, name, n) for name in OVER_TASKS}
        figures |= {f"{name}_{n}_interval": _interval(rows, name, n) for name in ("error", "forced", "detector")}
    unlike = (*(f"unlike.{state}{how}" for state in UNLIKE for how in ("", ".with_aim")), "stopped")
    for place, found in by_place.items():  # places differ: one mean of them would hide it
        figures |= {f"{place}.{name}_{TYPICAL}": _mean(found, name, TYPICAL) for name in unlike}
    figures |= {f"tuned.{name}_{TYPICAL}": _mean(tuned, name, TYPICAL) for name in ("error", "abstained")}
    tasks = len({one["task"] for one in rows})
    figures |= {"tasks": tasks, "repeats": 2 if quick else REPEATS}
    data.report("scene", figures, "composite: traffic, PETS09-S2L1, car-detection, AquaTrash cut-outs", quick=quick)


def split(looks: Looks, n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Rows to teach with (n of each kind, of some days), and rows to ask (of the other days)."""
    days = rng.permutation(looks.day.max() + 1)
    taught = np.isin(looks.day, days[: max(3, -(-n // 5))])
    yes, normal = np.isin(looks.state, KINDS), looks.state == "normal"
    chosen = [rng.permutation(np.flatnonzero(taught & kind))[:n] for kind in (normal, yes)]
    return np.concatenate(chosen), np.flatnonzero(~taught & (normal | yes))


def ask(looks: Looks, n: int, repeats: int) -> list[Row]:
    """Teach with n of each kind and ask about the other days, some times over."""
    found = []
    truth = np.isin(looks.state, KINDS)
    for repeat in range(repeats):
        rng = np.random.default_rng((n, repeat))
        rows, asked = split(looks, n, rng)
        if min(truth[rows].sum(), (~truth[rows]).sum()) < FEWEST:
            continue
        ours = _taught(looks, "mobilenet", rows, truth)
        other = _taught(looks, "detector", rows, truth)
        vectors = looks.vectors["mobilenet"]
        found.append(
            {"n": float(n)}
            | _held_out(ours, vectors, asked, truth)
            | {f"detector{k}": v for k, v in _answered(other, looks.vectors["detector"], asked, truth).items()}
            | _unlike(ours, looks, asked)
            | {
                "colour": _forced(looks.vectors["colours"], rows, asked, truth),
                "correlation": _correlated(looks, truth, rows, asked),
                "shuffled": _forced(vectors, rows, asked, rng.permutation(truth)),
            }
        )
    return found


def _taught(looks: Looks, name: str, rows: Array, truth: Array) -> Taught:
    vectors = looks.vectors[name]
    return learn([_example(looks, row, vectors[row], yes=bool(truth[row])) for row in rows], looks.zone, "bench")


def _answered(taught: Taught, vectors: Array, asked: Array, truth: Array) -> Row:
    """Error of what it answers (under ``), and the share that it does not."""
    said = [taught.answer(vectors[row].astype(np.float32))[0] for row in asked]
    wrong = [(one == "yes") != truth[row] for one, row in zip(said, asked, strict=True) if one != "abstain"]
    return {"": float(np.mean(wrong)) if wrong else np.nan, "_abstained": said.count("abstain") / max(len(said), 1)}


def _held_out(taught: Taught, vectors: Array, asked: Array, truth: Array) -> Row:
    """What it gets wrong of the days that it was not shown, beside what it says of itself."""
    found, report = _answered(taught, vectors, asked, truth), taught.report
    chances = np.array([taught.answer(vectors[row].astype(np.float32))[1] for row in asked])
    held = report.interval is not None and report.interval[0] <= found[""] <= report.interval[1]
    return {
        "error": found[""],
        "abstained": found["_abstained"],
        "forced": float(((chances > 0.5) != truth[asked]).mean()),
        "own": np.nan if report.error is None else report.error,
        "covered": float(held) if report.interval else np.nan,
    }


def _unlike(taught: Taught, looks: Looks, asked: Array) -> Row:
    """Shares of the unlike that are not answered, and of the like that a camera's aim would keep from it.

    As in health, a picture in which nothing is recognised is not called moved.
    """
    vectors, moved = looks.vectors["mobilenet"], looks.aim == "off"
    found = {"stopped": float(moved[asked].mean())}
    for state in UNLIKE:
        rows = np.flatnonzero(looks.state == state)
        silent = np.array([taught.answer(vectors[row].astype(np.float32))[0] == "abstain" for row in rows], bool)
        found[f"unlike.{state}"] = float(silent.mean()) if len(rows) else np.nan
        found[f"unlike.{state}.with_aim"] = float((silent | moved[rows]).mean()) if len(rows) else np.nan
    return found


def _forced(vectors: Array, rows: Array, asked: Array, truth: Array) -> float:
    """Error of the head alone, which answers everything."""
    return float(((Head.fit(vectors[rows], truth[rows]).chance(vectors[asked]) > 0.5) != truth[asked]).mean())


def _correlated(looks: Looks, truth: Array, rows: Array, asked: Array) -> float:
    """Error of the correlation with the mean normal still, with the threshold that is best on what was taught."""
    greys = looks.greys.astype(np.float64)
    normal = greys[rows[~truth[rows]]].mean(axis=0)
    like = np.array([np.corrcoef(grey, normal)[0, 1] if grey.std() > 0 else 0.0 for grey in greys])
    best = min(np.sort(like[rows]), key=lambda limit: float(((like[rows] < limit) != truth[rows]).mean()))
    return float(((like[asked] < best) != truth[asked]).mean())


def _example(looks: Looks, row: int, vector: Array, *, yes: bool) -> Example:
    when = EPOCH + timedelta(days=int(looks.day[row]), hours=float(looks.hour[row]))
    values: Floats = np.append(vector, row / 1e4).astype(np.float32)
    return Example(
        place=looks.zone.id,
        revision=1,
        picture=picture_of(values),
        label="yes" if yes else "normal",
        time=when,
        marked=when,
        by="bench",
        model="bench",
        vector=packed(vector.astype(np.float32)),
    )


def _values(rows: Iterable[Row], name: str, n: int) -> list[float]:
    return [one[name] for one in rows if one["n"] == n and np.isfinite(one[name])]


def _mean(rows: list[Row], name: str, n: int) -> float | None:
    values = _values(rows, name, n)
    return round(float(np.mean(values)), 4) if values else None


def _interval(rows: list[Row], name: str, n: int) -> tuple[float, float] | None:
    """95 % of the mean, drawn over tasks; nothing from one task."""
    values = [_values([one for one in rows if one["task"] == task], name, n) for task in {one["task"] for one in rows}]
    means = np.array([np.mean(one) for one in values if one])
    if len(means) < 2:
        return None
    drawn = np.random.default_rng(3).choice(means, (1000, len(means))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return round(float(low), 4), round(float(high), 4)


if __name__ == "__main__":
    main()

"""Scores counts by the scorer that outsiders use (``tools/score_crossings.py`` beside the measuring data), unchanged.

`against` compares two counters of one clip in pairs: the difference of their accuracies, with a 95 % bootstrap over stretches
of `STRETCH_S` of each line and direction, because both see the same easy and hard moments.
"""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

import numpy as np

from bench import data
from pantau.evaluate.accuracy import pair
from pantau.evaluate.truth import CALLED, group
from pantau.places import Line

TOLERANCE_S: Final = 1.0
STRETCH_S: Final = 2.0
DRAWS: Final = 2000

Row = Mapping[str, str | float]
"""One counted crossing: line, direction, class, t_s of the clip."""


Stretch = tuple[str, str, int]
"""Line, direction and number of a stretch of time."""

Times = dict[tuple[str, str, str], list[float]]
"""Moments by line, direction and class group."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The truth of one clip: its size, rate and frames, and the lines drawn on it."""

    clip: str
    size: tuple[int, int]
    fps: float
    lines: tuple[Line, ...]
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Count:
    """How a list of crossings compares with the truth."""

    accuracy: float
    interval: tuple[float, float]
    truth: int
    missed: int
    over: int
    lines: Mapping[str, Mapping[str, int]]


def labels(clip: str) -> Labels:
    """The label file of a clip."""
    raw = json.loads((data.data_folder() / "labels" / f"{clip}.json").read_text("utf-8"))
    width, height = raw["size"]
    lines = tuple(
        Line(
            id=line["id"],
            camera=clip,
            name=line["id"],
            start=(line["start"][0] / width, line["start"][1] / height),
            end=(line["end"][0] / width, line["end"][1] / height),
        )
        for line in raw["lines"]
    )
    return Labels(clip, (width, height), float(raw["fps"]), lines, raw)


def count(truth: Labels, rows: Sequence[Row]) -> Count:
    """The scorer's verdict on `rows`."""
    verdict = _scorer()(truth.raw, list(rows), truth.fps, TOLERANCE_S)
    low, high = verdict["interval"]
    return Count(
        verdict["accuracy"], (low, high), verdict["truth"], verdict["missed"], verdict["over"], verdict["lines"]
    )


def against(truth: Labels, ours: Sequence[Row], theirs: Sequence[Row]) -> tuple[float, float]:
    """95 % interval of our accuracy less theirs; better means that it lies above 0."""
    (true, mine), (_, other) = (_stretches(truth, rows) for rows in (ours, theirs))
    names = sorted({*true, *mine, *other})
    n = np.array([true.get(name, 0) for name in names], np.float64)
    gain = np.array([mine.get(name, 0) - other.get(name, 0) for name in names], np.float64)
    drawn = np.random.default_rng(0).integers(0, len(names), (DRAWS, len(names)))
    shares = gain[drawn].sum(axis=1) / np.maximum(n[drawn].sum(axis=1), 1)
    low, high = np.quantile(shares, (0.025, 0.975))
    return round(float(low), 4), round(float(high), 4)


def disagreements(truth: Labels, rows: Sequence[Row]) -> list[tuple[str, str, str, float]]:
    """(missed or over, line, direction, seconds of the clip) of what the two sides do not share."""
    happened, said = _crossings(truth), _counted(rows)
    out = []
    for line, direction, kind in sorted({*happened, *said}):
        there, mine = happened.get((line, direction, kind), []), said.get((line, direction, kind), [])
        right = pair(there, mine, TOLERANCE_S)
        out += [("missed", line, direction, t) for i, t in enumerate(there) if i not in {a for a, _ in right}]
        out += [("over", line, direction, t) for j, t in enumerate(mine) if j not in {b for _, b in right}]
    return out


def _stretches(truth: Labels, rows: Sequence[Row]) -> tuple[Counter[Stretch], Counter[Stretch]]:
    """True crossings of each stretch, and crossings that are right less those that are not."""
    true: Counter[Stretch] = Counter()
    for (line, direction, _), times in _crossings(truth).items():
        true.update((line, direction, int(t // STRETCH_S)) for t in times)
    net = true.copy()
    for _, line, direction, t in disagreements(truth, rows):
        net[line, direction, int(t // STRETCH_S)] -= 1
    return true, net


def _crossings(truth: Labels) -> Times:
    return _times(
        (line["id"], c["direction"], str(c["class"]), (c["frame"] - 1) / truth.fps)
        for line in truth.raw["lines"]
        for c in line["crossings"]
    )


def _counted(rows: Sequence[Row]) -> Times:
    return _times((str(r["line"]), str(r["direction"]), str(r["class"]), float(r["t_s"])) for r in rows)


def _times(crossings: Iterable[tuple[str, str, str, float]]) -> Times:
    """Moments by line, direction and class group."""
    out: Times = {}
    for line, direction, name, t_s in crossings:
        out.setdefault((line, direction, group(CALLED.get(name, name))), []).append(t_s)
    return out


@cache
def _scorer() -> Callable[[Mapping[str, Any], list[Row], float, float], dict[str, Any]]:
    path = data.data_folder().parent / "tools" / "score_crossings.py"
    spec = importlib.util.spec_from_file_location("score_crossings", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("Callable[[Mapping[str, Any], list[Row], float, float], dict[str, Any]]", module.score)

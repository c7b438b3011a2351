"""Scores counts by the scorer that outsiders use (``tools/score_crossings.py`` beside the measuring data), unchanged."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

from bench import data
from pantau.types import Line

TOLERANCE_S: Final = 1.0

Row = Mapping[str, str | float]
"""One counted crossing: line, direction, class, t_s of the clip."""


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


@cache
def _scorer() -> Callable[[Mapping[str, Any], list[Row], float, float], dict[str, Any]]:
    path = data.data_folder().parent / "tools" / "score_crossings.py"
    spec = importlib.util.spec_from_file_location("score_crossings", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("Callable[[Mapping[str, Any], list[Row], float, float], dict[str, Any]]", module.score)

"""Our label JSON: a clip's lines in pixels, each with the crossings that a person saw, as `pantau label` writes it.

The lines must lie where the camera's are: a truth of another line is no truth. A line may say in which stretch of the
clip all of its crossings were labelled (``"labelled": [from_s, to_s]``); only there is it scored. ``null`` says that it was
labelled nowhere, and a file that says nothing was labelled whole. A stretch that reaches to an end of the clip
is open there: nothing is beyond.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from math import inf
from typing import Final

import numpy as np

from pantau.errors import DataError
from pantau.evaluate.truth import Mark, Recording, Truth
from pantau.places import local_id

WHOLE: Final = (-inf, inf)
MOVED: Final = 0.02
"""Fraction of the picture by which an end of a line may differ from the label's."""


def read_labels(text: str, recording: Recording) -> Truth:
    """The crossings of a label file.

    Raises:
        DataError: it has another shape, another size than the clip's shape, or names what the camera has not.
    """
    try:
        labels = json.loads(text)
        fps = float(labels.get("fps") or recording.fps)
        width, height = (float(v) for v in labels["size"])
        entries = [
            (str(line["id"]), line["start"], line["end"], list(line.get("crossings", ())), line.get("labelled", WHOLE))
            for line in labels["lines"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{recording.file}: expected label JSON with size [w, h] and lines (id, start, end, crossings): {error!r}"
        ) from error
    if not fps > 0 or not width > 0 or not height > 0:
        raise DataError(f"{recording.file}: expected fps and size above 0, got {fps} and {width:g}x{height:g}")
    marks: list[Mark] = []
    lines: set[str] = set()
    stretches: dict[str, tuple[float, float]] = {}
    for name, start, end, crossings, labelled in entries:
        line = recording.line(name, "lines")
        if line.id in lines:
            raise DataError(f"{recording.file}: line {name!r} is there twice; every crossing would count twice")
        lines.add(line.id)
        stretches[line.id] = _stretch(labelled, name, recording)
        drawn = np.array([start, end], np.float64) / (width, height)
        if drawn.shape != (2, 2) or np.abs(drawn - [line.start, line.end]).max() > MOVED:
            raise DataError(
                f"{recording.file}: line {name!r} was labelled at {np.round(drawn, 3).tolist()}, the camera has it at "
                f"{[line.start, line.end]} (fractions of the picture); label it where it is"
            )
        marks += [
            _mark(entry, line.id, f"line {name!r}, crossing {n}", fps, recording)
            for n, entry in enumerate(crossings, 1)
        ]
    lines -= {line for line, (from_s, to_s) in stretches.items() if from_s >= to_s}
    marks = [mark for mark in marks if mark.line in lines]
    truth = Truth(kind="labels", lines=frozenset(lines), marks=tuple(marks), stretches=stretches)
    return replace(truth, notes=tuple(_notes(truth, recording)))


def _stretch(labelled: object, name: str, recording: Recording) -> tuple[float, float]:
    """Seconds from and to which everything was labelled; infinite at an end of the clip, and empty for ``null``."""
    if labelled is None:
        return 0.0, 0.0
    try:
        from_s, to_s = (float(v) for v in labelled)  # type: ignore[attr-defined]  # what is no pair is told below
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{recording.file}: line {name!r}: expected labelled [from_s, to_s], got {labelled!r}"
        ) from error
    if not from_s <= to_s:
        raise DataError(f"{recording.file}: line {name!r}: expected labelled from ≤ to, got {labelled!r}")
    slack_s = 1.5 / recording.fps
    end_s = inf if recording.frames is None else recording.frames / recording.fps
    if from_s < to_s:
        from_s, to_s = (-inf if from_s <= slack_s else from_s), (inf if to_s >= end_s - slack_s else to_s)
    return from_s, to_s


def _notes(truth: Truth, recording: Recording) -> Iterator[str]:
    """What is scored of each line that was labelled for a stretch only, and how many crossings lie outside."""
    for line in recording.camera.lines:
        from_s, to_s = truth.stretches.get(line.id, WHOLE)
        if line.id not in truth.lines or (from_s, to_s) == WHOLE:
            continue
        ends = "the start" if from_s == -inf else f"{from_s:.1f} s", "the end" if to_s == inf else f"{to_s:.1f} s"
        outside = sum(mark.line == line.id and not truth.watched(mark) for mark in truth.marks)
        left = f"; {outside} labelled crossings outside are not scored" if outside else ""
        yield f"line {local_id(line.id)} was labelled from {ends[0]} to {ends[1]}: only this is scored{left}"


def _mark(entry: object, line: str, where: str, fps: float, recording: Recording) -> Mark:
    if not isinstance(entry, dict) or not {"direction", "class"} <= set(entry) or not {"frame", "t_s"} & set(entry):
        raise DataError(f"{recording.file}: {where}: expected frame (or t_s), direction and class, got {entry!r}")
    place = next(one for one in recording.camera.lines if one.id == line)
    try:
        frame = recording.frame(float(entry["frame"]), where) if "frame" in entry else 1
        t_s = float(entry["t_s"]) if "t_s" in entry else (frame - 1) / fps  # the picture's own time knows uneven rates
    except (TypeError, ValueError) as error:
        raise DataError(f"{recording.file}: {where}: frame or t_s is not a number: {entry!r}") from error
    direction = recording.direction(str(entry["direction"]), place, where)
    return Mark(line, direction, recording.road_user(str(entry["class"]), where), recording.moment(t_s, where))

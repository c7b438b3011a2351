"""Our label JSON: a clip's lines in pixels, each with the crossings that a person saw.

The lines must lie where the camera's are: a truth of another line is no truth.
"""

from __future__ import annotations

import json
from typing import Final

import numpy as np

from pantau.errors import DataError
from pantau.evaluate.truth import Mark, Recording, Truth

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
            (str(line["id"]), line["start"], line["end"], list(line.get("crossings", ()))) for line in labels["lines"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{recording.file}: expected label JSON with size [w, h] and lines (id, start, end, crossings): {error!r}"
        ) from error
    if not fps > 0 or not width > 0 or not height > 0:
        raise DataError(f"{recording.file}: expected fps and size above 0, got {fps} and {width:g}x{height:g}")
    marks: list[Mark] = []
    lines: set[str] = set()
    for name, start, end, crossings in entries:
        line = recording.line(name, "lines")
        if line.id in lines:
            raise DataError(f"{recording.file}: line {name!r} is there twice; every crossing would count twice")
        lines.add(line.id)
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
    return Truth(kind="labels", lines=frozenset(lines), marks=tuple(marks))


def _mark(entry: object, line: str, where: str, fps: float, recording: Recording) -> Mark:
    if not isinstance(entry, dict) or not {"direction", "class"} <= set(entry) or not {"frame", "t_s"} & set(entry):
        raise DataError(f"{recording.file}: {where}: expected frame (or t_s), direction and class, got {entry!r}")
    place = next(one for one in recording.camera.lines if one.id == line)
    try:
        frame = float(entry["frame"]) if "frame" in entry else None
        t_s = float(entry["t_s"]) if frame is None else (recording.frame(frame, where) - 1) / fps
    except (TypeError, ValueError) as error:
        raise DataError(f"{recording.file}: {where}: frame or t_s is not a number: {entry!r}") from error
    direction = recording.direction(str(entry["direction"]), place, where)
    return Mark(line, direction, recording.road_user(str(entry["class"]), where), recording.moment(t_s, where))

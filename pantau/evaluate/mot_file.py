"""MOTChallenge ground truth: true boxes of every frame, out of which crossings are made.

A line is ``frame, id, left, top, width, height, flag, …``. Files of ten columns (MOT15) hold people only; those of nine
(MOT16 and later) have a class in the eighth column. Rows with flag 0 are marked as not to be judged and are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from pantau.errors import DataError
from pantau.evaluate.box_crossings import crossings_of_boxes
from pantau.evaluate.truth import Boxed, Recording, Truth, group

CLASS_NUMBERS: Final[Mapping[int, str]] = MappingProxyType(
    {1: "person", 3: "car", 4: "bicycle", 5: "motorcycle", 7: "person"}
)
"""Eighth column of MOT16 and later; other numbers are things that are not counted."""


def read_mot_truth(lines: Iterable[str], recording: Recording) -> Truth:
    """Boxes and the crossings they make.

    Raises:
        DataError: a row is not numbers, a box is not finite or has no area, a frame is beyond the clip, an id is twice
            in a frame.
    """
    frames: dict[int, dict[int, tuple[list[float], str]]] = {}
    others = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"row {number}"
        frame, track, box, name = _row(line, where, recording)
        if not name:
            others += 1
            continue
        seen = frames.setdefault(frame, {})
        if track in seen:
            raise DataError(f"{recording.file}: {where}: id {track} is twice in frame {frame}")
        seen[track] = box, name
    boxes = {
        frame: Boxed(
            np.array(list(seen), np.int64),
            np.array([box for box, _ in seen.values()], np.float64),
            tuple(name for _, name in seen.values()),
        )
        for frame, seen in frames.items()
    }
    marks = sorted(crossings_of_boxes(boxes, recording), key=lambda m: (m.t_s, m.line))
    groups = frozenset(group(name) for one in boxes.values() for name in one.road_users)
    notes = [f"crossings were made of the boxes' ground points; only {', '.join(sorted(groups))} were labelled"]
    if others:
        notes.append(f"{others} boxes are marked as not to be judged and were left out")
    return Truth(
        kind="mot",
        lines=frozenset(line.id for line in recording.camera.lines),
        groups=groups,
        marks=tuple(marks),
        boxes=boxes,
        notes=tuple(notes),
    )


def _row(line: str, where: str, recording: Recording) -> tuple[int, int, list[float], str]:
    """Frame, id, xyxy, class; no class for what is not judged."""
    try:
        values = [float(v) for v in line.split(",")]
    except ValueError:
        values = []
    if len(values) < 6:
        raise DataError(
            f"{recording.file}: {where}: expected frame, id, left, top, width, height, flag, …, got {line.strip()[:80]!r}"
        )
    if not all(map(math.isfinite, values[:6])):
        raise DataError(f"{recording.file}: {where}: expected a box of finite numbers, got {line.strip()[:80]!r}")
    frame, (left, top, width, height) = recording.frame(values[0], where), values[2:6]
    if width <= 0 or height <= 0:
        raise DataError(f"{recording.file}: {where}: the box is {width:g}x{height:g} pixels; expected an area")
    if values[1] != int(values[1]) or values[1] < 0:
        raise DataError(
            f"{recording.file}: {where}: expected an id of 0 or more, got {values[1]:g}; is this detections?"
        )
    judged = len(values) < 7 or values[6] != 0
    name = CLASS_NUMBERS.get(int(values[7]), "") if len(values) == 9 and math.isfinite(values[7]) else "person"
    return frame, int(values[1]), [left, top, left + width, top + height], name if judged else ""

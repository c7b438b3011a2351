"""Crossings out of true boxes: where the ground point of one identity passes a line for good.

A passage counts when the ground point gets from one side of the line to the other and stays there: it must be `BAND` box
sizes √(w·h) clear of the line on either side, so that someone who stands on a line and sways does not cross it ten times.
The moment is where the path meets the line, between two boxes; an identity without boxes for a while is taken to have
walked straight. A path that meets the line's extension beyond its ends crosses nothing.

This is not the counter of `pantau.measure`: a truth that is made by the rule it judges would prove nothing. It sees
every frame and never settles early.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.evaluate.truth import Boxed, Mark, Recording
from pantau.geometry import along_line, side_of_line
from pantau.places import DIRECTIONS, Line

Floats = npt.NDArray[np.float64]

BAND: Final = 0.05
"""Box sizes from a line within which a side is not certain."""


def crossings_of_boxes(boxes: Mapping[int, Boxed], recording: Recording) -> Iterator[Mark]:
    """The crossings of every identity over every line of the camera."""
    paths: dict[int, list[tuple[float, float, float, float]]] = {}
    names: dict[int, str] = {}
    for frame in sorted(boxes):
        one = boxes[frame]
        for track, (x1, y1, x2, y2), name in zip(one.ids.tolist(), one.xyxy.tolist(), one.road_users, strict=True):
            size = max(float(np.sqrt(max(x2 - x1, 0.0) * max(y2 - y1, 0.0))), 1e-6)
            paths.setdefault(track, []).append((recording.second_of(frame), (x1 + x2) / 2, y2, size))
            names[track] = name
    for track, path in paths.items():
        rows = np.array(path)
        for line in recording.camera.lines:
            for direction, t_s in _passes(rows, line, recording.size):
                yield Mark(line.id, DIRECTIONS[direction], names[track], t_s)


def _passes(rows: Floats, line: Line, size: tuple[int, int]) -> Iterator[tuple[int, float]]:
    """(0 forward or 1 backward, seconds) of every passage of one path (t, x, y, box size) over one line."""
    start, end = np.array(line.start) * size, np.array(line.end) * size
    distance = side_of_line(rows[:, 1:3], start, end)
    along = along_line(rows[:, 1:3], start, end)
    certain = np.flatnonzero(np.abs(distance) >= BAND * rows[:, 3])
    for a, b in pairwise(certain):
        if distance[a] * distance[b] > 0:
            continue
        steps = np.flatnonzero(distance[a:b] * distance[a + 1 : b + 1] <= 0) + a
        last = int(steps[-1])
        span = distance[last] - distance[last + 1]
        share = float(distance[last] / span) if span else 0.0
        where = along[last] + share * (along[last + 1] - along[last])
        if 0 <= where <= 1:
            yield int(distance[b] < 0), float(rows[last, 0] + share * (rows[last + 1, 0] - rows[last, 0]))

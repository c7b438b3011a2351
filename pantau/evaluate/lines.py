"""Counting lines that can't be told apart: the same passage would count on both, so a truth for one is one for the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

import numpy as np

from pantau.places import Line, Point, local_id

CLOSE: Final = 0.01
"""Fraction of the picture within which two ends are the same place."""


def line_faults(lines: Sequence[Line]) -> Iterator[str]:
    """A sentence for each pair of lines that are the same, lie on one another or cross."""
    for a, b in combinations(lines, 2):
        names = f"lines {local_id(a.id)} and {local_id(b.id)}"
        if (_near(a.start, b.start) and _near(a.end, b.end)) or (_near(a.start, b.end) and _near(a.end, b.start)):
            yield f"{names} are the same line; every passage counts on both"
        elif _on_one_another(a, b):
            yield f"{names} lie on one another; who passes there counts on both"
        elif _cross(a, b):
            yield f"{names} cross; who passes where they meet counts on both"


def _near(p: Point, q: Point) -> bool:
    return bool(np.hypot(p[0] - q[0], p[1] - q[1]) <= CLOSE)


def _on_one_another(a: Line, b: Line) -> bool:
    """Whether they share a stretch of more than `CLOSE`."""
    start, end = np.asarray(a.start), np.asarray(a.end)
    length = float(np.hypot(*(end - start)))
    along = (end - start) / length
    normal = np.array([-along[1], along[0]])
    offsets = np.asarray([b.start, b.end]) - start
    if np.abs(offsets @ normal).max() > CLOSE:
        return False
    reach = sorted(offsets @ along)
    return bool(min(reach[1], length) - max(reach[0], 0.0) > CLOSE)


def _cross(a: Line, b: Line) -> bool:
    return _turn(a.start, a.end, b.start) * _turn(a.start, a.end, b.end) < 0 and (
        _turn(b.start, b.end, a.start) * _turn(b.start, b.end, a.end) < 0
    )


def _turn(p: Point, q: Point, r: Point) -> float:
    return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

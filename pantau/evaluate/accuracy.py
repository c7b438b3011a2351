"""How many crossings are right: accuracy = (truth - missed - over) / truth, with an interval and the net error beside it.

A counted crossing matches at most one true crossing of the same line, direction and class group within ± `tolerance_s`;
the assignment is the one with most matches and least distance in time (Kuhn 1955). Accuracy may be below 0: a counter
that counts everything twice and misses half is worse than none. The interval is the percentile bootstrap (Efron 1979)
over true crossings and false ones, 2000 draws from a fixed seed, so that the same files give the same figures.

The **net error** |truth - counted|, summed over lines and directions, ÷ truth, lets misses cancel false ones. It stands
beside the accuracy and never instead of it. Where only sums over stretches of time are known, missed and over are the
differences of each stretch, and the bootstrap draws stretches; a miss and a false one in the same stretch cancel unseen,
which the result says (`Row.summed`).

Where a line was watched for a stretch only, true crossings in it are scored. A crossing at the edge of the stretch may be
counted just beyond it and the other way round, so both sides are matched up to `tolerance_s` beyond, and what was counted
without a partner is false only where its partner could not lie outside: `tolerance_s` within. Rejected: cutting both
sides at the edge (one crossing there would be a miss or a false count, as the clocks fall).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from pantau.evaluate.truth import FOUR_WHEELER, Mark, Tally, Truth, group
from pantau.places import DIRECTIONS, Direction
from pantau.types import CLASSES

TOLERANCE_S: Final = 1.0
DRAWS: Final = 2000
FEWEST: Final = 5
"""Stretches of time below which an interval from sums would be made up."""
THRESHOLDS: Final[Mapping[str, float]] = {"car": 0.90, FOUR_WHEELER: 0.90}
"""Accuracy below which a class is flagged; `THRESHOLD` for the others."""
THRESHOLD: Final = 0.80
ALL: Final = ""
"""In a row: all lines, both directions or all classes together."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of results.

    Args:
        line: place id, or `ALL`.
        direction: or `ALL` for both.
        road_user: a class, ``four-wheeler``, or `ALL`.
        truth: true crossings (n).
        counted: crossings that were counted.
        interval: of the accuracy, 95 %.
        net_error: summed differences ÷ truth.
        summed: whether only sums over stretches were compared.
    """

    line: str
    direction: str
    road_user: str
    truth: int
    counted: int
    missed: int
    over: int
    interval: tuple[float, float]
    net_error: float
    summed: bool = False

    @property
    def accuracy(self) -> float | None:
        """(truth - missed - over) / truth; nothing where nothing was to be counted."""
        return (self.truth - self.missed - self.over) / self.truth if self.truth else None

    @property
    def flagged(self) -> bool:
        """Whether it is less accurate than its class must be."""
        return self.accuracy is not None and self.accuracy < threshold(self.road_user)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A crossing that only one side has: ``missed`` by the counter, or counted ``over``."""

    kind: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Score:
    """All rows, the pooled one first, and what the two sides do not agree on, in order of time."""

    rows: tuple[Row, ...]
    disagreements: tuple[Disagreement, ...] = ()

    @property
    def pooled(self) -> Row:
        """All lines, directions and classes together, matched in class groups."""
        return self.rows[0]


def threshold(road_user: str) -> float:
    """The accuracy that a class must have."""
    return THRESHOLDS.get(road_user, THRESHOLD)


@dataclass(frozen=True, slots=True)
class _Cell:
    """One line, direction and class (or group): what matched, what did not; for sums one cell per stretch of time."""

    line: str
    direction: Direction
    road_user: str
    truth: int
    counted: int
    hits: int


def score(truth: Truth, counted: Sequence[Mark], tolerance_s: float = TOLERANCE_S) -> Score:
    """Compare what was counted with what happened."""
    covered = [mark for mark in counted if truth.covers(mark)]
    if truth.kind == "sums":
        groups = _summed(truth.tallies, covered, group)
        classes = _summed(truth.tallies, covered, str)
        return Score(tuple(_rows(groups, classes, summed=True)))
    near = [mark for mark in covered if truth.watched(mark, -tolerance_s)]
    groups, disagreements = _matched(truth, near, tolerance_s, grouped=True)
    classes, _ = _matched(truth, near, tolerance_s, grouped=False)
    return Score(tuple(_rows(groups, classes, summed=False)), tuple(sorted(disagreements, key=_when)))


def _when(one: Disagreement) -> tuple[float, str, str]:
    return one.mark.t_s, one.mark.line, one.kind


def pair(true_s: Sequence[float], counted_s: Sequence[float], tolerance_s: float) -> list[tuple[int, int]]:
    """Which true moment belongs to which counted one: most pairs within the tolerance, then least distance."""
    if not true_s or not counted_s:
        return []
    gaps = np.abs(np.asarray(true_s, np.float64)[:, None] - np.asarray(counted_s, np.float64)[None, :])
    cost = np.where(gaps <= tolerance_s, gaps, 1e6)
    rows, columns = linear_sum_assignment(cost)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if cost[i, j] < 1e6]


def _matched(
    truth: Truth, counted: Sequence[Mark], tolerance_s: float, *, grouped: bool
) -> tuple[list[_Cell], list[Disagreement]]:
    def key(mark: Mark) -> tuple[str, Direction, str]:
        return mark.line, mark.direction, group(mark.road_user) if grouped else mark.road_user

    sides: dict[tuple[str, Direction, str], tuple[list[Mark], list[Mark]]] = {}
    for number, marks in enumerate((truth.marks, counted)):
        for mark in marks:
            sides.setdefault(key(mark), ([], []))[number].append(mark)
    cells, apart = [], []
    for where, (happened, said) in sorted(sides.items()):
        pairs = pair([m.t_s for m in happened], [m.t_s for m in said], tolerance_s)
        found, right = {i for i, _ in pairs}, {j for _, j in pairs}
        missed = [m for i, m in enumerate(happened) if i not in found and truth.watched(m)]
        over = [m for j, m in enumerate(said) if j not in right and truth.watched(m, tolerance_s)]
        hits = sum(truth.watched(happened[i]) for i in found)
        if hits or missed or over:
            cells.append(_Cell(*where, hits + len(missed), hits + len(over), hits))
        apart += [Disagreement("missed", m) for m in missed] + [Disagreement("over", m) for m in over]
    return cells, apart


def _summed(tallies: Sequence[Tally], counted: Sequence[Mark], call: Callable[[str], str]) -> list[_Cell]:
    """One cell per stretch; classes that are called the same are added up before they are compared."""
    happened: dict[tuple[str, Direction, str, float, float], int] = {}
    for t in tallies:
        key = t.line, t.direction, call(t.road_user), t.start_s, t.end_s
        happened[key] = happened.get(key, 0) + t.n
    cells = []
    for (line, direction, road_user, start_s, end_s), n in sorted(happened.items()):
        said = sum(
            m.line == line and m.direction == direction and call(m.road_user) == road_user and start_s <= m.t_s < end_s
            for m in counted
        )
        cells.append(_Cell(line, direction, road_user, n, said, min(n, said)))
    return cells


def _rows(groups: Sequence[_Cell], classes: Sequence[_Cell], *, summed: bool) -> Iterable[Row]:
    """Pooled; each class group and class over all lines; then each line and direction."""
    yield _row((ALL, ALL, ALL), groups, summed=summed)
    named = [(FOUR_WHEELER, groups)] if any(c.road_user == FOUR_WHEELER for c in groups) else []
    present = {c.road_user for c in classes}
    named += [(name, classes) for name in CLASSES if name in present]
    lines = sorted({c.line for c in groups})
    for line in (ALL, *lines):
        for direction in (ALL, *DIRECTIONS):
            for name, cells in named:
                chosen = [
                    c
                    for c in cells
                    if c.road_user == name and line in (ALL, c.line) and direction in (ALL, c.direction)
                ]
                if chosen:
                    yield _row((line, direction, name), chosen, summed=summed)


def _row(name: tuple[str, str, str], cells: Sequence[_Cell], *, summed: bool) -> Row:
    truth, counted, hits = (sum(getattr(c, what) for c in cells) for what in ("truth", "counted", "hits"))
    net: dict[tuple[str, str], int] = {}
    for c in cells:
        net[c.line, c.direction] = net.get((c.line, c.direction), 0) + c.truth - c.counted
    missed, over = truth - hits, counted - hits
    interval = _interval_of_sums(cells) if summed else _interval(hits, missed, over)
    error = sum(map(abs, net.values())) / truth if truth else 0.0
    return Row(*name, truth, counted, missed, over, interval, error, summed)


@lru_cache(maxsize=1024)
def _interval(hits: int, missed: int, over: int) -> tuple[float, float]:
    """95 % percentile bootstrap of the accuracy, at most 1; the draws are those of the bench's scorer."""
    pool, truth = [1] * hits + [0] * missed + [-1] * over, hits + missed
    if not truth:
        return 0.0, 0.0
    rng = random.Random(0)  # noqa: S311  # a bootstrap, no secret
    draws = sorted(sum(rng.choice(pool) for _ in pool) / truth for _ in range(DRAWS))
    return draws[int(0.025 * DRAWS)], min(1.0, draws[int(0.975 * DRAWS) - 1])


def _interval_of_sums(cells: Sequence[_Cell]) -> tuple[float, float]:
    """95 % percentile bootstrap over stretches of time."""
    truth = np.array([c.truth for c in cells], np.float64)
    wrong = np.array([c.truth + c.counted - 2 * c.hits for c in cells], np.float64)
    if not truth.sum():
        return 0.0, 0.0
    if len(cells) < FEWEST:
        return 0.0, 1.0  # drawing from so few says nothing
    drawn = np.random.default_rng(0).integers(0, len(cells), (DRAWS, len(cells)))
    totals = truth[drawn].sum(axis=1)
    values = 1 - wrong[drawn].sum(axis=1)[totals > 0] / totals[totals > 0]
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(min(1.0, high))

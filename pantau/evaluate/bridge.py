"""By how much a series will jump when its detector is changed: the bridge ratio, new ÷ old on the same pictures.

Two detectors that looked at the same samples at the same time give pairs of counts, a `Stretch` of time each. The ratio of a
line, direction and class is Σ new ÷ Σ old over all stretches (a ratio of sums: no mean of ratios, which quiet hours would
rule). Its 95 % interval is the percentile bootstrap (Efron 1979) over whole blocks of time, old and new drawn together: an
hour's counts depend on each other, and on the light. A block is the longest of an hour, ten minutes and a stretch of which
there are `FEWEST`; with fewer there is no interval, because it would be made up.

``both`` is how many crossings the two agree on, one by one (`pantau.evaluate.accuracy.pair`): a ratio of 1 may hide that each
counts what the other misses. In zones it is the mean number inside that is compared, and nothing is paired.

A stretch of which fewer than `WHOLE` of the samples were seen is left out: with holes between samples both lose road users, and
not equally many. Where there are only such stretches they are taken, and the result says so (`Bridge.thin`). Who counts with
another old detector is another bridge: ratios of different pairs are never pooled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.errors import DataError
from pantau.places import NO_DIRECTION, Direction
from pantau.types import CLASSES, require_utc

WHOLE: Final = 0.9
"""Share of the samples that must have been seen of a stretch."""
FEWEST: Final = 10
"""Blocks of time from which an interval is given."""
BLOCKS_S: Final = (3600.0, 600.0, 0.0)
ENOUGH: Final = 30
"""Old counts below which a ratio says little."""
DRAWS: Final = 2000
ALL: Final = ""
VEHICLE: Final = "vehicle"
"""In a row or a zone: every class but people together."""
PERSON: Final = CLASSES[0]

Array = npt.NDArray[np.float64]
Name = tuple[str, int, str, str]


@dataclass(frozen=True, slots=True)
class Cell:
    """What two detectors counted of one class at one place in one stretch.

    Args:
        place, revision, direction: the line's; a zone has no direction.
        road_user: a class; in zones ``person`` or ``vehicle``.
        old, new: crossings, or the mean number inside a zone.
        both: crossings that both counted, within a second.
    """

    place: str
    revision: int
    direction: Direction
    road_user: str
    old: float
    new: float
    both: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Both counts over `length_s` seconds from `start` (UTC), on the `seen` of `given` samples of a camera.

    `old` and `new` name the detectors with their settings. Cells in which both counted nothing are left out.
    """

    camera: str
    start: datetime
    length_s: float
    old: str
    new: str
    given: int
    seen: int
    cadence_s: float
    cells: tuple[Cell, ...] = ()

    @property
    def share(self) -> float:
        """Of the samples, how many were seen by both."""
        return self.seen / self.given if self.given else 0.0

    @property
    def watched_s(self) -> float:
        """Seconds that both watched."""
        return self.seen * self.cadence_s

    def line(self) -> str:
        """As a line of JSON."""
        cells = [[c.place, c.revision, c.direction, c.road_user, c.old, c.new, c.both] for c in self.cells]
        return json.dumps(asdict(self) | {"start": require_utc(self.start).isoformat(), "cells": cells})


def read_stretch(line: str) -> Stretch:
    """The stretch that `Stretch.line` wrote.

    Raises:
        DataError: it is none.
    """
    try:
        told = json.loads(line)
        cells = tuple(Cell(*cell) for cell in told.pop("cells"))
        return Stretch(**told | {"start": datetime.fromisoformat(told["start"]), "cells": cells})
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"expected a line of JSON with both counts of a stretch of time, got {line[:60]!r}") from error


@dataclass(frozen=True, slots=True)
class Row:
    """One ratio; `ALL` stands for all lines, both directions, or all classes.

    Args:
        place, revision, direction, road_user: whose; a zone has no direction and is no pool.
        inside: whether it is the mean number inside a zone instead of crossings.
        old, new: counts, or seconds-weighted means inside.
        both: crossings that both counted.
        interval: of the ratio, 95 %; nothing where too few blocks or no old counts are there.
    """

    place: str
    revision: int
    direction: str
    road_user: str
    inside: bool
    old: float
    new: float
    both: int
    interval: tuple[float, float] | None

    @property
    def ratio(self) -> float | None:
        """New ÷ old; nothing where the old one counted nothing."""
        return self.new / self.old if self.old else None

    @property
    def few(self) -> bool:
        """Whether it rests on too few crossings."""
        return not self.inside and self.old < ENOUGH


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """From one detector to another.

    Args:
        old, new: their methods.
        cameras: compared, by id.
        start, end: of the first and the last stretch.
        watched_s: seconds compared, summed over cameras.
        left_out_s: seconds of stretches with too many holes.
        share: of all samples of these cameras' turns, how many both saw.
        thin: there were only stretches with too many holes: what both counted on the rest.
        block_s: length of the blocks that the intervals are drawn from; 0: a stretch.
        rows: pooled ones first.
    """

    old: str
    new: str
    cameras: tuple[str, ...]
    start: datetime
    end: datetime
    watched_s: float
    left_out_s: float
    share: float
    thin: bool
    block_s: float
    rows: tuple[Row, ...]


def bridges(stretches: Iterable[Stretch]) -> tuple[Bridge, ...]:
    """A bridge for each pair of detectors that was compared, the one watched longest first."""
    pairs: dict[tuple[str, str], list[Stretch]] = {}
    for one in stretches:
        if one.seen:
            pairs.setdefault((one.old, one.new), []).append(one)
    return tuple(sorted((_bridge(found) for found in pairs.values()), key=lambda b: (-b.watched_s, b.old, b.new)))


def _bridge(stretches: Sequence[Stretch]) -> Bridge:
    whole = [one for one in stretches if one.share >= WHOLE]
    taken = whole or list(stretches)
    block_s, blocks = _blocks(taken)
    return Bridge(
        old=taken[0].old,
        new=taken[0].new,
        cameras=tuple(sorted({one.camera for one in taken})),
        start=min(one.start for one in taken),
        end=max(one.start for one in taken),
        watched_s=sum(one.watched_s for one in taken),
        left_out_s=sum(one.watched_s for one in stretches) - sum(one.watched_s for one in taken),
        share=sum(one.seen for one in stretches) / sum(one.given for one in stretches),
        thin=not whole,
        block_s=block_s,
        rows=_rows(blocks),
    )


def _blocks(stretches: Sequence[Stretch]) -> tuple[float, list[list[Stretch]]]:
    """Stretches in blocks of the longest of `BLOCKS_S` of which there are enough."""
    for block_s in BLOCKS_S:
        found: dict[object, list[Stretch]] = {}
        for one in stretches:
            at = one.start.astimezone(UTC).timestamp()
            found.setdefault(at // block_s if block_s else (one.camera, at), []).append(one)
        if len(found) >= FEWEST or not block_s:
            return block_s, list(found.values())
    raise AssertionError  # the last block is always taken


def _rows(blocks: Sequence[Sequence[Stretch]]) -> tuple[Row, ...]:
    sums: dict[Name, Array] = {}
    inside: set[Name] = set()
    for number, block in enumerate(blocks):
        for one in block:
            for cell in one.cells:
                weight = one.watched_s if cell.direction == NO_DIRECTION else 1.0
                for name in _names(cell):
                    sums.setdefault(name, np.zeros((3, len(blocks))))[:, number] += (
                        weight * cell.old,
                        weight * cell.new,
                        cell.both,
                    )
                    if cell.direction == NO_DIRECTION:
                        inside.add(name)
    watched_s = sum(one.watched_s for block in blocks for one in block)
    single = {name[3] for name in sums if not name[0] and name[3] not in {ALL, PERSON, VEHICLE}}
    if len(single) < 2:  # the vehicles together say what their only class says
        sums.pop((ALL, 0, ALL, VEHICLE), None)
    return tuple(
        _row(name, of, inside=name in inside, watched_s=watched_s) for name, of in sorted(sums.items(), key=_order)
    )


def _names(cell: Cell) -> tuple[Name, ...]:
    """The rows that a cell is part of."""
    own: Name = (cell.place, cell.revision, cell.direction, cell.road_user)
    if cell.direction == NO_DIRECTION:
        return (own,)
    pools: list[Name] = [(ALL, 0, ALL, ALL), (ALL, 0, ALL, cell.road_user)]
    if cell.road_user != PERSON:
        pools.append((ALL, 0, ALL, VEHICLE))
    return (own, *pools)


def _order(item: tuple[Name, Array]) -> tuple[str, int, str, int]:
    place, revision, direction, road_user = item[0]
    known = (ALL, PERSON, VEHICLE, *CLASSES[1:])
    return place, revision, direction, known.index(road_user) if road_user in known else len(known)


def _row(name: Name, sums: Array, *, inside: bool, watched_s: float) -> Row:
    old, new, both = (float(total) for total in sums.sum(axis=1))
    over = watched_s if inside and watched_s else 1.0
    return Row(*name, inside, old / over, new / over, int(both), interval(sums[0], sums[1]))


def interval(old: Array, new: Array) -> tuple[float, float] | None:
    """95 % percentile bootstrap of Σ new ÷ Σ old over blocks (B,), drawn in pairs from a fixed seed."""
    blocks = len(old)
    if blocks < FEWEST or not old.sum():
        return None
    drawn = np.random.default_rng(0).multinomial(blocks, np.full(blocks, 1 / blocks), DRAWS)
    below, above = drawn @ old, drawn @ new
    low, high = np.quantile(above[below > 0] / below[below > 0], (0.025, 0.975))
    return float(low), float(high)

"""Person counts as the public gets them: sums of published cells, at every tier, of a place or of a group.

`pantau.serve.release.publication` says which hours are published. Days, months, both directions and groups are sums (of a mean: means, and of means
over places the sum) of those hours, as `pantau.serve.release.rule` demands. Quarters of an hour of people are not published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from pantau.serve.release.publication import HOUR_S, NOBODY, Asked, Publication, Told, grid, months_of
from pantau.serve.release.rule import BASE, Floats, Ints, State, states
from pantau.store.series import Series


@dataclass(frozen=True, slots=True)
class Column:
    """What the public gets of each bucket: a value only where its state is ``released``."""

    values: tuple[float | None, ...]
    states: tuple[State, ...]


class Cells:
    """Published person counts of one city."""

    def __init__(self, publication: Publication) -> None:
        self._publication = publication

    def column(self, asked: Sequence[Asked], series: Series, ends: Sequence[datetime], direction: str) -> Column:
        """What the public gets of each bucket of a series; ``held`` where it has not all been published yet.

        Args:
            asked: the place of the series, or those of a group, whose released cells are added.
            series: of the buckets.
            ends: of each of them.
            direction: one of the series', or ``both``.

        Raises:
            StoreError: the store or the control database failed.
        """
        if series.tier in {"minute", "quarter_hour"}:
            return all_of("wider", len(ends))
        laid = _laid(asked, series, ends)
        if laid is None:
            return all_of("held", len(ends))
        at, days, edges = laid.at, laid.days, laid.edges
        hours, wide, known = np.full(at.size, np.nan), np.full(len(ends), np.nan), np.ones(at.size, bool)
        for one, values, told in self._places(asked, laid, direction):
            hours, known = _plus(hours, values), known & told
            if series.tier != "hour":
                wide = _plus(wide, _sums(at, values, edges, mean=one.indicator.over_time == "mean"))
        cut = np.searchsorted(at, edges, side="left")
        if series.tier == "hour":
            pick = np.minimum(cut[:-1], at.size - 1)
            here = known[pick] & (at[pick] == edges[:-1])
            said = np.full(at.size, "held", dtype=object)
            mean = asked[0].indicator.over_time == "mean"  # no wider tier of a place is larger than its largest hour
            said[known] = states(hours[known], None if mean else days[known])
            return _column(hours[pick], np.where(here, said[pick], "held"))
        return _column(wide, np.where(laid.through(known), states(wide), "held"))

    def by_place(
        self, asked: Sequence[Asked], series: Series, ends: Sequence[datetime], direction: str
    ) -> Iterator[tuple[Asked, Floats]]:
        """What the public gets of each bucket of days or months of each place by itself, `BASE` where that is suppressed; NaN where nothing is published.

        Args:
            asked: places of a group, each of which counts while it is of the group.
            series: of the buckets.
            ends: of each of them.
            direction: one of the series', or ``both``.

        Raises:
            StoreError: the store or the control database failed.
        """
        laid = _laid(asked, series, ends)
        if laid is None:
            return
        for one, values, told in self._places(asked, laid, direction):
            wide = _sums(laid.at, values, laid.edges, mean=one.indicator.over_time == "mean")
            suppressed = states(wide) == "suppressed"
            yield one, np.where(laid.through(told), np.where(suppressed, float(BASE), wide), np.nan)

    def _places(
        self, asked: Sequence[Asked], laid: _Laid, direction: str
    ) -> Iterator[tuple[Asked, Floats, npt.NDArray[np.bool_]]]:
        """The released hours of each place while it is of the group, and which hours are told or are none of its."""
        names, published = laid.names, self._publication
        one_place = [published.told(asked[0], names)] if len(asked) == 1 else published.told_together(asked, names)
        for one, of_place in zip(asked, one_place, strict=True):
            values, told = _hours(one, names, of_place, one.told(direction))
            inside = one.of(laid.at, laid.last)
            yield one, np.where(inside, values, np.nan), told | ~inside


@dataclass(frozen=True, slots=True)
class _Laid:
    """The hours of the months that a series touches, and its buckets: start and local day of each hour, edges of the buckets, end of each hour's."""

    names: tuple[str, ...]
    at: Ints
    days: Ints
    edges: Ints
    last: Ints

    def through(self, known: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Of which buckets every hour is known."""
        cut = np.searchsorted(self.at, self.edges, side="left")
        whole = np.diff(np.concatenate([[0], np.cumsum(known)])[cut]) == np.diff(cut)
        return np.asarray(whole & (np.diff(cut) > 0) & (self.edges[1:] <= self.at[-1] + HOUR_S))


def _laid(asked: Sequence[Asked], series: Series, ends: Sequence[datetime]) -> _Laid | None:
    begin, finish = series.starts[0], min([ends[-1], *(one.now for one in asked)])
    names = tuple(months_of(series.timezone, begin, finish)) if begin < finish else ()
    if not names or not asked:
        return None
    grids = [grid(series.timezone, name) for name in names]
    at, days = np.concatenate([one.at for one in grids]), np.concatenate([one.days for one in grids])
    edges = np.array([*(s.timestamp() for s in series.starts), ends[-1].timestamp()]).astype(np.int64)
    return _Laid(names, at, days, edges, edges[np.minimum(np.searchsorted(edges, at, side="right"), edges.size - 1)])


def all_of(state: State, n: int) -> Column:
    """Every bucket in one state, without values."""
    return Column((None,) * n, (state,) * n)


def _column(values: Floats, said: npt.NDArray[np.object_]) -> Column:
    told = tuple(said.tolist())
    return Column(tuple(v if s == "released" else None for v, s in zip(values.tolist(), told, strict=True)), told)


def _hours(
    asked: Asked, names: Sequence[str], told: Mapping[str, Told], ways: Sequence[str]
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Of every hour of some months: the released value, the ways added up, NaN where nobody watched; and whether it is told."""
    values, known = [], []
    for name in names:
        size = grid(asked.timezone, name).at.size
        value, here = np.full(size, np.nan), np.zeros(size, bool)
        if name in told:
            n = told[name].through
            for way in ways:
                cells = told[name].cells[way]
                value[:n] = _plus(value[:n], np.where(cells == NOBODY, np.nan, cells))
            here[:n] = True
        values.append(value)
        known.append(here)
    return np.concatenate(values), np.concatenate(known)


def _plus(one: Floats, other: Floats) -> Floats:
    """The sum; of what is unknown in one, the other."""
    return np.where(np.isnan(one), other, np.where(np.isnan(other), one, one + other))


def _sums(at: Ints, values: Floats, edges: Ints, *, mean: bool) -> Floats:
    """Sum (or mean) of the told hours that begin in each bucket; NaN where none has a value."""
    seen = ~np.isnan(values)
    total = np.concatenate([[0.0], np.cumsum(np.where(seen, values, 0.0))])
    count = np.concatenate([[0], np.cumsum(seen)])
    cut = np.searchsorted(at, edges, side="left")
    sums, counts = np.diff(total[cut]), np.diff(count[cut])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(counts > 0, sums / counts if mean else sums, np.nan)

"""Days of a group's places now and a year before, place by place: only what was watched on both days and measured alike.

A sum over places is smaller where one was away, so two years of a large city can't be compared by their sums: some camera is always away.
What is compared here is each place with itself. A day of a place is matched with its earlier one where

- the place belonged to the group on both (a declared line: by the same way in),
- both days were watched (`covered`), and
- it is the same series: the same revision of the place, and the same direction.

Whether both were measured by one method is told of each and left to the reader. One statement answers for all places: a
question for each of 10,000 would take minutes. Who compares years of a city asks for some weeks of pairs at a time, because all at once take
gigabytes; the table lies by day, so that each day is read once all the same.
"""

# ruff: noqa: S608 -- what is put into a statement are names of the vocabulary, quoted; every value is a parameter

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pantau.places import DIRECTIONS, NO_DIRECTION
from pantau.store import queries
from pantau.store.groups import BELONGS, ELIGIBLE
from pantau.store.schema import quoted, table_of
from pantau.store.series import SeriesQuery
from pantau.store.tables import naive, staged, table
from pantau.vocabulary import indicator

Pair = tuple[tuple[datetime, datetime], tuple[datetime, datetime]]
"""Begin and end of a day, and of the one it is compared with, the earlier first; UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedDays:
    """A row for each place and pair of days.

    Args:
        places: ids.
        place: (n,) number of the row's place in `places`.
        pair: (n,) number of its pair, as asked.
        alike: (n,) whether one method measured both days.
        before, after: (n,) what was counted, the indicators added up.
    """

    places: tuple[str, ...]
    place: npt.NDArray[np.int64]
    pair: npt.NDArray[np.int64]
    alike: npt.NDArray[np.bool_]
    before: npt.NDArray[np.float64]
    after: npt.NDArray[np.float64]


def matched_days(
    connection: duckdb.DuckDBPyConnection, query: SeriesQuery, pairs: Sequence[Pair], covered: float
) -> MatchedDays:
    """The matched days of a group's places.

    Args:
        connection: to the store.
        query: the group, the indicators, the direction and the members that count; its range is that of the pairs.
        pairs: days to compare.
        covered: share of a day that must have been watched.
    """
    days = [day for pair in pairs for day in pair]
    content: dict[str, Sequence[object]] = {
        "bucket": [begin for begin, _ in days],
        "finish": [end for _, end in days],
        "pair": [n // 2 for n in range(len(days))],
        "later": [n % 2 for n in range(len(days))],
    }
    values: dict[str, object] = {
        "group": query.place,
        "ways": [NO_DIRECTION, *(DIRECTIONS if query.direction == "both" else [query.direction])],
        "covered": covered,
    }
    for later in (0, 1):
        begins = [naive(pair[later][0]) for pair in pairs]
        values |= {f"low_{later}": min(begins), f"high_{later}": max(begins)}
    some = table({"place": query.members or ()})
    numbers = dict.fromkeys(("pair", "later"), pa.int32())
    with staged(connection, table(content, numbers)), staged(connection, some, queries.SOME):
        found = (
            connection.execute(_matched(query.indicators, some=query.members is not None), values)
            .to_arrow_table()
            .combine_chunks()
        )
    places = found.column("place").combine_chunks().dictionary_encode()
    return MatchedDays(
        places=tuple(places.dictionary.to_pylist()),
        place=places.indices.to_numpy().astype(np.int64),
        pair=found.column("pair").to_numpy().astype(np.int64),
        alike=found.column("alike").to_numpy(zero_copy_only=False).astype(np.bool_),
        before=found.column("before").to_numpy().astype(np.float64),
        after=found.column("after").to_numpy().astype(np.float64),
    )


@cache
def _matched(names: tuple[str, ...], *, some: bool) -> str:
    only = f"AND e.place IN (SELECT place FROM {queries.SOME})" if some else ""
    asked = [indicator(name) for name in names]
    parts = [
        quoted(one.name)
        if one.over_time == "sum"
        else f"{quoted(one.name + '_sum')} / nullif({quoted(one.name + '_n')}, 0)"
        for one in asked
    ]
    cordon = "e.cordon <> ''" if asked[0].over_places == "cordon" else "e.direction = ''"

    def watched(later: int) -> str:
        """The days of one of the two years; in its own range, because a year lies between them that is not asked for."""
        return f"""SELECT e.place, e.cordon, t.series, t.method, a.pair, {" + ".join(parts)} AS value
        FROM {table_of("day", asked[0].family)} t JOIN eligible e ON e.series = t.series
        JOIN {queries.STAGED} a ON a.bucket = t.bucket AND a.later = {later}
        WHERE t.bucket BETWEEN $low_{later} AND $high_{later}
            AND {BELONGS.format(member="e")} AND (e.again IS NULL OR e.again >= a.finish)
            AND t.observed_s >= $covered * date_diff('second', a.bucket, a.finish)
            AND NOT starts_with(t.method, '{queries.MIXED}')"""

    return f"""WITH
    eligible AS (
        SELECT * FROM ({ELIGIBLE.format(name=asked[0].family)}) e WHERE e."group" = $group AND {cordon}
            AND list_contains($ways, e.direction) {only}),
    b AS ({watched(0)}),
    a AS ({watched(1)})
    SELECT b.place, b.pair, b.method = a.method AS alike, sum(b.value) AS before, sum(a.value) AS after
    FROM b JOIN a ON a.series = b.series AND a.pair = b.pair AND a.cordon = b.cordon
    WHERE b.value IS NOT NULL AND a.value IS NOT NULL
    GROUP BY b.place, b.pair, b.method = a.method"""

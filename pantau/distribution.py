"""How values are spread: counts between fixed edges, and percentiles out of them.

A percentile can't be added, but counts between edges that never change can: of two minutes, of sixty hours, of two runs,
in any order. So a distribution is kept as one whole number per bin, and a percentile of any stretch of time comes out of the
sum, wrong by no more than the width of a bin. Inside a bin the values are taken as evenly spread (the usual graph of
cumulated speeds in traffic surveys is read like that); the outermost bins end at the least and greatest value seen.

Rejected: t-digest and other sketches (they merge approximately, so the same hour could get two values, and SQL can't add
them), and a percentile per minute (a mean of percentiles is not a percentile).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence


def bins(value: float, edges: Sequence[float]) -> tuple[int, ...]:
    """One value counted: len(edges) + 1 bins, of which one is 1. A value on an edge belongs to the bin above it."""
    counted = [0] * (len(edges) + 1)
    counted[bisect_right(edges, value)] = 1
    return tuple(counted)


def percentile(
    counts: Sequence[int], edges: Sequence[float], bounds: tuple[float, float], percent: float
) -> float | None:
    """The value below which `percent` of all values lie; None where there are none.

    Args:
        counts: in each of the len(edges) + 1 bins.
        edges: rising.
        bounds: the least and greatest value.
        percent: 0 to 100.
    """
    total = sum(counts)
    if not total:
        return None
    wanted, below = percent / 100 * total, 0
    for number, count in enumerate(counts):
        if count and below + count >= wanted:
            low = max(edges[number - 1], bounds[0]) if number else bounds[0]
            high = min(edges[number], bounds[1]) if number < len(edges) else bounds[1]
            return low + (high - low) * max(wanted - below, 0.0) / count
        below += count
    return bounds[1]

"""Counts that must agree with each other because nobody vanishes between them.

**A closed zone.** Its border is closed by lines, so over a stretch without gaps, in - out = the change of who is inside:

    D = Σ (in - out) - (N_last - N_first)

`N` is the mean occupancy of a minute, hence the first and the last minute's crossings count half in Σ. A gap lets people in
unseen, so a day is cut into runs of watched minutes, each balanced on its own, and D is added up.

**One stream, two lines.** All who pass one pass the other, so D = A - B over the minutes that both were watched. The true
number is the same for both and cancels; what is left is who was missed or counted falsely at one of them.

**Tolerance.** Each count is wrong with a chance of at most ERROR, independently: thinning a stream with probability p leaves
a variance of N·p·(1 - p) at each line whatever the arrivals are (Kingman, *Poisson Processes*, 1993, §5.1; the paired
difference as in McNemar 1947), so Var D ≤ ERROR · (sum of all counts), far less than √n for counts that are independent.
To that come the edges of each run: crossings somewhere in the end minutes (a twelfth of their number), people inside who
were not seen, and who is on the way from one line to the other (2 · rate · lag). And two lines that are both as accurate as
they must be (cars 0.90) may differ by a tenth for good, which no chance explains:

    tolerance = ALLOWED · n + Z · √Var D        n: the larger count, or who passed through

It **can't tell** when a line that misses a fifth would not stick out in nine cases of ten, or below LEAST crossings.

What it can't see: two lines that miss alike; a line of a zone that misses as many in as out; false counts that make up for
misses; classes taken for each other. Rejected: √(A + B), which is the noise of two different streams.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from pantau.store.self_checks import Reason, Verdict

ALLOWED: Final = 0.10
ERROR: Final = 0.10
Z: Final = 3.0
MISS: Final = 0.20
POWER: Final = 1.28
"""A fifth must lie this many deviations beyond the tolerance to be found in nine cases of ten."""
LEAST: Final = 30
RUN: Final = 10
"""Minutes without a gap that a run has at least."""


@dataclass(frozen=True, slots=True)
class Minute:
    """One watched minute of a place: its number on the grid, what was counted, what measured it."""

    number: int
    value: float
    method: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was expected and found, how far apart they may be, on how many crossings it rests, and what that means."""

    expected: float
    found: float
    tolerance: float
    n: int
    verdict: Verdict
    reason: Reason = ""


def closed_zone(
    into: Sequence[Sequence[Minute]], out: Sequence[Sequence[Minute]], inside: Sequence[Minute]
) -> Outcome | None:
    """In - out over the lines of a zone against the change of who is inside; nothing where no run is long enough."""
    kept = _runs([*into, *out, inside])
    if not kept:
        return None
    expected = found = variance = through = 0.0
    for run in kept:
        came = [sum(minute[i].value for i in range(len(into))) for minute in run]
        went = [sum(minute[len(into) + i].value for i in range(len(out))) for minute in run]
        people = [minute[-1].value for minute in run]
        half = [0.5, *[1.0] * (len(run) - 2), 0.5]
        expected += people[-1] - people[0]
        found += sum(share * (a - b) for share, a, b in zip(half, came, went, strict=True))
        edges = came[0] + went[0] + came[-1] + went[-1]
        variance += ERROR * (sum(came) + sum(went) + people[0] + people[-1]) + edges / 12
        through += (sum(came) + sum(went)) / 2
    return _judged(expected, found, round(through), variance)


def one_stream(a: Sequence[Minute], b: Sequence[Minute], lag_s: float) -> Outcome | None:
    """What line `a` counted against line `b`; nothing where no run is long enough."""
    kept = _runs([a, b])
    if not kept:
        return None
    found, expected = (sum(minute[i].value for run in kept for minute in run) for i in range(2))
    minutes = sum(len(run) for run in kept)
    rate = max(found, expected) / (60 * minutes)
    variance = ERROR * (found + expected) + len(kept) * 2 * rate * lag_s
    return _judged(expected, found, round(max(found, expected)), variance)


def _judged(expected: float, found: float, n: int, variance: float) -> Outcome:
    spread = sqrt(variance)
    tolerance = ALLOWED * n + Z * spread
    if n >= LEAST and abs(found - expected) > tolerance:
        return Outcome(expected, found, tolerance, n, "inconsistent")
    if n < LEAST or tolerance + POWER * spread > MISS * n:
        return Outcome(expected, found, tolerance, n, "unknown", "few")
    return Outcome(expected, found, tolerance, n, "consistent")


def _runs(series: Sequence[Sequence[Minute]]) -> list[list[tuple[Minute, ...]]]:
    """Stretches of neighbouring minutes that all series have, measured in one way throughout."""
    by_number = [{minute.number: minute for minute in one} for one in series]
    shared = sorted(set.intersection(*(set(one) for one in by_number))) if by_number else []
    found: list[list[tuple[Minute, ...]]] = []
    for number in shared:
        now = tuple(one[number] for one in by_number)
        last = found[-1][-1] if found else None
        follows = last is not None and last[0].number == number - 1
        if last is not None and follows and [m.method for m in last] == [m.method for m in now]:
            found[-1].append(now)
        else:
            found.append([now])
    return [run for run in found if len(run) >= RUN]

"""Whether the detector is as sure as it used to be at the same hours: dirt, a lens out of focus, a threshold that was moved.

Confidence follows the light, so an hour is only compared with the same hour of earlier days, never with the hour before:

    usual(h)   median over the reference days (8 to 35 days ago) of the mean confidence in hour h of the day
    y(d)       median over the hours h of day d of  confidence(d, h) - usual(h)
    z(d)       (y(d) - median y) ÷ (s · √(1 + 1/n)),  s the larger of 1.4826 · MAD and the standard deviation of y, median, MAD
               and deviation over the n reference days
    S±(d)      max(0, S±(d-1) ± z(d) - 1) over the newest eight days

It is drift when S+ or S- is above 8 *and* both of the newest two days are at least 3 off to the same side: one odd day is
weather. The day, not the hour, is the unit: the hours of a cloudy day are cloudy together, and as 24 independent values
they would alarm with every cloud. Source: two-sided CUSUM (Page, "Continuous Inspection Schemes", Biometrika 41, 1954;
Montgomery, *Introduction to Statistical Quality Control*, ch. 9) on robust z-scores (Iglewicz & Hoaglin 1993). With known
parameters and independent days a threshold of 5 would do; four weeks know them badly, and days resemble their neighbours. What
comes of it was simulated: tests/checks/test_drift.py, quoted in docs/methods/self-checks.md.

Limits: a change slower than the reference window becomes usual; a change of method begins a new reference. A shift that is
significant but smaller than `LEAST_SHIFT` is not worth a person's time and does not count.

Rejected: the distribution of today against yesterday (a test of two distributions finds every cloud), a fixed limit of confidence
(detectors differ in what they call sure).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median, pstdev
from typing import Final

NEWEST: Final = 8
"""Days, today included, over which the CUSUM runs."""
REFERENCE: Final = range(NEWEST, 36)
"""How many days ago the reference days are."""
LEAST_DAYS: Final = 14
LEAST_HOURS: Final = 3
"""Hours that a day needs, and days that an hour needs to be usual."""
SLACK: Final = 1.0
LIMIT: Final = 8.0
OFF: Final = 3.0
"""How far off, in z, each of the newest two days must be."""
LEAST_SHIFT: Final = 0.02
LEAST_SPREAD: Final = 0.003
"""Spread between days below which a camera is taken to be steadier than it can be."""


@dataclass(frozen=True, slots=True)
class Hour:
    """Mean confidence in one hour: how many days ago (0 is the day in question), which hour of the local day."""

    ago: int
    hour: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Drift:
    """What came out.

    Args:
        usual: mean of the usual confidence of the day's hours.
        shift: how far the day lies from it.
        band: shift that counts as off.
        score: the larger of S+ and S-.
        lasting: whether yesterday lies off to the same side.
        days: reference days.
    """

    usual: float
    shift: float
    band: float
    score: float
    lasting: bool
    days: int

    @property
    def drifted(self) -> bool:
        """Whether that is more than chance, more than a day's weather and more than nothing."""
        return self.score > LIMIT and self.lasting and abs(self.shift) >= self.band


def drift(hours: Sequence[Hour]) -> Drift | None:
    """Compare the day 0 of `hours` with the reference days; nothing where there are too few of either."""
    usual = _usual(hours)
    shifts = {ago: y for ago in (*range(NEWEST), *REFERENCE) if (y := _shift(hours, ago, usual)) is not None}
    reference = [y for ago, y in shifts.items() if ago in REFERENCE]
    if len(reference) < LEAST_DAYS or 0 not in shifts:
        return None
    centre = median(reference)
    spread = max(1.4826 * median(abs(y - centre) for y in reference), pstdev(reference), LEAST_SPREAD)
    z = {ago: (y - centre) / (spread * sqrt(1 + 1 / len(reference))) for ago, y in shifts.items() if ago < NEWEST}
    up = down = 0.0
    for ago in sorted(z, reverse=True):
        up, down = max(0.0, up + z[ago] - SLACK), max(0.0, down - z[ago] - SLACK)
    before = z.get(1, 0.0)
    day = [usual[one.hour] for one in hours if one.ago == 0 and one.hour in usual]
    return Drift(
        usual=sum(day) / len(day),
        shift=shifts[0] - centre,
        band=max(OFF * spread * sqrt(1 + 1 / len(reference)), LEAST_SHIFT),
        score=max(up, down),
        lasting=before * z[0] > 0 and abs(before) >= OFF,
        days=len(reference),
    )


def _usual(hours: Sequence[Hour]) -> dict[int, float]:
    seen: dict[int, list[float]] = {}
    for one in hours:
        if one.ago in REFERENCE:
            seen.setdefault(one.hour, []).append(one.confidence)
    return {hour: median(values) for hour, values in seen.items() if len(values) >= LEAST_HOURS}


def _shift(hours: Sequence[Hour], ago: int, usual: dict[int, float]) -> float | None:
    off = [one.confidence - usual[one.hour] for one in hours if one.ago == ago and one.hour in usual]
    return median(off) if len(off) >= LEAST_HOURS else None

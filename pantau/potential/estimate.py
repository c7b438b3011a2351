"""What the counts of a stretch of days could be worth.

    counted in a day, n at coverage c   →  from n (nothing passed unseen) to n / c (the dark part was as busy as the rest)
    accuracy of at least L              →  truth from n / (2 - L) to n / L, from missed + over <= (1 - L) · truth
    worth                               =  events x tariff x every assumed factor
    vehicle tax                         =  crossings of a usual day / crossings per vehicle x yearly tax x factors

That the dark part was no busier than the rest is an assumption; it is named beside the figure, and only small dark parts are
let in. Everything is a range (`pantau.potential.span`). Days that were watched for less than `LEAST_COVERAGE` are not guessed: they are left
out and named. A day on which the tariff was not in force counts nothing. Whose counts nobody validated, and for which the
plan assumes no error, gets no figure but the reason.

What it is not: a demand, a forecast, or a number of people or vehicles. It is labelled *potensi* wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from pantau.potential.plan import Source
from pantau.potential.span import Span

LEAST_COVERAGE: Final = 0.8
"""Share of a day below which what was not seen is not guessed from what was: dark rush hours are no small part."""

Trust = Literal["validated", "assumed", "unknown"]


@dataclass(frozen=True, slots=True)
class Day:
    """One local day: counted at all places together and the least coverage among them; None where a place was dark."""

    day: date
    counted: float | None
    coverage: float


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Least accuracy of the counts (lower end of its interval, worst place) and where it comes from, in words."""

    least: float | None
    trust: Trust
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The potential of one entry.

    Args:
        worth: in the tariff's currency: of the days used, or of a year for vehicle tax; None with the reason.
        events: how many events there were, by coverage and accuracy; for vehicle tax vehicles in use.
        registered_share: vehicles in use ÷ registered ones.
        counted: what was counted on the days used.
        days, days_left_out: used, and not watched long enough or without the tariff.
        coverage: mean over the days used.
        trust: whether the error of the counts is measured, assumed or unknown.
    """

    source: Source
    reason: str = ""
    worth: Span | None = None
    events: Span | None = None
    registered_share: Span | None = None
    counted: float = 0.0
    days: int = 0
    days_left_out: int = 0
    coverage: float = 0.0
    trust: Trust = "unknown"
    accuracy: str = ""


def estimate(source: Source, days: Sequence[Day], accuracy: Accuracy) -> Estimate:
    """What these days could be worth."""
    tariff = source.tariff
    in_force = [d for d in days if tariff.since <= d.day and (tariff.until is None or d.day <= tariff.until)]
    used = [d for d in in_force if d.counted is not None and d.coverage >= LEAST_COVERAGE]
    found = Estimate(
        source=source,
        counted=sum(d.counted or 0.0 for d in used),
        days=len(used),
        days_left_out=len(days) - len(used),
        coverage=sum(d.coverage for d in used) / len(used) if used else 0.0,
        trust=accuracy.trust,
        accuracy=accuracy.said,
    )
    if not used:
        return replace(
            found,
            reason=f"no day that is over was watched for {LEAST_COVERAGE:.0%} of its time"
            if in_force
            else "the tariff was not in force",
        )
    if accuracy.least is None or accuracy.least <= 0:
        return replace(found, reason="the counts are not validated, and the plan states no assumed_error")
    seen = Span(0, 0)
    for d in used:
        seen += Span(d.counted or 0.0, (d.counted or 0.0) / d.coverage)
    events = Span(seen.low / (2 - accuracy.least), seen.high / accuracy.least)
    share = None
    if source.crossings_per_vehicle is not None:
        events = Span(events.low / len(used), events.high / len(used)) / source.crossings_per_vehicle.span
        share = events * (1 / source.registered.n) if source.registered else None
    worth = events * tariff.amount
    for factor in source.assumption:
        worth *= factor.span
    return replace(found, worth=worth, events=events, registered_share=share)

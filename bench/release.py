"""How well the cell rule hides people, and what it costs: `python -m bench.release [--quick]`.

A made city (places, directions, hours; Poisson counts from quiet to busy, with the ordinary rhythm of a day) is released under the rule
and attacked by somebody who knows the rule, all tables and everything but the key. For every **protected** cell (1 to 9 people)
each attack gives the counts that remain possible; a cell is *recovered* when one is left. Attacks: `tiers` (a day minus its
other hours, both directions minus one), `areas` (an area minus its other places), `borders` (who went in or out over a declared border, whose
lines lead in by turns forward and backward: its hour and its day minus its other lines, and what it was before the line was drawn into it), `ranges`
(two overlapping ranges), `repeats`
(a thousand questions averaged), `versions` (known people are added one by one and every version is seen). `naive` is the first two
attacks on suppression alone, without the rule: the baseline that must fail. `twins` is no attack that the rule withstands: two lines that
count the same people. `shuffled` guesses with the released cells of other hours: what is got without any knowledge of the cell.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from bench.data import report
from pantau.serve.release.rule import BASE, LEAST, Cell, CellRule, added, shown

START = datetime(2026, 1, 1, tzinfo=UTC)
KEY = hashlib.sha256(b"a key of this measurement").digest()
WAYS = ("forward", "backward")
Counts = Mapping[Cell, int]


def city(places: int, days: int, seed: int = 0) -> Counts:
    """True counts of a made city."""
    random = np.random.default_rng(seed)
    level = np.geomspace(0.5, 120, places)
    rhythm = 0.1 + np.sin(np.pi * np.arange(24) / 24) ** 2
    found: dict[Cell, int] = {}
    for place in range(places):
        for hour in range(24 * days):
            for way in WAYS:
                cell = Cell(f"p{place}", "visitors.person", way, START + timedelta(hours=hour))
                found[cell] = int(random.poisson(level[place] * rhythm[hour % 24]))
    return found


def possible(released: int) -> range:
    """Counts that a released cell leaves possible."""
    return range(max(released - BASE + 1, 0), released + BASE) if released else range(BASE)


def by_subtraction(cell: Cell, told: Mapping[Cell, int], group: Sequence[Cell]) -> range:
    """What is left of a cell when the rest of its group is taken from the group's total."""
    total = added(told[one] for one in group) or 0
    return possible(total - sum(told[one] for one in group if one != cell))


def by_border(cell: Cell, told: Mapping[Cell, int], places: int) -> range:
    """What is left of a cell when all that is told of a border over every place is held against its other lines, and against the border without this one."""
    turned = (int(cell.place[1:]) + WAYS.index(cell.direction)) % 2
    day = cell.start.replace(hour=0)
    whole = [
        [Cell(f"p{i}", cell.indicator, WAYS[(i + turned) % 2], day + timedelta(hours=hour)) for hour in range(24)]
        for i in range(places)
    ]
    hour = [line[cell.start.hour] for line in whole]
    without = added(told[one] for one in hour if one != cell) or 0
    ranges = (
        by_subtraction(cell, told, hour),
        by_subtraction(cell, told, [one for line in whole for one in line]),
        possible((added(told[one] for one in hour) or 0) - without),
    )
    return range(max(one.start for one in ranges), min(one.stop for one in ranges))


def by_repeating(cell: Cell, count: int, times: int) -> range:
    """The same question many times, averaged."""
    answers = [CellRule(KEY).perturbed(cell, count) or 0 for _ in range(times)]
    return possible(round(sum(answers) / len(answers)))


def by_adding(cell: Cell, count: int, rule: CellRule) -> range:
    """Known people are added one at a time; the version in which the cell jumps tells n / b + u to one b-th, not n."""
    first = rule.perturbed(cell, count) or 0
    more = next(n for n in range(1, BASE + 1) if (rule.perturbed(cell, count + n) or 0) > first)
    top = first + BASE - more  # the whole part of n + b·u, and so the most people there can be
    return range(max(top - BASE + 1, 0), top + 1)


def measure(places: int, days: int, repeats: int) -> dict[str, object]:
    """All attacks on one city."""
    truth, rule = city(places, days), CellRule(KEY)
    told = {cell: rule.perturbed(cell, count) or 0 for cell, count in truth.items()}
    hidden = [cell for cell, count in truth.items() if 0 < count < LEAST]
    left: dict[str, list[range]] = {
        name: [] for name in ("tiers", "areas", "borders", "ranges", "repeats", "versions", "twins")
    }
    misses = naive = 0
    errors = [told[cell] - truth[cell] for cell in truth]
    mixed = dict(zip(hidden, np.random.default_rng(1).permutation(len(hidden)), strict=True))
    for cell in hidden:
        day = cell.start.replace(hour=0)
        hours = [Cell(cell.place, cell.indicator, way, day + timedelta(hours=h)) for h in range(24) for way in WAYS]
        area = [Cell(f"p{place}", cell.indicator, cell.direction, cell.start) for place in range(places)]
        longer = [one for one in hours if one.start <= cell.start]
        shorter = [one for one in longer if one != cell]
        both = added(told[one] for one in longer) or 0
        left["tiers"].append(by_subtraction(cell, told, hours))
        left["areas"].append(by_subtraction(cell, told, area))
        left["borders"].append(by_border(cell, told, places))
        left["ranges"].append(possible(both - (added(told[one] for one in shorter) or 0)))
        left["repeats"].append(by_repeating(cell, truth[cell], repeats))
        left["versions"].append(by_adding(cell, truth[cell], rule))
        twin = rule.perturbed(Cell(f"{cell.place}'", cell.indicator, cell.direction, cell.start), truth[cell]) or 0
        shared = set(possible(told[cell])) & set(possible(twin))
        left["twins"].append(range(min(shared), max(shared) + 1))
        misses += any(truth[cell] not in one[-1] for one in left.values())
        naive += any(
            all(truth[one] == 0 or truth[one] >= LEAST for one in group if one != cell) for group in (hours, area)
        )
    by_chance = np.mean([abs(told[hidden[mixed[cell]]] - truth[cell]) for cell in hidden])
    suppressed = sum(shown(value).state == "suppressed" for value in told.values())
    result: dict[str, object] = {"cells": len(truth), "protected": len(hidden), "truth_outside_bounds": misses}
    for name, found in left.items():
        sizes = [len(one) for one in found]
        result |= {
            f"{name}_recovered": sum(size == 1 for size in sizes),
            f"{name}_least_left": min(sizes),
            f"{name}_mean_left": round(float(np.mean(sizes)), 2),
        }
    day_errors = np.array(errors).reshape(places, days, 24, 2).sum(axis=(2, 3))
    return result | {
        "naive_recovered": naive,
        "suppressed_share": round(suppressed / len(told), 4),
        "guess_error": round(float(np.mean([abs(told[cell] - truth[cell]) for cell in hidden])), 3),
        "shuffled_guess_error": round(float(by_chance), 3),
        "bias": round(float(np.mean(errors)), 4),
        "hour_error_sd": round(float(np.std(errors)), 3),
        "day_error_sd": round(float(np.std(day_errors)), 3),
        "largest_error": max(abs(error) for error in errors),
    }


def main() -> None:
    """Measure and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smaller city")
    quick = parser.parse_args().quick
    places, days, repeats = (6, 4, 5) if quick else (12, 28, 20)
    sys.stderr.write(f"release: {places} places, {days} days\n")
    report("release", measure(places, days, repeats), "a made city", quick=quick)


if __name__ == "__main__":
    main()

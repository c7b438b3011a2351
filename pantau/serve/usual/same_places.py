"""Two years of a group by the same places: each place's day is compared with its own a year before, and the pairs are added up.

Of figures that are as they were counted, the store matches and adds (`pantau.store.matched`). People are what the public has of each place: its
released cells, on the days that the store says were watched. Nothing is told of days on which the group itself is not public, and
crossings are compared only where the border was the same one: who no longer comes in at one line comes in at another.

The pairs are matched some weeks at a time and added up as they come: what is held is some weeks of every place, and of people two
years of every place's days (60 MB for 10,000).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.forecast.trend import YEAR
from pantau.forecast.usual import Array
from pantau.serve.series.asking import kind_of
from pantau.serve.series.figure import Figure
from pantau.serve.series.groups import Group
from pantau.serve.series.published import open_members, people_by_place
from pantau.serve.series.tables import Table
from pantau.serve.services import Services
from pantau.store.matched import MatchedDays
from pantau.store.series import SeriesQuery
from pantau.vocabulary import Indicator
from pantau.vocabulary import indicator as means

PART: Final = 28
"""Pairs of days that are matched at a time: 300,000 rows of 10,417 places."""


@dataclass(frozen=True, slots=True)
class SamePlaces:
    """Both years of a group.

    Args:
        values: (2 · YEAR,) sums over the places that both days are known of; NaN where there is none.
        places: how many places any day is of; `of`: how many could be.
        changed: days that are left out because another method measured one of the two.
        unpublished: days that are left out because one of the two is not published yet.
    """

    values: Array
    places: int
    of: int
    changed: int
    unpublished: int


def same_places(
    services: Services, asked: Figure, group: Group, table: Table, covered: float, part: int = PART
) -> SamePlaces:
    """The newest year and the one before, of `table`: 2 · `YEAR` local days of the group, as the public has them.

    Args:
        services: of the city.
        asked: the figure.
        group: that it is of.
        table: its days.
        covered: share of a day that must have been watched.
        part: pairs of days that are matched at a time.

    Raises:
        StoreError: the store or the control database failed.
    """
    what, members = means(asked.indicators[0]), open_members(services, group, table)
    query = SeriesQuery(
        place=group.id,
        indicators=asked.indicators,
        tier="day",
        start=table.series.starts[0],
        end=table.ends[-1],
        direction=asked.direction,
        members=members,
    )
    days = list(zip(table.series.starts, table.ends, strict=True))
    pairs = list(zip(days[:YEAR], days[YEAR:], strict=True))
    public, waiting = comparable(table, crossing=what.over_places == "cordon")
    people = _people(services, asked, group, table) if public.any() else None
    values, places, changed = np.full(2 * YEAR, np.nan), set[str](), 0
    for low in range(0, YEAR if public.any() else 0, part):
        some = range(YEAR)[low : low + part]
        found = services.numbers.matched_days(query, pairs[low : low + part], covered)
        before, after = _figures(people, found, some)
        at = found.pair + low
        shown = np.isfinite(before) & np.isfinite(after) & public[at]
        kept = shown & found.alike
        known = np.unique(at[kept])
        values[known] = np.bincount(at[kept], before[kept], minlength=YEAR)[known]
        values[known + YEAR] = np.bincount(at[kept], after[kept], minlength=YEAR)[known]
        places |= {found.places[i] for i in np.unique(found.place[kept])}
        changed += len(np.setdiff1d(at[shown & ~found.alike], known))
    of = len(_present(services, group, table, what))
    return SamePlaces(values, len(places), of, changed, int(waiting.sum()))


def _people(services: Services, asked: Figure, group: Group, table: Table) -> Mapping[str, Array] | None:
    """(2 · YEAR,) released days of each place, the indicators added up; None where what is asked is no people."""
    if not any(policy.rule == "cells" for policy in table.policies.values()):
        return None
    first, *others = (people_by_place(services, group, table, means(name)) for name in asked.indicators)
    unknown = np.full(2 * YEAR, np.nan)
    return {place: sum((one.get(place, unknown) for one in others), days) for place, days in first.items()}


def _figures(people: Mapping[str, Array] | None, found: MatchedDays, days: range) -> tuple[Array, Array]:
    """Both figures of each row of some pairs: of people the released ones of its place, NaN where there are none."""
    if people is None:
        return found.before, found.after
    unknown = np.full(2 * YEAR, np.nan)
    told = [people.get(place, unknown) for place in found.places]
    before, after = (
        np.array([of[first : first + len(days)] for of in told]).reshape(-1, len(days))[found.place, found.pair]
        for first in (days.start, days.start + YEAR)
    )
    return before, after


def comparable(table: Table, *, crossing: bool) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """(YEAR,) on which pairs of days the group's figure is public, and its border, where it has one, the same; and on which it is not yet."""
    hidden = zip(*table.states.values(), table.held, strict=True)
    told = np.array([not {"closed", "held", True} & set(of) for of in hidden])
    later, border = np.array(table.unpublished), np.array(table.series.method) if crossing else np.zeros(2 * YEAR)
    same = border[:YEAR] == border[YEAR:]
    return told[:YEAR] & told[YEAR:] & same, (later[:YEAR] | later[YEAR:]) & same


def _present(services: Services, group: Group, table: Table, what: Indicator) -> set[str]:
    """The open places that are of the group at the end and measure this."""
    end, extents = table.ends[-1], services.numbers.extents()
    kinds = {place.id: kind_of(place) for place in services.register.places()}
    members = {
        m.place
        for m in group.members
        if m.since < end and (m.until is None or m.until >= end) and (m.cordon or what.over_places != "cordon")
    }
    return {
        id_
        for id_ in members & set(open_members(services, group, table))
        if kinds.get(id_) in what.places and what.family in extents.get(id_, {})
    }

"""Two years of a group by the same places: each place's day is compared with its own a year before, and the pairs are added up.

Of figures that are as they were counted, the store matches and adds (`pantau.store.matched`). People are what the public has of each place: its
released cells, on the days that the store says were watched. Nothing is told of days on which the group itself is not public, and
crossings are compared only where the border was the same one: who no longer comes in at one line comes in at another.
"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class SamePlaces:
    """Both years of a group.

    Args:
        values: (2 · YEAR,) sums over the places that both days are known of; NaN where there is none.
        places: how many places any day is of; `of`: how many could be.
        changed: days that are left out because another method measured one of the two.
    """

    values: Array
    places: int
    of: int
    changed: int


def same_places(services: Services, asked: Figure, group: Group, table: Table, covered: float) -> SamePlaces:
    """The newest year and the one before, of `table`: 2 · `YEAR` local days of the group, as the public has them.

    Raises:
        StoreError: the store or the control database failed.
    """
    series = table.series
    first = means(asked.indicators[0])
    days = list(zip(series.starts, table.ends, strict=True))
    members = open_members(services, group, table)
    found = services.numbers.matched_days(
        SeriesQuery(
            place=group.id,
            indicators=asked.indicators,
            tier="day",
            start=days[0][0],
            end=days[-1][1],
            direction=asked.direction,
            members=members,
        ),
        list(zip(days[:YEAR], days[YEAR:], strict=True)),
        covered,
    )
    before, after = _people(services, asked, group, table, found) or (found.before, found.after)
    shown = (
        np.isfinite(before) & np.isfinite(after) & comparable(table, crossing=first.over_places == "cordon")[found.pair]
    )
    kept = shown & found.alike
    sums = [np.bincount(found.pair[kept], part[kept], minlength=YEAR) for part in (before, after)]
    known = np.bincount(found.pair[kept], minlength=YEAR) > 0
    values = np.concatenate([np.where(known, part, np.nan) for part in sums])
    changed = len(set(found.pair[shown & ~found.alike].tolist()) - set(found.pair[kept].tolist()))
    return SamePlaces(
        values, len(set(found.place[kept].tolist())), len(_present(services, group, table, first)), changed
    )


def _people(
    services: Services, asked: Figure, group: Group, table: Table, found: MatchedDays
) -> tuple[Array, Array] | None:
    """Both figures of each row out of the released cells of its place; None where what is asked is no people."""
    if not any(policy.rule == "cells" for policy in table.policies.values()):
        return None
    before, after = np.zeros(len(found.pair)), np.zeros(len(found.pair))
    for name in asked.indicators:
        told = people_by_place(services, group, table, means(name))
        unknown = np.full(2 * YEAR, np.nan)
        by_place = np.array([told.get(place, unknown) for place in found.places]).reshape(-1, 2 * YEAR)
        before += by_place[found.place, found.pair]
        after += by_place[found.place, found.pair + YEAR]
    return before, after


def comparable(table: Table, *, crossing: bool) -> npt.NDArray[np.bool_]:
    """(YEAR,) on which pairs of days the group's figure is public, and its border, where it has one, the same."""
    told = np.array(
        [
            all(of[i] not in {"closed", "held"} for of in table.states.values()) and not held
            for i, held in enumerate(table.held)
        ]
    )
    border = np.array(table.series.method) if crossing else np.zeros(2 * YEAR)
    return np.asarray(told[:YEAR] & told[YEAR:] & (border[:YEAR] == border[YEAR:]))


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

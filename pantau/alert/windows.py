"""Readings out of closed minutes: sums and means over windows, and how much they rose.

A minute is read once, `SETTLE_S` after its end, when crossings have settled; what comes later is in the graphs, not in the
alarm. A window of which too little was seen gives no mean and no rate; of a sum it gives what was seen, as a reading that is
not whole: it can only say that there are already too many.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pantau.alert.machine import Reading
from pantau.alert.rules import MINUTE_S, Rule
from pantau.places import DIRECTIONS, NO_DIRECTION
from pantau.store.minutes import SETTLE_S
from pantau.store.series import Minute
from pantau.types import EPOCH, Aggregate
from pantau.vocabulary import indicator

MINUTE: Final = timedelta(seconds=MINUTE_S)
LEAST_SEEN: Final = 0.8
"""Share of a window that must have been observed for it to be whole."""


def closed(now: datetime) -> datetime:
    """The end of the newest minute that has settled at `now`."""
    return EPOCH + (now - timedelta(seconds=SETTLE_S) - EPOCH) // MINUTE * MINUTE


@dataclass(frozen=True, slots=True)
class Cell:
    """One minute of one place and indicator, over the asked directions: its aggregate and seconds observed."""

    value: Aggregate
    observed_s: float


class Cells:
    """Minutes of some places, by place and start."""

    def __init__(self, minutes: Iterable[Minute]) -> None:
        self._minutes: dict[tuple[str, str], dict[datetime, Minute]] = {}
        for one in minutes:
            self._minutes.setdefault((one.place, one.direction), {})[one.start] = one

    def cell(self, rule: Rule, place: str, start: datetime) -> Cell | None:
        """What a rule's indicator was in one minute; None where nothing was seen."""
        name = indicator(rule.indicator).name
        ways = (rule.direction, NO_DIRECTION) if rule.direction else (NO_DIRECTION, *DIRECTIONS)
        there = [m for way in ways if (m := self._minutes.get((place, way), {}).get(start)) and name in m.values]
        if not there:
            return None
        total = sum((m.values[name] for m in there), Aggregate())
        return Cell(total, min([*(m.observed_s for m in there), MINUTE_S]))


def readings(rule: Rule, place: str, cells: Cells, ends: Iterable[datetime]) -> Iterator[Reading]:
    """A reading for each end of a minute at which there is something to say."""
    over = timedelta(seconds=rule.over_s)
    adds = indicator(rule.indicator).over_time == "sum"
    for end in ends:
        if rule.kind == "rate":
            found = _rise(
                cells.cell(rule, place, end - MINUTE), cells.cell(rule, place, end - MINUTE - over), adds=adds
            )
        else:
            starts = [end - over + i * MINUTE for i in range(int(over / MINUTE))]
            found = _window({s: cell for s in starts if (cell := cells.cell(rule, place, s))}, len(starts), adds=adds)
        if found is not None:
            yield Reading(end, *found)


def _window(seen: Mapping[datetime, Cell], minutes: int, *, adds: bool) -> tuple[float, bool] | None:
    """(value, whole) of a window, or nothing."""
    if not seen:
        return None
    whole = sum(cell.observed_s for cell in seen.values()) >= LEAST_SEEN * MINUTE_S * minutes
    total = sum((cell.value for cell in seen.values()), Aggregate())
    if adds:
        return total.sum, whole
    return (total.mean, True) if whole and total.mean is not None else None


def _rise(new: Cell | None, old: Cell | None, *, adds: bool) -> tuple[float, bool] | None:
    if new is None or old is None or min(new.observed_s, old.observed_s) < LEAST_SEEN * MINUTE_S:
        return None
    one, other = (new.value.sum, old.value.sum) if adds else (new.value.mean, old.value.mean)
    return None if one is None or other is None else (one - other, True)

"""Person counts that may be published: the cell rule, as pure functions.

**Idea.** Every base cell (place, indicator, direction, hour) has a key of its own: a uniform number u in [0, 1) that is an HMAC of
the cell's name under the city's secret. Its count n is released as ``b · floor(n / b + u)``, b = 5: one of the two multiples of b
around n, unbiased (E = n), zero stays zero, and the same answer in every table, for everyone, for ever. Everything wider (days, both
directions, areas) is the **sum of released cells**, never a perturbation of a true sum. So all tables together are worked out of
the released cells alone, and no differencing of tiers, areas or overlapping ranges can tell more than these: at most that n is
within b - 1 of them. A released value between 0 and k = 10 is *suppressed*; with b = 5 it can only be 5, so that who works it out by
subtraction learns what the word says already: 1 to 9 people. A day none of whose hours reaches k is offered as a day only.

Sources: Fraser & Wooton 2005, *A proposed method for confidentialising tabular output to protect against differencing* (the cell
key method of the ABS, and of Eurostat's census recommendations); Fellegi 1975, *Controlled random rounding* (unbiased).
Limits, measured by `bench.release`: the sum of m cells errs by at most √m · b/2 (standard deviation); two lines that count the
same people are two answers about one number; who can add known people and see every version narrows a cell from 9 values to a few, 2 at worst,
which is why revisions have fixed dates (`pantau.serve.release.cells`). The mean number of people in a zone over an hour is a
cell as well, as it is (rounded first, all that is below a half would be told as nobody), and a day is the mean of its hours: no larger than the
largest of them, so what is suppressed is not promised at a wider tier. How long people stay is no count and is not released.
Rejected: noise on every table (totals that disagree, and averages that undo it); suppression alone (a total minus the rest).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor, inf
from typing import Literal

import numpy as np
import numpy.typing as npt

from pantau.errors import DataError
from pantau.types import require_utc

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
BASE = 5
"""People: released cells are multiples of it."""
LEAST = 10
"""People: a cell below it is suppressed, unless it is 0."""
KEY_BYTES = 32
State = Literal["released", "suppressed", "missing", "wider", "held", "closed"]
"""suppressed: 1 to 9 people; missing: nobody watched; wider: offered at the next tier only; held: not yet published; closed: not
for the public. The rule knows the first four."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The name of a base cell: one hour of one direction of a place. The place's revision is no part of it."""

    place: str
    indicator: str
    direction: str
    start: datetime


@dataclass(frozen=True, slots=True)
class Released:
    """What the public gets of a cell: a value only where the state is ``released``."""

    state: State
    value: float | None = None


class CellRule:
    """The rule under one secret key.

    Raises:
        DataError: the key is too short to be a secret.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise DataError(f"expected a release key of {KEY_BYTES} bytes or more, got {len(key)}; make a new one")
        self._key = key

    def perturbed(self, cell: Cell, count: float | None) -> int | None:
        """The cell's multiple of `BASE`; None where nobody watched.

        Raises:
            DataError: the count is no number of people, or the time is not UTC.
        """
        if count is None:
            return None
        if not 0 <= count < inf:
            raise DataError(f"{cell.place}: expected 0 people or more, got {count}")
        return BASE * floor(count / BASE + self._share(_named(*_series(cell)) + hour_name(cell.start)))

    def perturbed_hours(self, of: Cell, hours: Sequence[bytes], counts: Floats) -> Ints:
        """`perturbed` of many hours of one place, indicator and direction.

        Args:
            of: any cell of them; its start is not looked at.
            hours: the start of each as `hour_name` gives it.
            counts: people, or means of them; -1 where nobody watched.
        """
        first = _named(*_series(of))
        found = np.minimum(counts, 0).astype(np.int64)
        for i in np.flatnonzero(counts > 0).tolist():  # none stays none, whatever the share
            found[i] = BASE * floor(float(counts[i]) / BASE + self._share(first + hours[i]))
        return found

    def _share(self, name: bytes) -> float:
        return (int.from_bytes(hmac.digest(self._key, name, hashlib.sha256)[:8], "big") >> 11) / 2**53


def hour_name(start: datetime) -> bytes:
    """How an hour stands in the name of its cells."""
    return _named(require_utc(start).isoformat())


def _series(cell: Cell) -> tuple[str, str, str]:
    return cell.place, cell.indicator, cell.direction


def _named(*parts: str) -> bytes:
    # Lengths before the parts, so that no two names run together into one.
    return "".join(f"{len(part)}:{part}" for part in parts).encode()


def added(cells: Iterable[int | None]) -> int | None:
    """The released total of perturbed base cells; None when nobody watched any of them."""
    seen = [cell for cell in cells if cell is not None]
    return sum(seen) if seen else None


def states(values: Floats, days: Ints | None = None) -> npt.NDArray[np.object_]:
    """What perturbed cells, or totals or means of some, are for the public; NaN: nobody watched.

    With `days` they are hours, rising, each with the number of its local day: all hours of a day are at the day's tier only (``wider``)
    when none of them reaches `LEAST`. A day on which nothing at all was counted hides nobody, and its zeros are told.
    """
    missing = np.isnan(values)
    found = np.where(missing, "missing", np.where((values > 0) & (values < LEAST), "suppressed", "released")).astype(
        object
    )
    if days is not None and days.size:
        first = np.flatnonzero(np.append(True, days[1:] != days[:-1]))
        most = np.maximum.reduceat(np.where(missing, 0.0, values), first)
        wider = np.repeat((most > 0) & (most < LEAST), np.diff(np.append(first, days.size)))
        found[wider & ~missing] = "wider"
    return found


def shown(value: float | None) -> Released:
    """One perturbed cell, or a total or mean of some, as the public gets it."""
    state: State = states(np.array([np.nan if value is None else value]))[0]
    return Released(state, value if state == "released" else None)


def hours_of_day(hours: Sequence[float | None]) -> tuple[Released, ...]:
    """The perturbed hours of one local day as the public gets them."""
    values = np.array([np.nan if hour is None else hour for hour in hours], dtype=np.float64)
    told = states(values, np.zeros(len(hours), np.int64))
    return tuple(Released(s, hour if s == "released" else None) for s, hour in zip(told, hours, strict=True))

"""Runs: what is announced, kept in the database, and held in memory while it is being written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import duckdb

from pantau.errors import DataError
from pantau.store import queries
from pantau.store.buckets import MINUTE
from pantau.store.minutes import SETTLE_S, MinuteRow, Slot
from pantau.store.packs import Packs
from pantau.store.sealed import files_of
from pantau.store.tables import aggregates, from_micros, naive, staged, table
from pantau.types import EPOCH, Key, Run
from pantau.vocabulary import family

EVICT_S = 60.0
"""Seconds after the settle limit for which a written minute stays in memory."""

_FAR = datetime(9999, 1, 1, tzinfo=EPOCH.tzinfo)


@dataclass(slots=True)
class OpenRun:
    """A run in memory.

    Args:
        run: what was announced.
        attempt: counts up when a replay is begun again.
        base: what the seq of rows is counted from, so that a later attempt's rows are newer.
        seq: the last batch applied.
        known_from: minutes before this may have rows in the database that are not in memory.
        newest: the newest moment that the run spoke of.
        rows: open minutes.
        unsaved: those of them that differ from the database.
        number: the run's number in the wide rows.
        numbers: those of its series.
    """

    run: Run
    attempt: int = 1
    base: int = 0
    seq: int = 0
    known_from: datetime = EPOCH
    newest: datetime = EPOCH
    rows: dict[Slot, MinuteRow] = field(default_factory=dict)
    unsaved: set[Slot] = field(default_factory=set)
    number: int = 0
    numbers: Mapping[Key, int] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        """A repeated replay: its minutes are written when they close, until then the attempt before stands."""
        return self.attempt > 1

    @property
    def due(self) -> set[Slot]:
        """What should be written now."""
        settled = self.newest - MINUTE - timedelta(seconds=SETTLE_S)
        return {slot for slot in self.unsaved if slot[1] <= settled} if self.held else set(self.unsaved)

    def saved(self, slots: set[Slot]) -> None:
        """These are written; let go of minutes that are well past the settle limit."""
        self.unsaved -= slots
        limit = self.newest - MINUTE - timedelta(seconds=SETTLE_S + EVICT_S)
        for slot in [s for s in self.rows if s[1] <= limit and s not in self.unsaved]:
            del self.rows[slot]
            self.known_from = max(self.known_from, slot[1] + MINUTE)


def check_run(run: Run) -> None:
    """Raise DataError unless every series of the run has a known family, a method and a cadence."""
    if len(set(run.keys)) != len(run.keys):
        raise DataError(f"run {run.id}: a series is there twice; everything in it would be doubled")
    for key in run.keys:
        family(key.family)
        if key.family not in run.method or not run.cadence_s.get(key.family, 0.0) > 0.0:
            raise DataError(f"run {run.id}: family {key.family!r} needs a method and a cadence in seconds above 0")


def save_run(connection: duckdb.DuckDBPyConnection, run: Run, attempt: int, base: int) -> int:
    """Write a run and what it watches, replacing an earlier announcement; its number."""
    ((number,),) = connection.execute(
        "SELECT coalesce(max(number) FILTER (run = ?), max(number) + 1, 1) FROM runs", [run.id]
    ).fetchall()
    for name in ("runs", "run_families", "run_keys"):
        connection.execute(f"DELETE FROM {name} WHERE run = ?", [run.id])  # noqa: S608  # the three names above
    connection.execute(
        "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
        [run.id, number, run.camera, run.kind, naive(run.started), attempt, base],
    )
    for name, method in run.method.items():
        connection.execute("INSERT INTO run_families VALUES (?, ?, ?, ?)", [run.id, name, method, run.cadence_s[name]])
    if run.keys:
        listed: dict[str, Sequence[object]] = {
            "family": [k.family for k in run.keys],
            "place": [k.place for k in run.keys],
            "revision": [k.revision for k in run.keys],
            "direction": [k.direction for k in run.keys],
        }
        with staged(connection, table(listed)):
            connection.execute(f"INSERT INTO run_keys SELECT ?, * FROM {queries.STAGED}", [run.id])  # noqa: S608  # a constant
            connection.execute(queries.NUMBER_SERIES)
    return int(number)


def numbers_of(connection: duckdb.DuckDBPyConnection, run: str) -> dict[Key, int]:
    """The number of each series that a run watches."""
    rows = connection.execute(
        "SELECT k.family, k.place, k.revision, k.direction, s.number FROM run_keys k"
        " JOIN series s USING (family, place, revision, direction) WHERE k.run = ?",
        [run],
    ).fetchall()
    return {Key(*key): int(number) for *key, number in rows}


def announce(connection: duckdb.DuckDBPyConnection, run: Run) -> OpenRun:
    """Write a run, or go on with a live one that is known, or start a replay's next attempt."""
    known = load_run(connection, run.id)
    if known is None:
        number = save_run(connection, run, 1, 0)
        return OpenRun(run, number=number, numbers=numbers_of(connection, run.id))
    if run.kind == "live":
        return known
    state = OpenRun(run, attempt=known.attempt + 1, base=known.base + known.seq)
    state.number = save_run(connection, run, state.attempt, state.base)
    state.numbers = numbers_of(connection, run.id)
    return state


def load_run(connection: duckdb.DuckDBPyConnection, run: str) -> OpenRun | None:
    """A run as it was last written, or None."""
    row = connection.execute(
        "SELECT number, camera, kind, epoch_us(started), attempt, base, seq FROM runs WHERE run = ?", [run]
    ).fetchone()
    if row is None:
        return None
    families = connection.execute("SELECT family, method, cadence_s FROM run_families WHERE run = ?", [run]).fetchall()
    numbers = numbers_of(connection, run)
    number, camera, kind, started, attempt, base, seq = row
    loaded = Run(
        id=run,
        camera=camera,
        kind=kind,
        started=from_micros(started),
        keys=tuple(numbers),
        method={name: method for name, method, _ in families},
        cadence_s={name: cadence_s for name, _, cadence_s in families},
    )
    return OpenRun(loaded, attempt=attempt, base=base, seq=seq, known_from=_FAR, number=number, numbers=numbers)


def load_row(connection: duckdb.DuckDBPyConnection, packs: Packs, state: OpenRun, slot: Slot) -> MinuteRow | None:
    """A minute of this run and attempt as it was last written, or None."""
    key, minute = slot
    number = state.numbers[key]
    if row := packs.row(key.family, number, minute, state.number):
        return _minute_row(slot, row) if row["seq"] > state.base else None
    asked = {"minute": naive(minute), "series": number, "run": state.number, "base": state.base}
    result = connection.execute(queries.load_minute(key.family), asked).to_arrow_table().to_pylist()
    if not result and (files := files_of(connection, key.family, minute, minute + MINUTE)):
        sealed = queries.load_minute(key.family, sealed=True)
        result = connection.execute(sealed, {**asked, "files": files}).to_arrow_table().to_pylist()
    return _minute_row(slot, result[0]) if result else None


def _minute_row(slot: Slot, cells: Mapping[str, Any]) -> MinuteRow:
    key, minute = slot
    span = (cells["span_start"].replace(tzinfo=EPOCH.tzinfo), cells["span_end"].replace(tzinfo=EPOCH.tzinfo))
    return MinuteRow(
        key=key,
        minute=minute,
        span=span,
        observed_s=cells["observed_s"],
        samples=cells["samples"],
        values=aggregates(key.family, cells),
    )


def drop_leftovers(connection: duckdb.DuckDBPyConnection, state: OpenRun) -> set[Slot]:
    """Delete what only earlier attempts of this run wrote; the minutes that it was in."""
    gone: set[Slot] = set()
    for name in {key.family for key in state.run.keys}:
        of_run = {"number": state.number, "base": state.base}
        rows = connection.execute(queries.drop_older(name), of_run).fetchall()
        keys = series_keys(connection, {series for series, _ in rows})
        gone |= {(keys[series], from_micros(minute)) for series, minute in rows}
    connection.execute("DELETE FROM events WHERE run = ? AND seq <= ?", [state.run.id, state.base])
    return gone


def series_keys(connection: duckdb.DuckDBPyConnection, numbers: set[int]) -> dict[int, Key]:
    """What series these numbers are."""
    asked = "SELECT number, family, place, revision, direction FROM series WHERE number IN (SELECT unnest(?))"
    return {int(number): Key(*key) for number, *key in connection.execute(asked, [sorted(numbers)]).fetchall()}

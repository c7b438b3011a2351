"""Runs: what is announced, kept in the database, and held in memory while it is being written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import duckdb

from pantau.errors import DataError
from pantau.store import queries
from pantau.store.buckets import MINUTE
from pantau.store.minutes import SETTLE_S, MinuteRow, Slot
from pantau.store.tables import aggregates, from_micros, naive
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
    """

    run: Run
    attempt: int = 1
    base: int = 0
    seq: int = 0
    known_from: datetime = EPOCH
    newest: datetime = EPOCH
    rows: dict[Slot, MinuteRow] = field(default_factory=dict)
    unsaved: set[Slot] = field(default_factory=set)

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


def save_run(connection: duckdb.DuckDBPyConnection, run: Run, attempt: int, base: int) -> None:
    """Write a run and what it watches, replacing an earlier announcement."""
    for name in ("runs", "run_families", "run_keys"):
        connection.execute(f"DELETE FROM {name} WHERE run = ?", [run.id])  # noqa: S608  # the three names above
    connection.execute(
        "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, 0)",
        [run.id, run.camera, run.kind, naive(run.started), attempt, base],
    )
    for name, method in run.method.items():
        connection.execute("INSERT INTO run_families VALUES (?, ?, ?, ?)", [run.id, name, method, run.cadence_s[name]])
    keys = [[run.id, k.family, k.place, k.revision, k.direction] for k in run.keys]
    if keys:
        connection.executemany("INSERT INTO run_keys VALUES (?, ?, ?, ?, ?)", keys)


def announce(connection: duckdb.DuckDBPyConnection, run: Run) -> OpenRun:
    """Write a run, or go on with a live one that is known, or start a replay's next attempt."""
    known = load_run(connection, run.id)
    if known is None:
        save_run(connection, run, 1, 0)
        return OpenRun(run)
    if run.kind == "live":
        return known
    state = OpenRun(run, attempt=known.attempt + 1, base=known.base + known.seq)
    save_run(connection, run, state.attempt, state.base)
    return state


def load_run(connection: duckdb.DuckDBPyConnection, run: str) -> OpenRun | None:
    """A run as it was last written, or None."""
    row = connection.execute(
        "SELECT camera, kind, epoch_us(started), attempt, base, seq FROM runs WHERE run = ?", [run]
    ).fetchone()
    if row is None:
        return None
    families = connection.execute("SELECT family, method, cadence_s FROM run_families WHERE run = ?", [run]).fetchall()
    keys = connection.execute("SELECT family, place, revision, direction FROM run_keys WHERE run = ?", [run]).fetchall()
    camera, kind, started, attempt, base, seq = row
    loaded = Run(
        id=run,
        camera=camera,
        kind=kind,
        started=from_micros(started),
        keys=tuple(Key(*key) for key in keys),
        method={name: method for name, method, _ in families},
        cadence_s={name: cadence_s for name, _, cadence_s in families},
    )
    return OpenRun(loaded, attempt=attempt, base=base, seq=seq, known_from=_FAR)


def load_row(connection: duckdb.DuckDBPyConnection, state: OpenRun, slot: Slot) -> MinuteRow | None:
    """A minute of this run and attempt as it was last written, or None."""
    key, minute = slot
    asked = {
        "minute": naive(minute), "place": key.place, "revision": key.revision, "direction": key.direction,
        "run": state.run.id, "base": state.base,
    }  # fmt: skip
    result = connection.execute(queries.load_minute(key.family), asked).to_arrow_table().to_pylist()
    if not result:
        return None
    cells: dict[str, Any] = result[0]
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
    older = {"run": state.run.id, "base": state.base}
    for name in {key.family for key in state.run.keys}:
        rows = connection.execute(queries.drop_older(name), older).fetchall()
        gone |= {(Key(name, place, rev, direction), from_micros(minute)) for place, rev, direction, minute in rows}
    connection.execute("DELETE FROM events WHERE run = $run AND seq <= $base", older)
    return gone

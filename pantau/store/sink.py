"""Keeps what runs find: the `Sink` of the owner of the data. Returning from `write` means: committed.

    exactly once   a batch whose seq is not above the run's last applied one is a no-op; that number is committed together
                   with the rows and events of the batch
    live runs      the minute in progress is written with every batch, so a process killed at any moment has lost nothing
                   that was acknowledged; the next run's rows of the same minute add to it
    replays        have the hash of what they replay; beginning one again starts an attempt whose rows replace those of the
                   attempt before, minute by minute as they close, so that a repeat that stops half-way destroys nothing
    late data      a minute that is no longer in memory is read back, changed and written with a higher seq

Rows in the database are numbered ``base + seq``: `base` grows by the last seq of every attempt, so the newer always wins.
Memory holds the open minutes of each run and lets go of them `EVICT_S` after the settle limit.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import duckdb

from pantau.errors import DataError, StoreError
from pantau.store import queries
from pantau.store.buckets import HOUR, MINUTE, bucket
from pantau.store.database import Database
from pantau.store.minutes import SETTLE_S, MinuteRow, Slot, empty, found, merge
from pantau.store.tables import aggregates, event_table, from_micros, minute_table, naive, staged, table
from pantau.store.zones import Zones
from pantau.types import EPOCH, Batch, Event, Key, Run
from pantau.vocabulary import family

EVICT_S = 60.0
MAX_RUNS = 20_000
"""Runs whose open minutes are held; the longest silent is let go first, and read back should it speak again."""

_FAR = datetime(9999, 1, 1, tzinfo=EPOCH.tzinfo)


@dataclass(slots=True)
class _Open:
    """A run in memory. Minutes before `known_from` may have rows in the database; `held` rows wait for their close."""

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
        return self.attempt > 1

    def closed(self, slot: Slot, newest: datetime) -> bool:
        return slot[1] + MINUTE + timedelta(seconds=SETTLE_S) <= newest

    def evict(self) -> None:
        """Let go of minutes that are past the settle limit and written."""
        limit = self.newest - MINUTE - timedelta(seconds=SETTLE_S + EVICT_S)
        for slot in [s for s in self.rows if s[1] <= limit and s not in self.unsaved]:
            del self.rows[slot]
            self.known_from = max(self.known_from, slot[1] + MINUTE)


class MinuteSink:
    """The `pantau.ports.Sink` that writes minutes and events. Safe to use from several threads."""

    def __init__(self, database: Database, zones: Zones) -> None:
        self._database = database
        self._zones = zones
        self._lock = threading.Lock()
        self._open: OrderedDict[str, _Open] = OrderedDict()

    def begin(self, run: Run) -> None:
        """Announce a run. A replay that is known starts a new attempt; a live run that is known goes on.

        Raises:
            DataError: it has a series without method or cadence, or is an import (those come by `backfill`).
            StoreError: it was not kept.
        """
        check_run(run)
        if run.kind == "import":
            raise DataError(f"run {run.id}: an import has no batches; give its rows to backfill")
        with self._lock:
            with self._database.transaction() as connection:
                state = _announce(connection, run)
            for other in [
                i for i, o in self._open.items() if run.kind == o.run.kind == "live" and o.run.camera == run.camera
            ]:
                del self._open[other]
            self._remember(state)

    def write(self, batch: Batch) -> None:
        """Keep the batch; returning is the acknowledgement. A batch given twice counts once.

        Raises:
            DataError: the batch says something that its run did not announce.
            StoreError: nothing of the batch was kept.
        """
        with self._lock:
            state = self._state(batch.run)
            if batch.seq <= state.seq:
                return
            parts = found(state.run, batch)
            times = [t for family_times in batch.samples.values() for t in family_times]
            newest = max([state.newest, *times, *(o.time for o in batch.observations)])
            with self._database.transaction() as connection:
                changed = {slot: merge(self._row(connection, state, slot), part) for slot, part in parts.items()}
                waiting = {slot: state.rows[slot] for slot in state.unsaved} | changed
                due = {s: r for s, r in waiting.items() if not state.held or state.closed(s, newest)}
                save_minutes(connection, due.values(), run=batch.run, seq=state.base + batch.seq)
                mark_dirty(connection, self._zones, due)
                save_events(connection, batch.events, batch.run, state.base + batch.seq)
                connection.execute("UPDATE runs SET seq = ? WHERE run = ?", [batch.seq, batch.run])
            state.rows |= changed
            state.unsaved = set(waiting) - set(due)
            state.seq, state.newest = batch.seq, newest
            state.evict()
            self._open.move_to_end(batch.run)

    def end(self, run: str) -> None:
        """The run is over: minutes that wait are written, and what an earlier attempt left beyond it goes.

        Raises:
            StoreError: nothing was changed.
        """
        with self._lock:
            state = self._open.get(run)
            if state is None:
                return
            if state.held:
                with self._database.transaction() as connection:
                    due = {slot: state.rows[slot] for slot in state.unsaved}
                    save_minutes(connection, due.values(), run=run, seq=state.base + state.seq)
                    mark_dirty(connection, self._zones, {*due, *_leftovers(connection, state)})
            del self._open[run]

    def _state(self, run: str) -> _Open:
        if run not in self._open:
            with self._database.read() as connection:
                state = _load_run(connection, run)
            if state is None:
                raise StoreError(f"run {run!r} was never announced; begin it before its first batch")
            if state.held:
                raise StoreError(f"replay {run!r} was let go in the middle; begin it again")
            self._remember(state)
        return self._open[run]

    def _remember(self, state: _Open) -> None:
        self._open[state.run.id] = state
        while len(self._open) > MAX_RUNS:
            self._open.popitem(last=False)

    def _row(self, connection: duckdb.DuckDBPyConnection, state: _Open, slot: Slot) -> MinuteRow:
        row = state.rows.get(slot)
        if row is None and slot[1] < state.known_from:
            row = _load_row(connection, state, slot)
        return row or empty(state.run, slot)


def check_run(run: Run) -> None:
    """Raise DataError unless every series of the run has a known family, a method and a cadence."""
    for key in run.keys:
        family(key.family)
        if key.family not in run.method or not run.cadence_s.get(key.family, 0.0) > 0.0:
            raise DataError(f"run {run.id}: family {key.family!r} needs a method and a cadence in seconds above 0")


def save_run(connection: duckdb.DuckDBPyConnection, state_of: Run, attempt: int, base: int) -> None:
    """Write a run and what it watches, replacing an earlier announcement."""
    run = state_of
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


def save_minutes(connection: duckdb.DuckDBPyConnection, rows: Iterable[MinuteRow], *, run: str, seq: int) -> None:
    """Merge rows into their families' tables, within the caller's transaction."""
    by_family: dict[str, list[tuple[MinuteRow, str, int]]] = {}
    for row in rows:
        by_family.setdefault(row.key.family, []).append((row, run, seq))
    for name, of_family in by_family.items():
        minutes = [row.minute for row, _, _ in of_family]
        with staged(connection, minute_table(name, of_family)):
            bounds = {"low": naive(min(minutes)), "high": naive(max(minutes))}
            connection.execute(queries.merge_minutes(name), bounds)


def save_events(connection: duckdb.DuckDBPyConnection, events: Iterable[Event], run: str = "", seq: int = 0) -> None:
    """Merge events by id, within the caller's transaction; the start of an event may be corrected by up to an hour."""
    known = list(events)
    if not known:
        return
    starts = [event.start for event in known]
    with staged(connection, event_table(known, run, seq)):
        bounds = {"low": naive(min(starts) - HOUR), "high": naive(max(starts) + HOUR)}
        connection.execute(queries.MERGE_EVENTS, bounds)


def mark_dirty(connection: duckdb.DuckDBPyConnection, zones: Zones, slots: Iterable[Slot]) -> None:
    """Note that the hours of these minutes have to be computed again, within the caller's transaction."""
    hours = {(key.family, key.place, bucket("hour", zones.of(key.place), minute)) for key, minute in slots}
    if not hours:
        return
    content: dict[str, Sequence[object]] = {
        "tier": ["hour"] * len(hours),
        "family": [h[0] for h in hours],
        "place": [h[1] for h in hours],
        "bucket": [h[2][0] for h in hours],
        "finish": [h[2][1] for h in hours],
    }
    with staged(connection, table(content)):
        connection.execute(queries.MARK_DIRTY)


def _announce(connection: duckdb.DuckDBPyConnection, run: Run) -> _Open:
    known = _load_run(connection, run.id)
    if known is None:
        save_run(connection, run, 1, 0)
        return _Open(run)
    if run.kind == "live":
        return known
    state = _Open(run, attempt=known.attempt + 1, base=known.base + known.seq)
    save_run(connection, run, state.attempt, state.base)
    return state


def _load_run(connection: duckdb.DuckDBPyConnection, run: str) -> _Open | None:
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
    return _Open(loaded, attempt=attempt, base=base, seq=seq, known_from=_FAR)


def _load_row(connection: duckdb.DuckDBPyConnection, state: _Open, slot: Slot) -> MinuteRow | None:
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


def _leftovers(connection: duckdb.DuckDBPyConnection, state: _Open) -> set[Slot]:
    """Delete what only earlier attempts of this run wrote; the minutes that it was in."""
    gone: set[Slot] = set()
    older = {"run": state.run.id, "base": state.base}
    for name in {key.family for key in state.run.keys}:
        rows = connection.execute(queries.drop_older(name), older).fetchall()
        gone |= {(Key(name, place, rev, direction), from_micros(minute)) for place, rev, direction, minute in rows}
    connection.execute("DELETE FROM events WHERE run = $run AND seq <= $base", older)
    return gone

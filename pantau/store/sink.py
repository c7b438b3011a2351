"""Keeps what runs find: the `Sink` of the owner of the data. Returning from `write` means: it survives a kill.

    exactly once   a batch whose seq is not above the run's last applied one is a no-op; in the tables that number is
                   committed together with the rows and events it stands for
    write          folds the batch into the open minutes in memory and appends it to the journal
    flush          commits every changed minute of every run in one transaction, packed (`pantau.store.packs`), then empties the
                   journal; the owner calls it every few seconds, a reader when the place it asks for has something waiting
    open           reads the journal back, so a process killed at any moment has lost nothing that was acknowledged; the
                   next run's rows of the same minute add to it
    replays        have the hash of what they replay; beginning one again starts an attempt whose rows replace those of the
                   attempt before, minute by minute as they close, so that a repeat that stops half-way destroys nothing;
                   a repeat is not journaled: it would be repeated as a whole
    late data      a minute that is no longer in memory is read back, changed and written with a higher seq

Rows in the database are numbered ``base + seq``: `base` grows by the last seq of every attempt, so the newer always wins.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from pantau.errors import DataError, StoreError
from pantau.store import queries
from pantau.store.buckets import HOUR, bucket
from pantau.store.database import Database
from pantau.store.extents import Extents
from pantau.store.journal import Journal
from pantau.store.minutes import MinuteRow, Slot, empty, found, merge
from pantau.store.packs import Pack, Packs, packed
from pantau.store.runs import OpenRun, announce, check_run, drop_leftovers, load_row, load_run
from pantau.store.seal import unseal_run
from pantau.store.sealed import frozen_before
from pantau.store.tables import Numbered, event_table, minute_table, naive, staged, table
from pantau.store.zones import Zones
from pantau.types import Batch, Event, Run

MAX_RUNS = 20_000
"""Runs whose open minutes are held; the longest silent is let go first, and read back should it speak again."""
MAX_WAITING = 2_000
"""Batches that may wait in memory and journal for the next flush; then `write` flushes first."""

Above = tuple[str, str, datetime, datetime]
"""A quarter of an hour that is dirty: family, place, start and end. Whoever cleans any of them lets go of what the sink remembers ("dirty")."""


class MinuteSink:
    """The `pantau.ports.Sink` that writes minutes and events. Safe to use from several threads."""

    def __init__(  # its tools, each once
        self, database: Database, zones: Zones, journal: Journal, packs: Packs, extents: Extents, folder: Path
    ) -> None:
        self._folder, self._extents, self._packs = folder, extents, packs
        self._refused: list[tuple[str, Slot]] = []
        self._database = database
        self._zones = zones
        self._journal = journal
        self._lock = threading.Lock()
        self._open: OrderedDict[str, OpenRun] = OrderedDict()
        self._events: list[tuple[Event, str, int]] = []
        self._waiting = 0
        self._touched: set[str] = set()
        self._places: set[str] = set()
        self.thaw()
        self._recover()

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
            self._flush()
            with self._database.transaction() as connection:
                state = announce(connection, run)
                self._database.changed("series", "runs", "run_methods")
            open_runs = [(i, o.run) for i, o in self._open.items()]
            for other in [i for i, o in open_runs if run.kind == o.kind == "live" and o.camera == run.camera]:
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
            if self._waiting >= MAX_WAITING:
                self._flush()
            changed = self._folded(state, batch)
            if not state.held:
                self._journal.append(batch)
            self._apply(state, batch, changed)

    def flush(self, place: str | None = None) -> None:
        """Bring everything that waits into the tables, if there is anything (of this place or of events).

        Raises:
            StoreError: nothing was changed, and nothing is lost.
        """
        with self._lock:
            if place is None or place in self._places:
                self._flush()

    def end(self, run: str) -> None:
        """The run is over: minutes that wait are written, and what an earlier attempt left beyond it goes.

        Raises:
            StoreError: nothing was changed.
        """
        with self._lock:
            state = self._open.get(run)
            if state is None:
                return
            self._flush()
            if state.held:
                waiting = waiting_of([(state, state.unsaved)], self._zones)
                with self._database.transaction() as connection:
                    waiting.save(connection, self._packs)
                    self._packs.fold(connection)
                    unseal_run(connection, self._folder, state)
                    self._database.changed("sealed")
                    mark_above(connection, above(self._zones, drop_leftovers(connection, state)))
                self._extents.forget()
            del self._open[run]

    def _recover(self) -> None:
        """Bring in what a process before this one acknowledged and did not flush."""
        for batch in self._journal.batches():
            try:
                state = self._state(batch.run)
            except StoreError as error:
                raise StoreError(f"{self._journal.path} belongs to another store, move it away: {error}") from error
            if batch.seq > state.seq:
                self._apply(state, batch, self._folded(state, batch))
        self._flush()
        self._journal.clear()  # half a line at its end, too

    def thaw(self) -> None:
        """Take note of what is frozen now."""
        with self._database.read() as connection:
            self._frozen = frozen_before(connection)

    def _folded(self, state: OpenRun, batch: Batch) -> dict[Slot, MinuteRow]:
        """The minutes that the batch touches, as they are with it; those that are frozen stay as they are."""
        touched = found(state.run, batch)
        return {slot: merge(self._row(state, slot), part) for slot, part in touched.items() if slot[1] >= self._frozen}

    def _apply(self, state: OpenRun, batch: Batch, changed: dict[Slot, MinuteRow]) -> None:
        state.rows |= changed
        state.unsaved |= set(changed)
        state.seq = batch.seq
        times = [time for of_family in batch.samples.values() for time in of_family]
        state.newest = max([state.newest, *times, *(o.time for o in batch.observations)])
        if times and min(times) < self._frozen:
            self._refused += [(batch.run, slot) for slot in found(state.run, batch) if slot[1] < self._frozen]
        self._events += [(event, batch.run, state.base + batch.seq) for event in batch.events]
        self._places |= {key.place for key, _ in changed} | {event.place for event in batch.events}
        self._touched.add(batch.run)
        self._waiting += 1
        self._open.move_to_end(batch.run)

    def _flush(self) -> None:
        if not self._waiting:
            return
        due = [(state, state.due) for run in self._touched if (state := self._open.get(run))]
        waiting = waiting_of(due, self._zones)
        with self._database.transaction() as connection:
            marked = self._database.remembered("dirty", none_marked)  # none is cleaned before the commit
            waiting.save(connection, self._packs, marked)
            save_events(connection, self._events)
            save_refusals(connection, self._refused, self._frozen)
        marked |= waiting.above
        for state, slots in due:
            state.saved(slots)
        self._extents.wrote(waiting.slots)
        self._journal.clear()
        self._events, self._places, self._touched, self._waiting, self._refused = [], set(), set(), 0, []

    def _state(self, run: str) -> OpenRun:
        if run not in self._open:
            with self._database.read() as connection:
                state = load_run(connection, run)
            if state is None:
                raise StoreError(f"run {run!r} was never announced; begin it before its first batch")
            if state.held:
                raise StoreError(f"replay {run!r} was let go in the middle; begin it again")
            self._remember(state)
        return self._open[run]

    def _remember(self, state: OpenRun) -> None:
        if len(self._open) >= MAX_RUNS:
            self._flush()
            self._open.popitem(last=False)
        self._open[state.run.id] = state

    def _row(self, state: OpenRun, slot: Slot) -> MinuteRow:
        row = state.rows.get(slot)
        if row is None and slot[1] < state.known_from:
            with self._database.read() as connection:
                row = load_row(connection, self._packs, state, slot)
        return row or empty(state.run, slot)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Changed minutes of some runs, ready to be written: packed by family, what is above them, and the runs' seq."""

    packs: Sequence[Pack]
    slots: Sequence[Slot]
    above: frozenset[Above]
    applied: pa.Table | None

    def save(self, connection: duckdb.DuckDBPyConnection, packs: Packs, marked: Set[Above] = frozenset()) -> None:
        """Write them, within the caller's transaction; buckets in `marked` are known to be dirty."""
        packs.save(connection, self.packs)
        mark_above(connection, self.above - marked)
        if self.applied is not None:
            with staged(connection, self.applied):
                connection.execute(queries.APPLIED)


def waiting_of(due: Sequence[tuple[OpenRun, Iterable[Slot]]], zones: Zones) -> Waiting:
    """Changed minutes made into Arrow and packed: half a second of Python for a city minute, before the one writer is taken."""
    rows: dict[str, list[Numbered]] = {}
    every: list[Slot] = []
    for state, slots in due:
        for slot in slots:
            row = Numbered(state.rows[slot], state.numbers[slot[0]], state.number, state.base + state.seq)
            rows.setdefault(slot[0].family, []).append(row)
            every.append(slot)
    return Waiting(
        [packed(name, minute_table(name, of_family)) for name, of_family in rows.items()],
        every,
        above(zones, every),
        table({"run": [s.run.id for s, _ in due], "seq": [s.seq for s, _ in due]}) if due else None,
    )


def save_events(connection: duckdb.DuckDBPyConnection, events: Sequence[tuple[Event, str, int]]) -> None:
    """Merge events, each with its run and seq, by id, within the caller's transaction.

    The start of an event may be corrected by up to an hour.
    """
    if not events:
        return
    starts = [event.start for event, _, _ in events]
    with staged(connection, event_table(events)):
        bounds = {"low": naive(min(starts) - HOUR), "high": naive(max(starts) + HOUR)}
        connection.execute(queries.MERGE_EVENTS, bounds)


def save_refusals(connection: duckdb.DuckDBPyConnection, refused: Sequence[tuple[str, Slot]], frozen: datetime) -> None:
    """Report minutes that were not taken, because what they change is frozen; each once."""
    if not refused:
        return
    content: dict[str, Sequence[object]] = {
        "run": [run for run, _ in refused],
        "family": [key.family for _, (key, _) in refused],
        "place": [key.place for _, (key, _) in refused],
        "direction": [key.direction for _, (key, _) in refused],
        "minute": [minute for _, (_, minute) in refused],
    }
    with staged(connection, table(content)):
        connection.execute(queries.REFUSE, {"frozen": naive(frozen)})


def above(zones: Zones, slots: Iterable[Slot]) -> frozenset[Above]:
    """What is above these minutes and has to be computed again."""
    minutes = {(key.family, key.place, minute) for key, minute in slots}
    return frozenset((name, place, *bucket("quarter_hour", zones.of(place), minute)) for name, place, minute in minutes)


def mark_above(connection: duckdb.DuckDBPyConnection, dirty: Set[Above]) -> None:
    """Note that these have to be computed again, within the caller's transaction."""
    if not dirty:
        return
    names, places, starts, ends = zip(*dirty, strict=True)
    tiers = ["quarter_hour"] * len(dirty)
    content = {"tier": tiers, "family": names, "place": places, "bucket": starts, "finish": ends}
    with staged(connection, table(content)):
        connection.execute(queries.MARK_DIRTY)


def none_marked(_: duckdb.DuckDBPyConnection) -> set[Above]:
    """No bucket is known to be dirty."""
    return set()

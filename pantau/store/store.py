"""The store of one data folder: the sink that runs write to, the tiers above it, and the answers.

    DATA/pantau.lock     held by the one process that owns the folder; has its process id
    DATA/pantau.duckdb   minutes, tiers, events, runs (`pantau.store.schema`)
    DATA/pantau.journal  acknowledged batches that are not in it yet (`pantau.store.journal`)

Only the owner opens it; every other process speaks to the owner. Inside it, threads share one `Store`: one writes at a
time, any number read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pantau.errors import StoreError
from pantau.store.backfill import Backfill, BackfillReport, Row
from pantau.store.database import Database, Lock
from pantau.store.delays import Delays
from pantau.store.extents import Extents, Span
from pantau.store.groups import Groups, Matched, Member, Membership
from pantau.store.journal import Journal
from pantau.store.matched import MatchedDays, Pair, matched_days
from pantau.store.packs import Packs
from pantau.store.reader import EventPage, Reader
from pantau.store.rollup import Rollup
from pantau.store.schema import create
from pantau.store.seal import KEEP, Night, Retention, Sealer
from pantau.store.series import Minute, Series, SeriesQuery, Tier
from pantau.store.sink import MinuteSink, save_events
from pantau.store.zones import Zones
from pantau.types import Batch, Event, Run

LOG_FOR = timedelta(minutes=15)
"""What is committed is in the log and in memory for so long, then in the file; a start after a kill reads no more than that again."""


class Store:
    """Everything Pantau keeps about places over time. Made by `open`; a `Sink`."""

    def __init__(
        self, folder: Path, lock: Lock, timezone: str, clock: Callable[[], datetime], retention: Retention
    ) -> None:
        self._lock, self._clock = lock, clock
        self._checkpointed = clock()
        self.delays = Delays()
        """From capture to kept, since the store was opened."""
        self._database = Database(folder / "pantau.duckdb")
        self._packs = Packs(self._database, folder)
        self._extents = Extents(self._database, self._packs)
        self._journal: Journal | None = None
        try:
            with self._database.transaction() as connection:
                before = create(connection, timezone)
                self._packs.fold(connection)
                zones = Zones.load(connection, timezone)
                zones.follow(connection, before)
            self._journal = Journal(folder / "pantau.journal")
            self._sink = MinuteSink(self._database, zones, self._journal, self._packs, self._extents, folder)
        except BaseException:
            self._release()
            raise
        self._rollup = Rollup(self._database, zones, self._packs)
        self._backfill = Backfill(self._database, zones)
        self._sealer = Sealer(self._database, zones, self._packs, folder, retention)
        self._groups = Groups(self._database, zones, self._packs)
        self._reader = Reader(self._database, zones, self._packs, self._rollup, clock)

    @classmethod
    def open(cls, folder: Path, *, timezone: str, clock: Callable[[], datetime], retention: Retention = KEEP) -> Store:
        """Own the data folder and open its store, made if it is not there.

        Args:
            folder: the data folder.
            timezone: IANA zone of the installation; hours and days are local to it, unless a place has its own.
            clock: gives the present UTC time, to tell which buckets still run.
            retention: how long each tier is kept.

        Raises:
            LockedError: another process owns the folder.
            ConfigError: the zone does not exist.
            StoreError: the file can't be opened, or a newer Pantau wrote it.
        """
        lock = Lock(folder)
        try:
            return cls(folder, lock, timezone, clock, retention)
        except BaseException:
            lock.release()
            raise

    def begin(self, run: Run) -> None:
        """`MinuteSink.begin`."""
        self._sink.begin(run)

    def write(self, batch: Batch) -> None:
        """`MinuteSink.write`; how late its samples were then is noted."""
        self._sink.write(batch)
        self.delays.note(batch, self._clock())

    def end(self, run: str) -> None:
        """`MinuteSink.end`."""
        self._sink.end(run)

    def backfill(
        self, run: Run, tier: Literal["hour", "day"], rows: Iterable[Row], timezones: Mapping[str, str]
    ) -> BackfillReport:
        """`Backfill.backfill`."""
        try:
            return self._backfill.backfill(run, tier, rows, timezones)
        finally:
            self._extents.forget()

    def rollup(self, now: datetime) -> int:
        """Bring what waits into the tables, then `Rollup.rollup`, and every `LOG_FOR` the log into the file; the owner calls it every few seconds.

        Raises:
            StoreError: nothing is lost; call it again.
        """
        self._sink.flush()
        done = self._rollup.rollup(now)
        if abs(now - self._checkpointed) >= LOG_FOR:  # also when the clock was set back
            self._database.checkpoint()
            self._checkpointed = now
        return done

    def night(self, now: datetime) -> Night:
        """Bring the tiers up to date, seal finished days, let go of what is old; the owner calls it once a night.

        Raises:
            StoreError: what was not done is as it was.
        """
        self.rollup(now)
        done = self._sealer.night(now)
        self._sink.thaw()
        self._extents.forget()
        return done

    def refusals(self) -> int:
        """How many late minutes were not taken, because what they change is frozen; the table of that name lists them."""
        with self._database.read() as connection:
            ((count,),) = connection.execute("SELECT count(*) FROM refusals").fetchall()
        return int(count)

    def regroup(self, members: Iterable[Member], now: datetime) -> None:
        """`Groups.follow`."""
        self._sink.flush()
        self._groups.follow(members, now)

    def matched(self, group: str, what: str, tier: Tier, before: datetime, after: datetime) -> Matched:
        """`Groups.matched`."""
        return self._groups.matched(group, what, tier, before, after)

    def matched_days(self, query: SeriesQuery, pairs: Sequence[Pair], covered: float) -> MatchedDays:
        """`pantau.store.matched`, as the last rollup left the days.

        Raises:
            StoreError: the store could not be read.
        """
        with self._database.read() as connection:
            return matched_days(connection, query, pairs, covered)

    def memberships(self) -> Mapping[str, tuple[Membership, ...]]:
        """`Groups.memberships`."""
        return self._groups.memberships()

    def series(self, query: SeriesQuery) -> Series:
        """`Reader.series`."""
        if query.fresh:
            self._settle(query.place)
        return self._reader.series(query)

    def minutes(self, name: str, start: datetime, end: datetime) -> Iterator[Minute]:
        """`Reader.minutes`."""
        self._settle()
        return self._reader.minutes(name, start, end)

    def bounds(self, place: str) -> tuple[datetime, datetime] | None:
        """Start of the first and end of the last stored bucket of a place, whatever its family; None without any."""
        spans = self.extent(place).values()
        return (min(s for s, _ in spans), max(e for _, e in spans)) if spans else None

    def extent(self, place: str) -> Mapping[str, Span]:
        """`Extents.of`."""
        self._settle(place)
        return self._extents.of(place)

    def extents(self) -> Mapping[str, Mapping[str, Span]]:
        """`Extents.all`, as the last flush left it."""
        return self._extents.all()

    def check(self) -> None:
        """Ask something small.

        Raises:
            StoreError: the store can't be read.
        """
        self.refusals()

    def methods(self) -> Mapping[str, Mapping[str, str]]:
        """`Reader.methods`."""
        return self._reader.methods()

    def events(  # as Reader.events
        self,
        place: str | None = None,
        kind: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 100,
        before: tuple[datetime, str] | None = None,
    ) -> EventPage:
        """`Reader.events`."""
        self._settle(place)
        return self._reader.events(place, kind, start, end, limit, before)

    def add_events(self, events: Iterable[Event]) -> None:
        """Keep events that no run found (an outage); one of a known id replaces it, for instance to give its end.

        Raises:
            StoreError: none was kept.
        """
        self._sink.flush()
        with self._database.transaction() as connection:
            save_events(connection, [(event, "", 0) for event in events])

    def close(self) -> None:
        """Write everything into the file and let the folder go.

        Raises:
            StoreError: the file could not be written; what was acknowledged is in the journal.
        """
        try:
            self._sink.flush()
        finally:
            self._release()
            self._lock.release()

    def _settle(self, place: str | None = None) -> None:
        """What waits is brought in before a question; when the disk is full the answer is a little older, not missing."""
        with suppress(StoreError):
            self._sink.flush(place)

    def _release(self) -> None:
        self._database.close()
        if self._journal:
            self._journal.close()

"""Minutes that are committed and do not lie in their table yet: each flush one packed row a family, folded in later.

A city minute is 52,000 wide rows. Laid into the tables by each flush they cost 60 ms of CPU and 8 MB of log, and every few seconds again while
the minute is open. Packed they are a row a family and 1 MB, and only what they last were is laid into the table, once.

    save     what a flush changed, compressed, in the transaction that also moves the runs' seq on and marks the buckets above
    fold     in the transaction that reads minutes of many places (a rollup, a night), what waits is laid into the table: of each series, minute
             and run the row of the highest seq, those of a quarter of an hour in the order of their series
    rows     a question about one place reads what waits beside the table and files; the highest seq stands (`newest`)

So whoever reads ``minute_<family>`` across places folds first, within the transaction. Limits: who asks for hours that still run waits for the
fold, at most a quarter of an hour of minutes. Rejected: an index on series (a primary key's memory, ADR 3) and sorting hours again each night
(every row written twice).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

from pantau.store import queries
from pantau.store.buckets import HOUR, MINUTE
from pantau.store.database import Database
from pantau.store.sealed import unseal
from pantau.store.tables import from_micros, micros, naive, staged
from pantau.types import EPOCH

MOST_ROWS = 1_000_000
"""Rows that wait until the next rollup folds them, whatever the hour."""
BATCH_ROWS = 122_880
"""Rows that one thread lays into the table together: a block of it, of which each has some of the series."""


@dataclass(frozen=True, slots=True)
class Pack:
    """Rows of one family as they are kept while they wait.

    Args:
        low, high: first and last minute.
        count: of rows.
        rows: an Arrow stream of a table such as `pantau.store.tables.minute_table` makes.
    """

    family: str
    low: datetime
    high: datetime
    count: int
    rows: bytes


def packed(name: str, rows: pa.Table) -> Pack:
    """Rows of a family, not none, ready to be saved."""
    sink = pa.BufferOutputStream()
    with ipc.new_stream(sink, rows.schema, options=ipc.IpcWriteOptions(compression="zstd")) as stream:
        stream.write_table(rows)
    bounds = pc.min_max(rows.column("minute")).as_py()
    return Pack(name, bounds["min"], bounds["max"], rows.num_rows, sink.getvalue().to_pybytes())


@dataclass(frozen=True)
class _Kept:
    """A pack as the database gives it; opened by the first question that needs it."""

    family: str
    low: datetime
    high: datetime
    packed: bytes

    @cached_property
    def rows(self) -> pa.Table:
        return _opened(self.packed)


class Packs:
    """What waits in one store. Safe from any thread."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database, self._folder = database, folder
        self._known: Mapping[str, _Kept] = {}

    def save(self, connection: duckdb.DuckDBPyConnection, packs: Sequence[Pack]) -> None:
        """Keep these, within the caller's transaction."""
        if not packs:
            return
        content = {of.name: [getattr(one, of.name) for one in packs] for of in fields(Pack)}
        with staged(connection, pa.table(content)):
            connection.execute(f"INSERT INTO packs BY NAME SELECT uuid() AS id, * FROM {queries.STAGED}")  # noqa: S608  # a constant
        self._database.changed("packs")

    def many(self, connection: duckdb.DuckDBPyConnection) -> bool:
        """Whether more wait than should."""
        ((count,),) = connection.execute("SELECT coalesce(sum(count), 0) FROM packs").fetchall()
        return int(count) >= MOST_ROWS

    def settle(self) -> None:
        """Fold everything that waits, in a transaction of its own.

        Raises:
            StoreError: it waits as before.
        """
        with self._database.read() as connection:
            if not connection.execute("SELECT 1 FROM packs LIMIT 1").fetchone():
                return
        with self._database.transaction() as connection:
            self.fold(connection)

    def fold(self, connection: duckdb.DuckDBPyConnection, name: str | None = None) -> None:
        """Lay what waits (of one family) into the table, within the caller's transaction; sealed days that it changes come back first."""
        taken = "DELETE FROM packs WHERE $name IS NULL OR family = $name RETURNING family, rows"
        waiting: dict[str, list[pa.Table]] = {}
        for of, rows in connection.execute(taken, {"name": name}).fetchall():
            waiting.setdefault(str(of), []).append(_opened(rows))
        if waiting:
            self._database.changed("packs", "sealed")
        for of, tables in waiting.items():
            rows = newest(pa.concat_tables(tables, promote_options="default").combine_chunks())
            minutes = rows.column("minute").cast(pa.int64()).to_numpy()
            unseal(connection, self._folder, of, map(from_micros, np.unique(minutes).tolist()))
            hours = minutes // micros(EPOCH + HOUR)
            found = np.unique(hours)  # each is looked for by itself: late rows are few, and far from the others
            for hour in found:
                _lay(connection, of, rows if found.size == 1 else rows.filter(pa.array(hours == hour)))

    def rows(self, name: str, numbers: Sequence[int], low: datetime, high: datetime) -> pa.Table | None:
        """What waits of some series' minutes in [low, high), as `minute_table` has it, every version; None where nothing does."""
        span = naive(low), naive(high)
        mine = pa.array(list(numbers), pa.int32())
        found = [
            one.rows.filter(pc.and_(pc.is_in(one.rows.column("series"), mine), _within(one.rows, span)))
            for one in self._listed().values()
            if one.family == name and one.low < span[1] and one.high >= span[0]
        ]
        return pa.concat_tables(found, promote_options="default") if found else None

    def row(self, name: str, number: int, minute: datetime, run: int) -> Mapping[str, Any] | None:
        """The newest version that waits of one row, or None."""
        found = self.rows(name, (number,), minute, minute + MINUTE)
        mine = [] if found is None else found.filter(pc.equal(found.column("run"), run)).to_pylist()
        return max(mine, key=lambda row: int(row["seq"]), default=None)

    def _listed(self) -> Mapping[str, _Kept]:
        return self._database.remembered("packs", self._load)

    def _load(self, connection: duckdb.DuckDBPyConnection) -> Mapping[str, _Kept]:
        """What waits, by id; what is known is not read again."""
        known = self._known
        asked = """SELECT CAST(id AS VARCHAR), family, low, high,
            CASE WHEN NOT list_contains($known, CAST(id AS VARCHAR)) THEN rows END FROM packs"""
        found = connection.execute(asked, {"known": list(known)}).fetchall()
        self._known = {
            id_: known[id_] if rows is None else _Kept(name, low, high, rows) for id_, name, low, high, rows in found
        }
        return self._known


def newest(rows: pa.Table) -> pa.Table:
    """Of each series, minute and run the row of the highest seq, in this order."""
    series, minute, run, seq = (
        rows.column(name).cast(pa.int64()).to_numpy() for name in ("series", "minute", "run", "seq")
    )
    order = np.lexsort((seq, run, minute, series))
    last = np.zeros(order.size, bool)
    last[-1:] = True
    for key in (series, minute, run):
        last[:-1] |= key[order][1:] != key[order][:-1]
    return rows.take(pa.array(order[last]))


def _lay(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    """Lay rows of one family and hour, each of another key, into the table: a row of a higher seq stands."""
    bounds = pc.min_max(rows.column("minute")).as_py()
    asked = {"low": bounds["min"], "high": bounds["max"]}
    with staged(connection, pa.Table.from_batches(rows.combine_chunks().to_batches(BATCH_ROWS))):
        there = connection.execute(queries.any_minute(name), asked).fetchone() is not None
        if there:
            connection.execute(queries.drop_lower(name), asked)
        connection.execute(queries.lay_minutes(name, there=there), asked if there else {})


def _opened(rows: bytes) -> pa.Table:
    return ipc.open_stream(rows).read_all()


def _within(rows: pa.Table, span: tuple[datetime, datetime]) -> pa.ChunkedArray:
    low, high = (pa.scalar(time, pa.timestamp("us")) for time in span)
    return pc.and_(pc.greater_equal(rows.column("minute"), low), pc.less(rows.column("minute"), high))

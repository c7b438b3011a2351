"""The DuckDB file and its one owner: the lock, connections, transactions, and what happens when the disk is full.

One process owns a data folder (DuckDB lets no second one in, even to read). Inside it, one thread writes at a time
(`transaction` holds a lock), and any number of threads read: each read gets a cursor, which is a connection of its own and
sees the last committed state. What many questions need and few transactions change (numbers of series, members of
groups) is remembered until one changes it. A commit that fails leaves nothing behind; when DuckDB declares itself unusable after a
failed write, the file is opened again, which replays its log up to the last commit.

Extensions are never fetched: autoinstall and autoload are off.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from pantau.errors import LockedError, StoreError

T = TypeVar("T")
_OPTIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "preserve_insertion_order": False,
    # A city minute is 2 MB of log, several times over while it is open: at 16 MB every other commit would wait for a checkpoint. What a
    # small city commits would not come to so much in days: its owner asks for one (`Database.checkpoint`).
    "checkpoint_threshold": "256MB",
    # Rows of the running transaction are estimated as none, and a loop join chosen for them takes minutes.
    "asof_loop_join_threshold": 0,
}


class Lock:
    """An exclusive lock on a data folder, held until `release` or the end of the process, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Take the lock.

        Raises:
            LockedError: another process (or another part of this one) has it.
            StoreError: the folder can't be written.
        """
        path = folder / "pantau.lock"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+", encoding="ascii")
        except OSError as error:
            raise StoreError(f"{folder}: the data folder can't be written: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.seek(0)
            owner = self._file.read().strip() or "unknown"
            self._file.close()
            raise LockedError(
                f"{folder}: the data folder is in use by process {owner}; stop it first, or choose another folder"
            ) from error
        self._file.seek(0)
        self._file.truncate()
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Let the next one in."""
        self._file.close()


class Database:
    """The owner's connections to one DuckDB file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.RLock()
        self._pending: set[str] = set()
        self._changes: dict[str, int] = {}
        self._known: dict[str, tuple[int, Any]] = {}
        self._root = self._connect()

    def changed(self, *what: str) -> None:
        """Within a transaction: when it is committed, what is remembered under these names is known no more."""
        self._pending.update(what)

    def remembered(self, what: str, load: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """What `load` reads, read once until a transaction that `changed` it is committed; one name has one `load`.

        Raises:
            StoreError: it could not be read.
        """
        version = self._changes.get(
            what, 0
        )  # before the reading begins: what is read then is this version, or a newer one
        known = self._known.get(what)
        if known is None or known[0] != version:
            with self.read() as connection:
                known = version, load(connection)
            self._known[what] = known
        value: T = known[1]
        return value

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that sees the last committed state; for one thread.

        Raises:
            StoreError: the query failed.
        """
        cursor = self._root.cursor()
        try:
            yield cursor
        except duckdb.Error as error:
            raise self._explained(error) from error
        finally:
            cursor.close()

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The writing connection, alone, committed at the end and rolled back on any error. Not nested.

        Raises:
            StoreError: nothing was kept.
        """
        with self._writing:
            self._pending.clear()
            try:
                with self.read() as cursor:
                    cursor.execute("BEGIN")
                    yield cursor
                    cursor.execute("COMMIT")
                for what in self._pending:
                    self._changes[what] = self._changes.get(what, 0) + 1
            except StoreError:
                self._revive()
                raise

    def checkpoint(self) -> None:
        """Bring what is only in the log into the file, and let go of the memory that holds it meanwhile, with all that was deleted since.

        Raises:
            StoreError: it is in the log, as it was.
        """
        with self._writing:
            try:
                with self.read() as connection:
                    connection.execute("CHECKPOINT")
            except StoreError:
                self._revive()
                raise

    def close(self) -> None:
        """Write everything into the one file and let it go."""
        with self._writing:
            self._root.close()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        try:
            connection = duckdb.connect(self._path, config=_OPTIONS)
            # The list of blocks of a sealed city day is longer than what a question reads of it.
            connection.execute("SET GLOBAL parquet_metadata_cache = true")
        except duckdb.Error as error:
            raise self._explained(error) from error
        return connection

    def _revive(self) -> None:
        """Open the file again if the failed write made DuckDB refuse all further work."""
        try:
            self._root.execute("SELECT 1 FROM meta").fetchall()
        except duckdb.Error:
            self._root.close()
            self._root = self._connect()

    def _explained(self, error: duckdb.Error) -> StoreError:
        folder = self._path.parent
        free = shutil.disk_usage(folder).free if folder.exists() else 0
        return StoreError(
            f"{folder}: the store failed with {free:,} bytes free on its disk; what was acknowledged is kept: {error}"
        )

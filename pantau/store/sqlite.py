"""The SQLite file of the control database: connections, transactions and migrations.

WAL, so that other processes (a command beside the running server) read and write it too. A writing transaction takes its
lock when it begins: a reader that turns writer half-way would be refused without waiting. Parameters never appear in
errors, because some are secret.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from pantau.errors import StoreError

T = TypeVar("T")
BUSY_MS = 10_000
"""How long a writer waits for another process's transaction."""
_WRITING = {"pantau_writing": True}


class ControlFile:
    """One SQLite file, migrated to the newest shape."""

    def __init__(self, path: Path) -> None:
        """Open or make it.

        Raises:
            StoreError: it can't be opened, or a newer Pantau made it.
        """
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        except OSError as error:
            raise StoreError(f"{path}: can't be written: {error.strerror}") from error
        self._engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), hide_parameters=True)
        sa.event.listen(self._engine, "connect", _prepare)
        sa.event.listen(self._engine, "begin", _begin)
        self._migrate()
        self._known: dict[str, tuple[int, Any]] = {}
        self._watching = threading.Lock()
        self._watch = sqlite3.connect(path, check_same_thread=False, isolation_level=None)

    def remembered(self, what: str, load: Callable[[], T]) -> T:
        """What `load` reads, read again once anything was committed, by this process or another; one name has one `load`.

        Raises:
            StoreError: it failed.
        """
        stamp = self._stamp()  # before the reading begins: what is read then is as of this commit, or a later one
        known = self._known.get(what)
        if known is None or known[0] != stamp:
            known = self._known[what] = stamp, load()
        value: T = known[1]
        return value

    def _stamp(self) -> int:
        """A number that is another one after any commit; it costs microseconds."""
        try:
            with self._watching:
                ((stamp,),) = self._watch.execute("PRAGMA data_version").fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: the control database failed: {error}") from error
        return int(stamp)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent look at the database.

        Raises:
            StoreError: it failed.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"{self._path}: the control database failed: {error}") from error

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction, alone among all processes.

        Raises:
            StoreError: nothing was changed.
        """
        try:
            with self._engine.connect().execution_options(**_WRITING) as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"{self._path}: the control database failed, nothing was changed: {error}") from error

    def close(self) -> None:
        """Let go of the file."""
        with self._watching:
            self._watch.close()
        self._engine.dispose()

    def _migrate(self) -> None:
        config = Config()
        folder = str(files("pantau.store").joinpath("migrations"))
        config.set_main_option("script_location", folder.replace("%", "%%"))
        try:
            with self.write() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except CommandError as error:
            self._engine.dispose()
            raise StoreError(
                f"{self._path}: was made by a newer Pantau ({error}); start that version, or restore an older copy"
            ) from error


def _prepare(connection: object, _record: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # sqlite3: we say BEGIN ourselves
    cursor = connection.cursor()  # type: ignore[attr-defined]  # as above
    for pragma in (f"busy_timeout = {BUSY_MS}", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    writing = connection.get_execution_options().get("pantau_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

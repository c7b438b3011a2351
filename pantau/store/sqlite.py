"""The SQLite file of the control database: connections, transactions and migrations.

WAL, so that other processes (a command beside the running server) read and write it too. A writing transaction takes its
lock when it begins: a reader that turns writer half-way would be refused without waiting. Parameters never appear in
errors, because some are secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from pantau.errors import StoreError

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
            self.close()
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

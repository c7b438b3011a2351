"""``pantau backup``, ``restore``, ``rebuild`` and ``seal``: the data folder of a city that is stopped."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from pantau.config import Settings
from pantau.ingest.decode import wall_clock as now
from pantau.store import archive, backup
from pantau.store.seal import Retention
from pantau.store.store import Store


def retention_of(settings: Settings) -> Retention:
    """How long the settings keep each tier."""
    return Retention(**settings.keep.model_dump())


def _open(settings: Settings, home: Path) -> Store:
    folder, zone = settings.data.store_at(home), settings.city.zone
    return Store.open(folder, timezone=zone, clock=now, retention=retention_of(settings))


def back_up(target: Path, settings: Settings, home: Path) -> str:
    """Copy everything that can't be fetched again into a new folder.

    Raises:
        StoreError: nothing was copied.
    """
    _open(settings, home).close()  # what is in the journal goes into the one file
    count = backup.backup(settings.data.store_at(home), target)
    return f"{target}: {count} files; keep vault.key and release.key too, apart from them"


def put_back(source: Path, settings: Settings, home: Path) -> str:
    """Make a backup the data folder.

    Raises:
        StoreError: nothing was changed, or the message says what is half done.
    """
    folder = settings.data.store_at(home)
    count = backup.restore(source, folder)
    _open(settings, home).close()
    return f"{folder}: {count} files are back and the store opens"


def make_again(settings: Settings, home: Path) -> str:
    """Make the DuckDB file again from the sealed days.

    Raises:
        StoreError: it is there, or there is nothing to make it of.
    """
    days = archive.rebuild(settings.data.store_at(home), settings.city.zone)
    with closing(_open(settings, home)) as store:
        buckets = store.rollup(now())
    return f"{days} sealed days, {buckets} buckets computed; the days that were not sealed yet are in a backup only"


def seal_now(settings: Settings, home: Path) -> str:
    """Do the night's work at once.

    Raises:
        StoreError: what was not done is as it was.
    """
    with closing(_open(settings, home)) as store:
        night = store.night(now())
    return f"{night.sealed} days sealed, {night.rows:,} rows in {night.bytes:,} bytes; {night.forgotten} forgotten"

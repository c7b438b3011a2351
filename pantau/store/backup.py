"""A copy of a data folder that is whole, and the way back.

    backup    the store is opened and closed, so that the journal and DuckDB's log are in the one file; then numbers, sealed
              days and the control database are copied, with a list of their SHA-256
    restore   every file is checked against the list before one is put in place, and a folder that has numbers is refused

Not copied: the key that opens the cameras' passwords (keep it apart), fetched models, pictures of alarms. Limits: the city has
to be stopped. Rejected: copying a file in use (DuckDB refuses a file that is older than its log).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pantau.errors import StoreError
from pantau.store.database import Lock
from pantau.store.schema import FORMAT
from pantau.store.sealed import FOLDER

NUMBERS, CONTROL, LIST = "pantau.duckdb", "control.db", "backup.json"
_BLOCK = 1 << 20


def backup(folder: Path, target: Path) -> int:
    """Copy a data folder whose store is closed into a new folder; how many files there are.

    Raises:
        LockedError: the city is running.
        StoreError: there is nothing to copy, the target is there, or it can't be written.
    """
    if not (folder / NUMBERS).exists():
        raise StoreError(f"{folder} has no {NUMBERS}, so there is nothing to copy")
    if target.exists():
        raise StoreError(f"{target} is there already; a backup goes into a new folder")
    partial = target.with_name(f"{target.name}.partial")
    lock = Lock(folder)
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for file in _files(folder):
            place = partial / file.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
        if (folder / CONTROL).exists():
            with (
                closing(sqlite3.connect(folder / CONTROL)) as source,
                closing(sqlite3.connect(partial / CONTROL)) as copy,
            ):
                source.backup(copy)
        sums = {str(file.relative_to(partial)): _sum(file) for file in sorted(partial.rglob("*")) if file.is_file()}
        (partial / LIST).write_text(json.dumps({"format": FORMAT, "files": sums}, indent=1), encoding="utf-8")
        partial.rename(target)
    except (OSError, sqlite3.Error) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise StoreError(f"{target}: the backup could not be written, nothing of it was left: {error}") from error
    finally:
        lock.release()
    return len(sums)


def restore(source: Path, folder: Path) -> int:
    """Put a backup in place of a data folder that has no numbers; how many files there are.

    Raises:
        LockedError: the city is running.
        StoreError: it is no backup, a file of it is missing or altered, or the folder has numbers.
    """
    try:
        told = json.loads((source / LIST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{source} is no backup: its {LIST} can't be read: {error}") from error
    if told["format"] > FORMAT:
        raise StoreError(
            f"{source} has data format {told['format']}, this Pantau reads up to {FORMAT}; take a newer one"
        )
    for place in (NUMBERS, CONTROL, FOLDER, "pantau.journal"):
        there = folder / place
        if there.exists() and (there.is_dir() or there.stat().st_size):
            raise StoreError(f"{there} is there; move it away first, a restore overwrites nothing")
    wrong = [
        name for name, sum_ in told["files"].items() if not (source / name).is_file() or _sum(source / name) != sum_
    ]
    if wrong:
        raise StoreError(
            f"{source}: {len(wrong)} files are missing or altered, nothing was restored: {', '.join(wrong[:5])}"
        )
    lock = Lock(folder)
    try:
        for name in sorted(
            told["files"], key=lambda name: name == NUMBERS
        ):  # the numbers last: without them it is not there
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, folder / f"{name}.partial")
            (folder / f"{name}.partial").rename(folder / name)
    except OSError as error:
        raise StoreError(f"{folder}: the restore stopped, move what is there away and begin again: {error}") from error
    finally:
        lock.release()
    return len(told["files"])


def _files(folder: Path) -> Iterator[Path]:
    yield folder / NUMBERS
    yield from sorted((folder / FOLDER).rglob("*.parquet"))


def _sum(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()

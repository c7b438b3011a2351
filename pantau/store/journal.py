"""The batches that are acknowledged and not yet in the tables: one line each in a file of their own.

Every camera gives a batch a second. Merged into the wide tables one by one they cost 43 ms of CPU each (two families, 14
series, measured); appended here 1.4 ms, and the tables are merged every few seconds for all cameras together. What makes
this safe is the sequence number: the tables know the last batch of each run that is in them, so reading the journal again
after a crash, wholly or in part, counts nothing twice.

    line      CRC-32 of the rest, eight hex digits, a space, JSON of the batch
    append    written and synced to the disk before it returns; what fails is cut off again
    the end   a process that died while writing leaves half a line, which nobody acknowledged: it is left out

Rejected: a table in DuckDB (2 ms of CPU per insert), and no journal (a kill would lose seconds that were acknowledged).
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pantau.errors import StoreError
from pantau.store.tables import from_micros, micros
from pantau.types import Batch, Event, Observation, Unseen


class Journal:
    """An append-only file of batches, emptied when they are in the tables."""

    def __init__(self, path: Path) -> None:
        """Open or make it.

        Raises:
            StoreError: it can't be written.
        """
        self.path = path
        try:
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise StoreError(f"{path}: can't be written: {error.strerror}") from error
        self._length = path.stat().st_size

    def append(self, batch: Batch) -> None:
        """Keep a batch.

        Raises:
            StoreError: nothing of it was kept.
        """
        if self._file.closed:
            raise StoreError(f"{self.path.parent}: the store is closed")
        text = json.dumps(_plain(batch), separators=(",", ":")).encode()
        line = b"%08x %s\n" % (zlib.crc32(text), text)
        try:
            if os.fstat(self._file.fileno()).st_size != self._length:
                self._file.truncate(self._length)  # what a failure before this one could not cut off
            written = self._file.write(line)
            if written == len(line):
                os.fdatasync(self._file.fileno())
                self._length += written
                return
            why = f"only {written} of {len(line)} bytes fit"
        except OSError as error:
            why = str(error.strerror)
        self._file.truncate(self._length)
        free = shutil.disk_usage(self.path.parent).free
        raise StoreError(
            f"{self.path.parent}: batch {batch.seq} of run {batch.run} could not be kept, {free:,} bytes free on the "
            f"disk: {why}; free some space, everything acknowledged is kept"
        )

    def batches(self) -> Iterator[Batch]:
        """Every whole batch, in the order kept.

        Raises:
            StoreError: a line before the last is damaged.
        """
        lines = self.path.read_bytes().splitlines(keepends=True)
        for number, line in enumerate(lines, start=1):
            crc, _, text = line.rstrip(b"\n").partition(b" ")
            if line.endswith(b"\n") and crc == b"%08x" % zlib.crc32(text):
                yield _batch(json.loads(text))
            elif number < len(lines):
                raise StoreError(f"{self.path}: line {number} is damaged; move the file away to go on without it")

    def clear(self) -> None:
        """Forget everything: it is in the tables."""
        self._file.truncate(0)
        self._length = 0

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _plain(batch: Batch) -> dict[str, object]:
    return {
        "run": batch.run,
        "seq": batch.seq,
        "samples": {name: [micros(t) for t in times] for name, times in batch.samples.items()},
        "observations": [
            [o.place, o.indicator, o.direction, micros(o.time), o.duration_s, o.value] for o in batch.observations
        ],
        "events": [
            [e.id, e.kind, e.place, micros(e.start), e.end and micros(e.end), dict(e.attributes), e.picture]
            for e in batch.events
        ],
    } | ({"unseen": [[u.family, u.place, micros(u.time), u.share] for u in batch.unseen]} if batch.unseen else {})


def _batch(plain: dict[str, Any]) -> Batch:
    return Batch(
        plain["run"],
        plain["seq"],
        {name: tuple(map(from_micros, times)) for name, times in plain["samples"].items()},
        tuple(Observation(p, i, d, from_micros(t), s, v) for p, i, d, t, s, v in plain["observations"]),
        tuple(Event(i, k, p, from_micros(s), _time(e), a, pic) for i, k, p, s, e, a, pic in plain["events"]),
        tuple(Unseen(f, p, from_micros(t), s) for f, p, t, s in plain.get("unseen", ())),
    )


def _time(value: int | None) -> datetime | None:
    return None if value is None else from_micros(value)

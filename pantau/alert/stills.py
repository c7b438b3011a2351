"""The pictures that explain an alarm: one from before it began, one from when it fired. Redacted ones, or none.

They are the very JPEGs that the live board holds, in which people, faces and plates are hidden; the alarm engine never sees a
frame. Where the board holds none (the redaction failed, the camera is away) the alarm says so instead.

    DATA/alarms/2026-11-23/ID-before.jpg, ID-at.jpg     UTC day of the onset

They are written to a file beside and renamed, so that none is half. They are kept `days` days and `megabytes` in all; the oldest
go first. Pictures of an alarm that was withdrawn before it fired go at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, Protocol

import structlog

from pantau.alarm import Alarm, Still

FOLDER: Final = "alarms"
NONE: Final = "the camera showed no redacted picture then"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")

log = structlog.get_logger(__name__)


class Pictures(Protocol):
    """The redacted pictures that are held of each camera; `pantau.serve.kept.board.LiveBoard` is one."""

    def pictures(self, camera: str) -> Sequence[tuple[datetime, bytes]]:
        """Time of capture and JPEG, the oldest first."""
        ...


class Stills:
    """Keeps pictures of alarms below a data folder.

    Args:
        folder: the data folder.
        pictures: where the pictures are taken from.
        days: how long they are kept; 0 keeps none.
        megabytes: how many of them are kept.
    """

    def __init__(self, folder: Path, pictures: Pictures, days: int = 30, megabytes: int = 500) -> None:
        self._home, self._folder = folder, folder / FOLDER
        self._pictures, self._days, self._limit = pictures, days, megabytes * 1_000_000

    def take(self, alarm: Alarm, which: Literal["before", "at"]) -> Still:
        """Keep a picture for an alarm: the newest from before its onset (else the oldest there is), or the newest."""
        held = self._pictures.pictures(alarm.camera) if alarm.camera and self._days else ()
        if not held:
            return Still(why=NONE if self._days else "no pictures of alarms are kept here")
        older = [one for one in held if one[0] < alarm.since]
        time, jpeg = held[-1] if which == "at" else older[-1] if older else held[0]
        path = self._folder / f"{alarm.since.astimezone(UTC):%Y-%m-%d}" / f"{alarm.id}-{which}.jpg"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(".part")
            beside.write_bytes(jpeg)
            beside.replace(path)
        except OSError as error:
            log.warning("alarm.picture", alarm=alarm.id, error=error.strerror)
            return Still(why=f"the picture could not be kept: {error.strerror}")
        return Still(str(path.relative_to(self._home)), time)

    def read(self, still: Still) -> bytes | None:
        """A kept picture; None when there is none (any more)."""
        path = (self._home / still.file).resolve()
        if not still.file or not path.is_relative_to(self._folder.resolve()):
            return None
        try:
            return path.read_bytes()
        except OSError:
            return None

    def drop(self, alarm: Alarm) -> None:
        """Forget an alarm's pictures."""
        for still in (alarm.before, alarm.at):
            if still.file:
                (self._home / still.file).unlink(missing_ok=True)

    def expire(self, now: datetime) -> None:
        """Remove what is too old, then the oldest until the rest fits."""
        kept = f"{now - timedelta(days=self._days):%Y-%m-%d}" if self._days else "9"
        files = sorted((day.name, file.stat().st_mtime, file) for day in self._days_kept() for file in day.iterdir())
        total = sum(file.stat().st_size for _, _, file in files)
        for day, _, file in files:
            if day < kept or total > self._limit:
                total -= file.stat().st_size
                file.unlink(missing_ok=True)
        for folder in self._days_kept():
            if not any(folder.iterdir()):
                folder.rmdir()

    def _days_kept(self) -> list[Path]:
        return [day for day in self._folder.glob("*") if day.is_dir() and _DAY.fullmatch(day.name)]

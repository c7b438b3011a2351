"""The label JSON of one clip, as `pantau evaluate --truth` reads it, written whole after every change.

    {"made_by": "pantau label", "clip": …, "clip_print": …, "camera": …, "start": …, "size": [w, h], "fps": …,
     "lines": [{"id", "start": [x, y], "end": [x, y], "labelled": [from_s, to_s] | null,
                "crossings": [{"frame", "t_s", "along", "direction", "class"}]}]}

Line ends are pixels. `labelled` is the stretch of the clip in which every crossing of the line was counted: null when
none was. `t_s` is the picture's own time; with `frame` and `fps` alone a clip of uneven rate would be labelled askew.

A save goes to a file beside it, to the disk, and then takes its place, so a cut leaves the old or the new one. A file that
is not ours, belongs to another clip or other lines, or was changed by somebody else in the meantime is left as it is.
Rejected: a journal of steps (the whole file is small), and undo across sessions (nobody remembers what it would undo).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from pantau.errors import ConfigError, DataError
from pantau.label.sheet import Crossing, Sheet, Stretch
from pantau.places import DIRECTIONS, Camera, local_id

MADE_BY: Final = "pantau label"
ENDS: Final = 1 << 20
"""Bytes at either end of a video that tell it from another."""
SAME_PX: Final = 0.6
"""Pixels by which the end of a line may differ; the file rounds to tenths."""

SAME_FPS: Final = 0.001
"""Share by which pictures per second may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a sheet is about.

    Args:
        clip: name of the clip.
        clip_print: see `clip_print`.
        size: (width, height), pixels.
        start: UTC of the first picture as the user said it; may be empty.
    """

    clip: str
    clip_print: str
    camera: Camera
    size: tuple[int, int]
    fps: float
    start: str = ""


def clip_print(path: Path) -> str:
    """What tells a clip from another: a hash of its length and ends, or of the names and sizes in a folder."""
    made = hashlib.sha256()
    if path.is_dir():
        for one in sorted(path.iterdir()):
            made.update(f"{one.name} {one.stat().st_size}\n".encode())
        return made.hexdigest()[:32]
    with path.open("rb") as file:
        made.update(str(path.stat().st_size).encode())
        made.update(file.read(ENDS))
        file.seek(max(0, path.stat().st_size - ENDS))
        made.update(file.read(ENDS))
    return made.hexdigest()[:32]


class SheetFile:
    """Where a sheet is kept.

    Args:
        path: the label file; need not exist.
        about: what it must be about.
    """

    def __init__(self, path: Path, about: About) -> None:
        self.path, self.about = path, about
        self._seen: tuple[int, int, int] | None = None

    def load(self) -> Sheet:
        """The sheet in the file; an empty one where there is no file.

        Raises:
            ConfigError: the folder or file can't be read, or the file is not a sheet of this clip and these lines.
        """
        lines = [local_id(line.id) for line in self.about.camera.lines]
        if not self.path.parent.is_dir():
            raise ConfigError(f"--out {self.path}: there is no folder {self.path.parent}; make it first")
        try:
            text = self.path.read_text("utf-8")
        except FileNotFoundError:
            return Sheet(lines)
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"--out {self.path}: can't be read: {error}") from error
        try:
            found = json.loads(text)
        except ValueError as error:
            raise self._foreign("it is no JSON") from error
        if not isinstance(found, dict) or found.get("made_by") != MADE_BY:
            raise self._foreign(f"it was not made by {MADE_BY!r}")
        self._same(found)
        if not self.about.start and isinstance(found.get("start"), str):
            self.about = replace(self.about, start=found["start"])  # said once, it need not be said again
        try:
            sheet = Sheet(lines, _crossings(found), dict(_stretches(found)))
        except (DataError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._foreign(f"it is damaged ({error})") from error
        self._seen = self._stat()
        return sheet

    def save(self, sheet: Sheet) -> None:
        """Write the sheet; when this returns, it is on the disk.

        Raises:
            ConfigError: somebody else wrote the file since, or it can't be written; what is there is unharmed.
        """
        now = self._stat()
        if now is not None and now != self._seen:
            raise ConfigError(
                f"{self.path} was written by another program since; it is left as it is. Move it away, or start "
                "`pantau label` again with another --out"
            )
        target = self.path.resolve()  # a link stays one
        part = target.with_name(f".{target.name}.part")
        try:
            with part.open("w", encoding="utf-8") as file:
                json.dump(_told(sheet, self.about), file, ensure_ascii=False, indent=1)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        except OSError as error:
            raise ConfigError(f"{self.path}: can't be written: {error.strerror}; what was there is unharmed") from error
        self._seen = self._stat()

    def _stat(self) -> tuple[int, int, int] | None:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return None
        return stat.st_ino, stat.st_size, stat.st_mtime_ns

    def _foreign(self, why: str) -> ConfigError:
        return ConfigError(f"--out {self.path}: {why}, so it is left as it is; name another file with --out")

    def _same(self, found: dict[str, Any]) -> None:
        about = self.about
        if found.get("clip_print") != about.clip_print:
            raise self._foreign(f"it holds the counts of another clip ({found.get('clip')!r}, this is {about.clip!r})")
        if found.get("size") != list(about.size):
            raise self._foreign(f"it is of pictures of {found.get('size')}, the clip has {list(about.size)}")
        if not isinstance(fps := found.get("fps"), int | float) or abs(fps - about.fps) > SAME_FPS * about.fps:
            raise self._foreign(
                f"it was counted at {fps} pictures per second, this clip is said to have {about.fps:g}: its times would not fit"
            )
        there, here = found.get("lines"), list(_drawn(about))
        if not isinstance(there, list) or [_ends(line)[0] for line in there] != [line["id"] for line in here]:
            raise self._foreign(f"it has other lines than camera {about.camera.id}")
        for old, new in zip(there, here, strict=True):
            a, b = (np.asarray(_ends(line)[1], np.float64) for line in (old, new))
            if a.shape != (2, 2) or np.abs(a - b).max() > SAME_PX:
                raise self._foreign(
                    f"line {new['id']!r} was counted at {old.get('start')} to {old.get('end')}, the camera file has it "
                    f"at {new['start']} to {new['end']}"
                )


def _ends(line: object) -> tuple[object, list[object]]:
    return (line.get("id"), [line.get("start"), line.get("end")]) if isinstance(line, dict) else (None, [])


def _drawn(about: About) -> Iterator[dict[str, Any]]:
    """The lines of the camera in pixels."""
    width, height = about.size
    for line in about.camera.lines:
        ends = {
            name: [round(x * width, 1), round(y * height, 1)]
            for name, (x, y) in (("start", line.start), ("end", line.end))
        }
        yield {"id": local_id(line.id), **ends}


def _told(sheet: Sheet, about: About) -> dict[str, object]:
    lines = [
        {
            **line,
            "labelled": list(sheet.stretches[line["id"]]) if line["id"] in sheet.stretches else None,
            "crossings": [
                {
                    "frame": c.frame,
                    "t_s": round(c.t_s, 4),
                    "along": round(c.along, 3),
                    "direction": c.direction,
                    "class": c.road_user,
                }
                for c in sheet.crossings
                if c.line == line["id"]
            ],
        }
        for line in _drawn(about)
    ]
    return {
        "made_by": MADE_BY,
        "clip": about.clip,
        "clip_print": about.clip_print,
        "camera": about.camera.id,
        "start": about.start,
        "size": list(about.size),
        "fps": about.fps,
        "lines": lines,
    }


def _crossings(found: dict[str, Any]) -> Iterator[Crossing]:
    for line in found["lines"]:
        for entry in line["crossings"]:
            yield Crossing(
                id=0,
                line=str(line["id"]),
                frame=int(entry["frame"]),
                t_s=float(entry["t_s"]),
                along=float(entry["along"]),
                direction=DIRECTIONS[DIRECTIONS.index(entry["direction"])],
                road_user=str(entry["class"]),
            )


def _stretches(found: dict[str, Any]) -> Iterator[tuple[str, Stretch]]:
    for line in found["lines"]:
        if (stretch := line.get("labelled")) is not None:
            from_s, to_s = stretch
            yield str(line["id"]), (float(from_s), float(to_s))

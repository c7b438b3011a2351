"""``pantau replay``: recordings in, lines out.

The JSON lines are frozen (other people's scorers read them): one per settled crossing, ``{"line", "direction", "class",
"t_s", "frame"}`` with t_s in seconds of the clip and frames from 1, then one summary line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from rich.console import Console
from rich.table import Table

from pantau.camera_file import load_label_lines, load_one_camera
from pantau.commands.show import progress_on
from pantau.config import Settings
from pantau.errors import ConfigError
from pantau.findings import Live
from pantau.ingest.decode import Probe
from pantau.ingest.decode import wall_clock as now
from pantau.ingest.sources import probe
from pantau.pipeline import Summary
from pantau.places import Camera, local_id
from pantau.ports import Sink
from pantau.replay import Models, Replay
from pantau.replay import replay as run_loop
from pantau.types import Batch, Event, Run

if TYPE_CHECKING:
    from pantau.store.store import Store

DEFAULT_MODELS = Path("data/models")
NEARLY_ALL = 0.98
"""Share of the promised frames below which a clip counts as truncated; containers round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """What the command line said; `keep` holds the installation whose store takes the minutes."""

    clip: str
    start: str
    camera: Path | None
    lines: Path | None
    fps: float | None
    source_fps: float | None
    detector: str
    keep: tuple[Settings, Path] | None
    json: bool
    models: Path | None
    timezone: str = ""


class Teller:
    """A sink that says each settled crossing as it comes, and hands everything on to the store where there is one."""

    def __init__(self, say: Callable[[Event], None], store: Store | None) -> None:
        self._say, self._store = say, store

    def begin(self, run: Run) -> None:
        """Pass it on."""
        if self._store:
            self._store.begin(run)

    def write(self, batch: Batch) -> None:
        """Keep, then say."""
        if self._store:
            self._store.write(batch)
        for event in batch.events:
            if event.kind == "crossing":
                self._say(event)

    def end(self, run: str) -> None:
        """Pass it on."""
        if self._store:
            self._store.end(run)


class ProgressBoard:
    """A board that only tells how far the clip is."""

    def __init__(self, start: datetime, advance: Callable[[float], None]) -> None:
        self._start, self._advance = start, advance

    def post(self, live: Live) -> None:
        """Move on to the sample's time."""
        self._advance((live.time - self._start).total_seconds())

    def looked_at(self, camera: str) -> bool:
        """Nobody does."""
        del camera
        return False


def run_replay(options: ReplayOptions) -> None:
    """Count the clip and say what was settled.

    Raises:
        PantauError: an option, the clip, a model or the store is not what it must be.
    """
    camera = _registered(_camera(options), options)
    start = parse_time(options.start)
    about = probe(options.clip, source_fps=options.source_fps)
    duration_s = about.duration_s or 0.0
    counts: dict[tuple[str, str, str], int] = {}

    def say(event: Event) -> None:
        direction, road_user = str(event.attributes["direction"]), str(event.attributes["class"])
        key = (local_id(event.place), direction, road_user)
        counts[key] = counts.get(key, 0) + 1
        if options.json:
            t_s = round((event.start - start).total_seconds(), 3)
            json_line(
                line=key[0], direction=direction, **{"class": road_user}, t_s=t_s, frame=round(t_s * about.fps) + 1
            )

    with progress_on(Console(stderr=True)) as progress:
        models = Models(_models(options), progress=progress.fetch)
        store = _store(options)
        board = ProgressBoard(start, progress.clip(Path(options.clip).name, duration_s))
        sink: Sink = Teller(say, store)
        try:
            summary = run_loop(
                Replay(camera=camera, start=start, source_fps=options.source_fps, timezone=_timezone(options)),
                models,
                sink,
                board,
                now,
            )
            if store:
                store.rollup(now())
        finally:
            if store:
                store.close()
    _warn_truncated(options.clip, summary, about)
    _report(options, summary, counts, duration_s)


def checked_timezone(name: str) -> str:
    """An IANA time zone.

    Raises:
        ConfigError: there is none of this name.
    """
    if name and name not in available_timezones():
        raise ConfigError(f"--timezone: expected an IANA zone such as Asia/Jakarta, got {name!r}")
    return name


def _timezone(options: ReplayOptions) -> str:
    """The zone said, else the installation's whose store takes the minutes; empty where nobody said one."""
    return checked_timezone(options.timezone) or (options.keep[0].city.zone if options.keep else "")


def parse_time(text: str) -> datetime:
    """An ISO 8601 time with its offset, as UTC.

    Raises:
        ConfigError: it is no time, or does not say its offset.
    """
    if not text:
        raise ConfigError("a recording does not know when it was made; say it with --start 2026-01-31T07:00:00Z")
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"--start: expected a time such as 2026-01-31T07:00:00Z, got {text!r}") from error
    if time.tzinfo is None:
        raise ConfigError(f"--start: {text!r} does not say its offset; write {text}Z for UTC or {text}+07:00 for WIB")
    return time.astimezone(now().tzinfo)


def _camera(options: ReplayOptions) -> Camera:
    if (options.camera is None) == (options.lines is None):
        raise ConfigError("say what is counted: either --camera FILE.toml or --lines LABELS.json")
    camera = load_one_camera(options.camera) if options.camera else load_label_lines(options.lines or Path())
    changed = replace(camera, source=options.clip)
    if options.fps is not None:
        if not 0 < options.fps <= 60:  # the camera file's own limits
            raise ConfigError(f"--fps: expected more than 0 and at most 60, got {options.fps}")
        changed = replace(changed, fps=options.fps)
    return replace(changed, detector=options.detector) if options.detector else changed


def _registered(camera: Camera, options: ReplayOptions) -> Camera:
    """With --keep: the camera with the revisions of the register, so that its numbers belong to known places.

    Raises:
        ConfigError: the register does not have it, or has it with other lines or zones.
    """
    if options.keep is None:
        return camera
    from pantau.store.control import Control  # noqa: PLC0415  # SQLAlchemy only where minutes are kept

    settings, home = options.keep
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        known = control.camera(camera.id)
    finally:
        control.close()
    if known is not None:
        lines = tuple(replace(line, revision=1) for line in known.lines)
        zones = tuple(replace(zone, revision=1) for zone in known.zones)
        slots = tuple(replace(slot, revision=1) for slot in known.slots)
        if (lines, zones, slots) == (camera.lines, camera.zones, camera.slots):
            return replace(camera, lines=known.lines, zones=known.zones, slots=known.slots, revision=known.revision)
    what = "is not in the register" if known is None else "has other lines, zones or slots in the register"
    raise ConfigError(f"camera {camera.id} {what}; put it there first: pantau apply {options.camera or 'FILE'}")


def _models(options: ReplayOptions) -> Path:
    if options.models:
        return options.models
    if options.keep:
        settings, home = options.keep
        return settings.data.models_at(home)
    return DEFAULT_MODELS


def _store(options: ReplayOptions) -> Store | None:
    if options.keep is None:
        return None
    from pantau.store.store import Store  # noqa: PLC0415  # DuckDB only where minutes are kept

    settings, home = options.keep
    return Store.open(settings.data.store_at(home), timezone=settings.city.zone, clock=now)


def json_line(**fields: object) -> None:
    """Write one object on a line of its own, at once."""
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def _warn_truncated(clip: str, summary: Summary, about: Probe) -> None:
    """Say on stderr when a clip holds less than it promises; what could be read was counted."""
    decoded = summary.samples + sum(n for cause, n in summary.dropped.items() if cause != "broken")
    if summary.dropped.get("broken") or decoded < NEARLY_ALL * (about.frames or 0):
        what = f"{decoded} of {about.frames} frames" if about.frames else f"{decoded} frames"
        told = f"{Path(clip).name} is truncated or damaged: {what} could be read; they were counted"
        Console(stderr=True, soft_wrap=True).print(told)


def _report(
    options: ReplayOptions, summary: Summary, counts: dict[tuple[str, str, str], int], duration_s: float
) -> None:
    if options.json:
        json_line(
            summary=True,
            samples=summary.samples,
            crossings=summary.crossings,
            duration_s=round(duration_s, 3),
            fps=round(summary.samples / duration_s, 3) if duration_s else None,
            dropped=dict(summary.dropped),
        )
        return
    table = Table(title=f"{Path(options.clip).name}: {summary.crossings} crossings in {duration_s:.0f} s")
    for column in ("line", "direction", "class"):
        table.add_column(column)
    table.add_column("count", justify="right")
    for (line, direction, road_user), n in sorted(counts.items()):
        table.add_row(line, direction, road_user, str(n))
    Console().print(table)

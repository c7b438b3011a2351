"""``pantau evaluate``: a clip against its truth; how right each count is, and where the two sides disagree.

The clip is counted as ``pantau replay`` does it. With ``--report`` it is read a second time for the pictures of the
disagreements; with ``--keep`` the result becomes the validation of the camera's lines, so that it travels with every figure.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pantau.camera_file import load_one_camera
from pantau.commands.clips import DEFAULT_MODELS, ProgressBoard, parse_time
from pantau.commands.show import progress_on
from pantau.config import Settings
from pantau.errors import ConfigError, DataError
from pantau.evaluate.accuracy import ALL, TOLERANCE_S, Row, Score, score
from pantau.evaluate.crossings import Crossings
from pantau.evaluate.files import read_truth
from pantau.evaluate.report import Picture, Report, Strip, chosen, page, window_of
from pantau.evaluate.tracking import TrackScore, track_score
from pantau.evaluate.truth import Recording, Truth
from pantau.evaluate.witness import Witness
from pantau.ingest.decode import wall_clock as now
from pantau.ingest.sources import probe
from pantau.pipeline import Summary
from pantau.places import Camera, local_id
from pantau.replay import Models, Replay, look_again
from pantau.replay import replay as run_loop
from pantau.store.control import Control
from pantau.store.validations import Validation
from pantau.types import CLASSES, EPOCH, Run
from pantau.vocabulary import indicators

PICTURES = 5
APART_S = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateOptions:
    """What the command line said; `keep` holds the installation whose register takes the result."""

    clip: str
    camera: Path
    truth: Path
    start: str
    fps: float | None
    source_fps: float | None
    detector: str
    tolerance_s: float
    report: Path | None
    json: bool
    keep: tuple[Settings, Path] | None
    models: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    job: Replay
    recording: Recording
    truth: Truth
    run: Run
    summary: Summary
    witness: Witness
    score: Score
    tracks: TrackScore | None


def run_evaluate(options: EvaluateOptions, models: Models | None = None) -> None:
    """Count the clip, compare, say, and keep; `models` are those of the options' folder unless given.

    Raises:
        PantauError: an option, the clip, the truth, a model or the register is not what it must be.
    """
    if not 0 < options.tolerance_s <= 60:
        raise ConfigError(f"--tolerance: expected seconds above 0 and at most 60, got {options.tolerance_s}")
    if options.keep and options.tolerance_s > TOLERANCE_S:
        raise ConfigError(
            f"--keep: a tolerance of {options.tolerance_s:g} s lets chance agree; keep comparisons of at most {TOLERANCE_S:g} s"
        )
    job = _job(options)
    about = probe(options.clip, source_fps=options.source_fps)
    recording = Recording(
        file=str(options.truth),
        camera=job.camera,
        size=(about.width, about.height),
        fps=about.fps,
        frames=about.frames or (round(about.duration_s * about.fps) if about.duration_s else None),
        start=job.start if options.start else None,
    )
    truth = read_truth(options.truth, recording)
    if options.keep and truth.kind == "sums":
        raise ConfigError(
            f"--keep: {options.truth} holds sums, in which misses and false counts cancel unseen: that is no accuracy; "
            "count moments, as `pantau label` writes them"
        )
    revisions = _revisions(job.camera, truth, options.keep) if options.keep else {}
    with progress_on(Console(stderr=True)) as progress:
        models = models or Models(_models(options), progress=progress.fetch)
        board = ProgressBoard(job.start, progress.clip(Path(options.clip).name, about.duration_s or 0.0))
        result = _compare(job, recording, truth, models, board, options.tolerance_s)
        if options.report:
            options.report.write_text(page(_report(result, models, options)), "utf-8")
    if options.keep:
        _keep(result, options, options.keep, revisions)
    _say(result, options)


def _job(options: EvaluateOptions) -> Replay:
    camera = replace(load_one_camera(options.camera), source=options.clip)
    # Hours of a limit change no count, and a clip with truth need not know its time zone.
    camera = replace(camera, zones=tuple(replace(zone, schedule="") for zone in camera.zones))
    if options.fps is not None:
        if not 0 < options.fps <= 60:  # the camera file's own limits
            raise ConfigError(f"--fps: expected more than 0 and at most 60, got {options.fps}")
        camera = replace(camera, fps=options.fps)
    if options.detector:
        camera = replace(camera, detector=options.detector)
    start = parse_time(options.start) if options.start else EPOCH
    return Replay(camera=camera, start=start, source_fps=options.source_fps)


def _models(options: EvaluateOptions) -> Path:
    if options.models:
        return options.models
    return options.keep[0].data.models_at(options.keep[1]) if options.keep else DEFAULT_MODELS


def _compare(  # what a comparison is made of
    job: Replay, recording: Recording, truth: Truth, models: Models, board: ProgressBoard, tolerance_s: float
) -> _Result:
    sink, witness = Crossings(job.start), Witness(job.start, 1 / job.camera.fps)
    summary = run_loop(job, models, sink, board, now, (witness,))
    if sink.run is None:
        raise DataError(f"{recording.file}: the clip gave no run to compare")
    tracks = track_score(list(witness.matchups(truth))) if truth.boxes else None
    found = score(truth, sink.marks, tolerance_s)
    return _Result(
        job=job,
        recording=recording,
        truth=truth,
        run=sink.run,
        summary=summary,
        witness=witness,
        score=found,
        tracks=tracks,
    )


# --- the report -------------------------------------------------------------------------------------------------------


def _report(result: _Result, models: Models, options: EvaluateOptions) -> Report:
    truth = f"{options.truth.name} ({result.truth.kind}, SHA-256 {_sha256(options.truth)[:12]})"
    lines = ", ".join(sorted(local_id(line) for line in result.truth.lines))
    facts = (
        ("kamera", "camera", f"{result.job.camera.name} ({result.job.camera.id})"),
        ("rekaman", "clip", Path(options.clip).name),
        ("kebenaran", "truth", truth),
        ("garis", "lines", lines),
        ("metode", "method", " / ".join(dict.fromkeys(result.run.method.values()))),
        ("sampel per detik", "samples per second", f"{result.job.camera.fps:g}"),
        ("toleransi", "tolerance", f"± {options.tolerance_s:g} s"),
        ("tanggal", "date", f"{result.run.started:%Y-%m-%d %H:%M} UTC"),
    )
    return Report(
        camera=result.job.camera,
        clip=Path(options.clip).name,
        time=result.run.started,
        facts=facts,
        notes=result.truth.notes,
        score=result.score,
        tracks=result.tracks,
        strips=tuple(_strips(result, models)),
    )


def _strips(result: _Result, models: Models) -> Iterator[Strip]:
    lines = {line.id: line for line in result.job.camera.lines}
    plans = []
    wanted: dict[int, list[tuple[float, float, float, float]]] = {}
    for one in chosen(result.score.disagreements):
        line = lines[one.mark.line]
        paths = tuple(result.witness.paths(one.mark, line))
        window = window_of(line)
        seen = result.witness.frames_around(one.mark.t_s, PICTURES, APART_S)
        places = []
        for sample in seen:
            places.append((sample, len(wanted.setdefault(sample.frame, []))))
            wanted[sample.frame].append(window)
        plans.append((one, line, paths, window, places))
    shown = look_again(result.job, models, wanted, now) if wanted else {}
    for one, line, paths, window, places in plans:
        pictures = tuple(
            Picture(shown[sample.frame][number], sample.size, window, sample.t_s)
            for sample, number in places
            if sample.frame in shown
        )
        yield Strip(one, line, pictures, paths)


# --- keeping ----------------------------------------------------------------------------------------------------------


def _revisions(camera: Camera, truth: Truth, keep: tuple[Settings, Path]) -> dict[str, int]:
    """The register's revision of every line that is compared; before the work, so that nobody waits in vain.

    Raises:
        ConfigError: the register doesn't have the camera, or has a line elsewhere.
    """
    settings, home = keep
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        known = control.camera(camera.id)
    finally:
        control.close()
    if known is None:
        raise ConfigError(f"--keep: camera {camera.id!r} is not in the register; `pantau apply` its file first")
    there = {line.id: line for line in known.lines}
    for line in camera.lines:
        drawn = there.get(line.id)
        if line.id in truth.lines and (drawn is None or (drawn.start, drawn.end) != (line.start, line.end)):
            raise ConfigError(
                f"--keep: the register has line {line.id!r} elsewhere or not at all; `pantau apply` the camera file that "
                "was evaluated, so that the result is of the line that counts"
            )
    return {line: there[line].revision for line in sorted(truth.lines)}


def _keep(result: _Result, options: EvaluateOptions, keep: tuple[Settings, Path], revisions: dict[str, int]) -> None:
    found = list(validations(result.score.rows, result, options, revisions))
    settings, home = keep
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        control.validated(found)
        known = control.camera(result.job.camera.id)
    finally:
        control.close()
    say = Console(stderr=True)
    say.print(f"kept: {len(found)} comparisons of camera {result.job.camera.id}")
    if known and known.masks != result.job.camera.masks:
        say.print("the register's camera has other masks: its figures will say expired")
    if known and known.fps != result.job.camera.fps:
        say.print(
            f"the register's camera takes {known.fps:g} samples a second, this was {result.job.camera.fps:g}: its figures "
            "will say expired"
        )


def validations(
    rows: Iterable[Row], result: _Result, options: EvaluateOptions, revisions: dict[str, int]
) -> Iterator[Validation]:
    """What is kept: a row for each class, line (or the camera) and direction that had anything to count."""
    counts = (one for one in indicators().values() if one.over_time == "sum" and "line" in one.places)
    family = {one.road_user: one.family for one in counts if one.road_user}
    source = f"{options.truth.name} {_sha256(options.truth)[:12]}"
    for row in rows:
        method = result.run.method.get(family.get(row.road_user, ""))
        if row.road_user not in CLASSES or not row.truth or method is None:
            continue
        low, high = row.interval
        yield Validation(
            camera=result.job.camera.id,
            place=row.line or result.job.camera.id,
            direction=row.direction,
            road_user=row.road_user,
            truth=row.truth,
            missed=row.missed,
            over=row.over,
            net_error=row.net_error,
            low=low,
            high=high,
            time=result.run.started,
            method=method,
            fps=result.job.camera.fps,
            revisions=revisions if row.line == ALL else {row.line: revisions[row.line]},
            clip=Path(options.clip).name,
            source=source,
        )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- saying -----------------------------------------------------------------------------------------------------------


def _say(result: _Result, options: EvaluateOptions) -> None:
    complain = Console(stderr=True)
    for note in result.truth.notes:
        complain.print(f"note: {note}", markup=False)
    if options.report:
        complain.print(f"wrote {options.report}", markup=False)
    if options.json:
        sys.stdout.write(json.dumps(told(result, options)) + "\n")
        return
    pooled = result.score.pooled
    table = Table(title=f"{Path(options.clip).name}: accuracy {_number(pooled.accuracy)} of {pooled.truth} crossings")
    for column in ("line", "direction", "class"):
        table.add_column(column)
    for column in ("n", "counted", "missed", "over", "accuracy", "95 %", "net error"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("")
    for row in result.score.rows:
        low, high = row.interval
        table.add_row(
            local_id(row.line) or "all",
            row.direction or "both",
            row.road_user or "all",
            *map(str, (row.truth, row.counted, row.missed, row.over)),
            _number(row.accuracy),
            f"{low:.3f} - {high:.3f}" if row.truth else "-",
            f"{row.net_error:.3f}",
            "below" if row.flagged else "",
        )
    say = Console()
    say.width = max(say.width, 120)
    say.print(table)
    if result.tracks:
        t = result.tracks
        say.print(f"HOTA {t.hota:.3f}  MOTA {t.mota:.3f}  IDF1 {t.idf1:.3f}  over {t.frames} frames")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def told(result: _Result, options: EvaluateOptions) -> dict[str, object]:
    """The result as one JSON object; the pooled figures first."""
    pooled = _row(result.score.pooled)
    return {
        **{name: pooled[name] for name in ("accuracy", "interval", "n", "missed", "over", "net_error")},
        "clip": Path(options.clip).name,
        "camera": result.job.camera.id,
        "truth": {"file": options.truth.name, "kind": result.truth.kind, "sha256": _sha256(options.truth)},
        "tolerance_s": options.tolerance_s,
        "fps": result.job.camera.fps,
        "samples": result.summary.samples,
        "method": dict(result.run.method),
        "rows": [_row(row) for row in result.score.rows],
        "tracks": asdict(result.tracks) if result.tracks else None,
        "disagreements": [
            {
                "kind": one.kind,
                "line": local_id(one.mark.line),
                "direction": one.mark.direction,
                "class": one.mark.road_user,
                "t_s": round(one.mark.t_s, 3),
            }
            for one in result.score.disagreements
        ],
        "notes": list(result.truth.notes),
        "kept": options.keep is not None,
    }


def _row(row: Row) -> dict[str, object]:
    low, high = row.interval
    return {
        "line": local_id(row.line) or None,
        "direction": row.direction or "both",
        "class": row.road_user or None,
        "n": row.truth,
        "counted": row.counted,
        "missed": row.missed,
        "over": row.over,
        "accuracy": None if row.accuracy is None else round(row.accuracy, 4),
        "interval": [round(low, 4), round(high, 4)] if row.truth else None,
        "net_error": round(row.net_error, 4) if row.truth else None,
        "flagged": row.flagged,
    }

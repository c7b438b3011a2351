"""One loop over a recording, and the parts that a loop is put together from.

`replay` counts a clip as fast as it goes; `look` counts what stands in each zone of single stills. Neither owns a data
folder nor serves a page. With `pantau.app`, the only module that names concrete classes.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pantau.errors import ModelError
from pantau.ingest.sources import SourceOptions, local_path, open_source
from pantau.masks import Masks
from pantau.measure.analysers import analyser
from pantau.measure.plate import PlateWatch
from pantau.measure.taught import FAMILY as TAUGHT
from pantau.measure.taught import TaughtAnalyser
from pantau.pipeline import Parts, Summary, watch
from pantau.places import Camera
from pantau.ports import Analyser, Board, Detector, Embedder, Redactor, Sink
from pantau.see.cuda import Device
from pantau.see.detectors import LoadedModel, load_detector
from pantau.see.fetch import Progress
from pantau.see.registry import fetch, model
from pantau.see.tracker import TwoStageTracker
from pantau.types import Frame, Gap, Key, Run, Tracks, View

if TYPE_CHECKING:
    from pantau.see.faces import FaceFinder
    from pantau.see.thumbnail import Window


class Models:
    """The detectors of this process: each loaded once, each camera with a request of its own."""

    def __init__(
        self,
        folder: Path,
        precision: str = "auto",
        progress: Progress | None = None,
        device: Device = "cpu",
        *,
        patches: bool = False,
    ) -> None:
        self._folder, self._precision, self._progress, self._device = folder, precision, progress, device
        self._patches = patches
        self._lock = threading.Lock()
        self._loaded: dict[str, LoadedModel] = {}
        self._faces: FaceFinder | None = None
        self._embedder: Embedder | None = None

    def detector(self, name: str) -> Detector:
        """A detector of that name for one camera.

        Raises:
            ModelError: it can't be fetched, is not what it should be, or does not run here.
        """
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = load_detector(
                    name,
                    self._folder,
                    precision=self._precision,
                    device=self._device,
                    progress=self._progress,
                    patches=self._patches,
                )
            return self._loaded[name].open()

    def looks_at(self, name: str) -> int:
        """Pixels of a picture that this detector looks at; those of the default one for a detector of a plugin."""
        try:
            height, width = model(name, self._folder).input.size
        except ModelError:
            height, width = model("centernet").input.size
        return height * width

    def load(self, name: str) -> None:
        """Have a detector and the face finder ready, so that the first camera need not wait.

        Raises:
            ModelError: as `detector` and `redactor`.
        """
        self.detector(name)
        fetch(model("centerface"), self._folder, self._progress)

    def redactor(self, camera: Camera) -> Redactor:
        """What makes this camera's pictures showable.

        Raises:
            ModelError: its face finder can't be had.
        """
        from pantau.see.redact import Mosaic  # noqa: PLC0415  # only where pictures are shown

        return Mosaic(self.faces(), camera.masks)

    def embedder(self) -> Embedder:
        """What says how a zone looks, loaded once.

        Raises:
            ModelError: it can't be had.
        """
        from pantau.see.embed import load_embedder  # noqa: PLC0415  # only where something is taught

        with self._lock:
            if self._embedder is None:
                self._embedder = load_embedder(self._folder, self._progress)
            return self._embedder

    def faces(self) -> FaceFinder:
        """What finds faces, loaded once.

        Raises:
            ModelError: it can't be had.
        """
        from pantau.see.faces import load_faces  # noqa: PLC0415  # only where pictures are shown

        with self._lock:
            if self._faces is None:
                self._faces = load_faces(self._folder, self._progress)
            return self._faces


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One pass over a clip.

    Args:
        camera: whose lines and zones are measured; its `source` is the clip.
        start: UTC of the clip's first picture.
        source_fps: pictures per second of a folder of pictures.
        timezone: IANA zone of the camera's wall clock; only schedules need it.
        lazy: decode only what moves (`pantau.ingest.lazy`).
    """

    camera: Camera
    start: datetime
    source_fps: float | None = None
    timezone: str = ""
    lazy: bool = False

    def run_id(self, method: Mapping[str, str]) -> str:
        """Hash of what the clip holds and how it is counted, so that the same replay replaces what it wrote.

        Where the clip lies and what the camera is called do not matter.
        """
        counted = asdict(
            replace(self.camera, source="", name="", attribution="", priority="normal", revision=1, lessons=())
        )
        told = json.dumps([counted, self.start.isoformat(), self.source_fps, dict(method)], sort_keys=True)
        return (
            "replay-" + hashlib.sha256((told + _fingerprint(local_path(self.camera.source))).encode()).hexdigest()[:24]
        )


def replay(  # the parts of a loop, and who looks on
    job: Replay,
    models: Models,
    sink: Sink,
    board: Board,
    clock: Callable[[], datetime],
    witnesses: tuple[Analyser, ...] = (),
) -> Summary:
    """Run the loop over a clip as fast as it goes; `clock` gives UTC now.

    `witnesses` see every sample beside the camera's analysers; what they say is no part of the run.

    Raises:
        SourceError: the clip can't be read.
        ModelError: the detector can't be had.
    """
    options = SourceOptions(start=job.start, pace="fast", source_fps=job.source_fps, lazy=job.lazy, clock=clock)
    source = open_source(job.camera, options)
    detector = models.detector(job.camera.detector)
    tracker, analysers = TwoStageTracker(), analysers_of(job.camera, job.timezone, models.embedder)
    method = methods_of(job.camera, analysers, detector, tracker.method)
    run = Run(
        id=job.run_id(method),
        camera=job.camera.id,
        kind="replay",
        started=clock(),
        keys=keys_of(analysers),
        method=method,
        cadence_s={a.family: a.needs.cadence_s for a in analysers},
    )
    return watch(
        Parts(
            camera=job.camera,
            run=run,
            source=source,
            detector=detector,
            tracker=tracker,
            analysers=(*analysers, *witnesses),
            sink=sink,
            board=board,
        )
    )


def look_again(
    job: Replay, models: Models, wanted: Mapping[int, Sequence[Window]], clock: Callable[[], datetime]
) -> dict[int, list[bytes]]:
    """Redacted JPEGs of windows of some frames of a clip, by frame number; empty bytes where none can be vouched for.

    Raises:
        SourceError: the clip can't be read.
        ModelError: the detector or the face finder can't be had.
    """
    from pantau.see.thumbnail import thumbnails  # noqa: PLC0415  # only where pictures are shown

    detector, faces, masks = models.detector(job.camera.detector), models.faces(), Masks(job.camera.masks)
    source = open_source(
        job.camera, SourceOptions(start=job.start, pace="fast", source_fps=job.source_fps, clock=clock)
    )
    shown: dict[int, list[bytes]] = {}
    last = max(wanted, default=0)
    try:
        for frame in source.samples():
            if isinstance(frame, Gap) or frame.index not in wanted:
                continue
            found, windows = detector.detect(masks.apply(frame.image)), wanted[frame.index]
            if found is None:
                shown[frame.index] = [b""] * len(windows)
            else:
                shown[frame.index] = thumbnails(frame.image, found, faces, job.camera.masks, windows)
            if frame.index >= last:
                break
    finally:
        source.close()
    return shown


def plate(job: Replay, models: Models, clock: Callable[[], datetime]) -> tuple[bytes, float] | None:
    """The camera's background plate as a redacted JPEG, and the share of it that is known; nothing where too little is.

    Raises:
        SourceError: the clip can't be read.
        ModelError: the detector or the face finder can't be had, or the plate can't be vouched for.
    """
    detector, redactor, masks = (
        models.detector(job.camera.detector),
        models.redactor(job.camera),
        Masks(job.camera.masks),
    )
    options = SourceOptions(start=job.start, pace="fast", source_fps=job.source_fps, clock=clock)
    source, watched, last = open_source(job.camera, options), PlateWatch(), job.start
    try:
        for frame in source.samples():
            if isinstance(frame, Gap) or not watched.due(frame.time):
                continue
            image = masks.apply(frame.image)
            if (found := detector.detect(image)) is not None:
                watched.step(View(replace(frame, image=image), found, Tracks.empty()))
                last = frame.time
    finally:
        source.close()
    if (made := watched.plate()) is None:
        return None
    found = detector.detect(made.image)
    jpeg = redactor.redact(Frame(job.camera.id, last, made.image, 1, 0.0), found) if found is not None else None
    if jpeg is None:
        raise ModelError(f"camera {job.camera.id}: its plate can't be vouched for, so it is not written; try again")
    return jpeg, made.share


def analysers_of(camera: Camera, timezone: str, embedder: Callable[[], Embedder]) -> tuple[Analyser, ...]:
    """The analysers that the camera asks for, sampled at its rate; `embedder` is asked for where something is taught.

    Raises:
        ConfigError: one of them is not known, or needs the time zone (IANA) that its hours are in, and it is empty.
    """
    here = replace(camera, timezone=timezone)
    return tuple(
        TaughtAnalyser(here, 1 / camera.fps, embedder()) if name == TAUGHT else analyser(name)(here, 1 / camera.fps)
        for name in camera.analysers
    )


def keys_of(analysers: tuple[Analyser, ...]) -> tuple[Key, ...]:
    """Every series that these analysers measure."""
    return tuple(key for analyser in analysers for key in analyser.keys)


def methods_of(camera: Camera, analysers: tuple[Analyser, ...], detector: Detector, tracker: str) -> dict[str, str]:
    """Per family, what measures it: stored beside every number.

    How often it looks and what is blacked out change numbers as much as a detector does, so they stand in it, too.
    """
    looks = f"{detector.method} · {tracker}"
    masked = f" · masks {_masks_digest(camera)}" if camera.masks else ""
    return {a.family: f"{looks} · {1 / a.needs.cadence_s:.3g}/s{masked} · {a.method}" for a in analysers}


def _masks_digest(camera: Camera) -> str:
    return hashlib.sha256(repr(camera.masks).encode()).hexdigest()[:8]


def _fingerprint(path: Path) -> str:
    """Names a clip by what it holds: bytes of a file, names and sizes of a folder."""
    if path.is_dir():
        return repr(sorted((p.name, p.stat().st_size) for p in path.iterdir()))
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

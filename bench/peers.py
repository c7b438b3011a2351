"""Other people's trackers, on the same boxes as ours: those of PyPI ``trackers``, at the true rate.

The first of a peer's `TRIALS` settings is its defaults. The others try the two things that decide at low rates and with
another detector than the one the defaults were made for: from which confidence a box is believed (and how many samples
prove a track), and how much boxes must overlap. Ours gets as many trials, over the two settings that its methods page calls
the most sensitive. Rejected: searching wider, which finds the luckiest setting for three clips.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import supervision as sv
import trackers

from pantau.see.motion import Noise
from pantau.see.tracker import TrackerSettings
from pantau.types import Detections, Floats, Ints

Setting = Mapping[str, float | int]

_OVERLAPS: Final = (None, 0.15, 0.05)
"""Least overlap; None: the default."""

_SURE: Final[tuple[Setting, ...]] = ({}, {"sure": 0.4, "samples": 2}, {"sure": 0.25, "samples": 1})
"""Confidence believed at once and samples that prove a track; nothing: the defaults."""

_WORDS: Final[Mapping[str, tuple[type[Any], Mapping[str, tuple[str, ...]], Mapping[str, bool]]]] = {
    "sort": (
        trackers.SORTTracker,
        {"sure": ("track_activation_threshold",), "overlap": ("minimum_iou_threshold",)},
        {},
    ),
    "bytetrack": (
        trackers.ByteTrackTracker,
        {
            "sure": ("track_activation_threshold", "high_conf_det_threshold"),
            "overlap": ("minimum_iou_threshold",),
        },
        {},
    ),
    "ocsort": (
        trackers.OCSORTTracker,
        {"sure": ("high_conf_det_threshold",), "overlap": ("minimum_iou_threshold",)},
        {},
    ),
    "botsort": (
        trackers.BoTSORTTracker,
        {
            "sure": ("track_activation_threshold", "high_conf_det_threshold"),
            "overlap": ("minimum_iou_threshold_first_assoc", "minimum_iou_threshold_unconfirmed_assoc"),
        },
        {"enable_cmc": False},  # boxes only, as for everyone here; the cameras that count do not move
    ),
}
PEERS: Final = tuple(_WORDS)


def _settings(name: str) -> tuple[Setting, ...]:
    """A peer's settings in its own words, its defaults first."""
    _, words, _ = _WORDS[name]
    out = []
    for sure in _SURE:
        for overlap in _OVERLAPS:
            setting: dict[str, float | int] = {}
            if "sure" in sure:
                setting |= dict.fromkeys(words["sure"], sure["sure"])
                setting["minimum_consecutive_frames"] = sure["samples"]
            if overlap is not None:
                setting |= dict.fromkeys(words["overlap"], overlap)
            out.append(setting)
    return tuple(out)


SETTINGS: Final[Mapping[str, tuple[Setting, ...]]] = {name: _settings(name) for name in PEERS}

OURS: Final = tuple(
    TrackerSettings(limit=limit, noise=Noise(position=position))
    for limit in (18.0, 14.0, 25.0)
    for position in (0.1, 0.07, 0.14)
)
"""Ours, the defaults first."""

TRIALS: Final = len(OURS)
assert all(len(settings) == TRIALS for settings in SETTINGS.values()), "everyone gets as many trials"


class Peer:
    """One of them at `fps` samples a second, with the settings of one trial."""

    def __init__(self, name: str, fps: float, trial: int = 0) -> None:
        make, _, always = _WORDS[name]
        self._tracker = make(frame_rate=fps, **always, **SETTINGS[name][trial])

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

"""Riders belong to their two-wheelers; pedestrians who pass one do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from pantau.see.tracker import TwoStageTracker
from pantau.types import CLASSES, EPOCH, Detections

Box = tuple[float, float, float, float, str]
"""centre x, bottom y, width, height, class"""


def shown(samples: Sequence[Sequence[Box]]) -> list[list[str]]:
    """The classes of the tracks that each sample shows."""
    tracker = TwoStageTracker()
    out = []
    for i, rows in enumerate(samples):
        xyxy = np.array([[x - w / 2, y - h, x + w / 2, y] for x, y, w, h, _ in rows], np.float32).reshape(-1, 4)
        class_id = np.array([CLASSES.index(name) for *_, name in rows], np.int64)
        found = Detections(xyxy, np.full(len(rows), 0.8, np.float32), class_id)
        tracks = tracker.step(found, EPOCH + timedelta(seconds=i / 5))
        out.append([CLASSES[c] for c in tracks.detections.class_id])
    return out


def motorcycle(x: float, y: float = 300) -> list[Box]:
    return [(x, y, 70, 50, "motorcycle"), (x, y - 8, 34, 78, "person")]


def test_rider_and_motorcycle_are_one_motorcycle() -> None:
    samples = shown([motorcycle(100 + 40 * i) for i in range(15)])
    assert samples == [["motorcycle"]] * 15


def test_a_rider_who_waits_at_a_light_stays_a_rider() -> None:
    xs = [100 + 40.0 * i for i in range(8)] + [380.0] * 20 + [380 + 40.0 * i for i in range(8)]
    assert all(sample == ["motorcycle"] for sample in shown([motorcycle(x) for x in xs]))


def test_a_dense_crowd_of_motorcycles_shows_every_motorcycle_and_no_rider() -> None:
    rows = [[box for n in range(8) for box in motorcycle(60 + 95 * n + 25 * i, 260 + 30 * (n % 3))] for i in range(12)]
    assert all(sample == ["motorcycle"] * 8 for sample in shown(rows)[2:])


def test_a_pedestrian_who_passes_a_parked_motorcycle_stays_a_pedestrian() -> None:
    parked: Box = (400, 300, 70, 50, "motorcycle")
    samples = shown([[parked, (250 + 15.0 * i, 305, 34, 90, "person")] for i in range(20)])
    assert all("person" in sample for sample in samples)


def test_a_pedestrian_beside_a_passing_motorcycle_stays_a_pedestrian() -> None:
    samples = shown([[(100 + 50.0 * i, 300, 70, 50, "motorcycle"), (300, 310, 34, 90, "person")] for i in range(12)])
    assert all("person" in sample for sample in samples)

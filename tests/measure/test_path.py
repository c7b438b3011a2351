"""What a road user is: the vote over its path, and a bicycle that is too fast to be one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest

from pantau.measure.path import Path, samples
from pantau.types import CLASSES, EPOCH, Detections, Tracks


def path(names: Sequence[str], speeds: Sequence[float], height: float = 44.0) -> Path:
    """A road user of this height in pixels; speeds in m/s, where a two-wheeler of 1.1 m is as high as the box."""
    out: Path | None = None
    for i, (name, speed) in enumerate(zip(names, speeds, strict=True)):
        found = Detections(
            np.array([[100, 300 - height, 100 + 1.6 * height, 300]], np.float32),
            np.array([0.6], np.float32),
            np.array([CLASSES.index(name)], np.int64),
        )
        velocity = np.array([[speed * height / 1.1, 0]], np.float32)
        [sample] = samples(EPOCH + timedelta(seconds=i / 5), Tracks(found, np.array([1]), velocity))[1]
        out = out or Path(1, sample, sample)
        out.add(sample, CLASSES.index(name), 0.6)
    assert out is not None
    return out


@pytest.mark.parametrize("height", [12.0, 44.0, 180.0])
def test_a_bicycle_at_forty_is_a_motorcycle_at_any_distance(height: float) -> None:
    assert path(["bicycle"] * 6, [11.0] * 6, height).class_name == "motorcycle"


def test_a_slow_motorcycle_stays_one_and_a_brisk_bicycle_too() -> None:
    """To be slow proves nothing: motorcycles wait in queues."""
    assert path(["motorcycle"] * 6, [1.0] * 6).class_name == "motorcycle"
    assert path(["bicycle"] * 6, [7.0] * 6).class_name == "bicycle"


def test_the_vote_decides_where_speed_does_not() -> None:
    assert path(["bicycle", "motorcycle", "motorcycle"], [5.0] * 3).class_name == "motorcycle"
    assert path(["bicycle", "bicycle", "motorcycle"], [5.0] * 3).class_name == "bicycle"


def test_jumps_of_the_box_prove_nothing() -> None:
    assert path(["bicycle"] * 9, [4, 12, 12, 4, 12, 4, 12, 12, 4]).class_name == "bicycle"


def test_once_fast_it_stays_a_motorcycle() -> None:
    assert path(["bicycle"] * 6, [11, 11, 11, 1, 0, 0]).class_name == "motorcycle"


@pytest.mark.parametrize("name", ["person", "car", "truck"])
def test_speed_says_nothing_of_others(name: str) -> None:
    assert path([name] * 6, [20.0] * 6).class_name == name


def test_a_bicycle_from_straight_above_is_no_motorcycle_because_its_box_is_flat() -> None:
    """1.75 m long and 0.6 m wide at 6 m/s, seen from above: its height shortens more than its way does."""
    out: Path | None = None
    for i in range(8):
        box = np.array([[100, 270, 187, 300]], np.float32)  # 50 px are a metre
        found = Detections(box, np.array([0.6], np.float32), np.array([CLASSES.index("bicycle")], np.int64))
        tracks = Tracks(found, np.array([1]), np.array([[300.0, 0]], np.float32))
        [sample] = samples(EPOCH + timedelta(seconds=i / 5), tracks)[1]
        out = out or Path(1, sample, sample)
        out.add(sample, CLASSES.index("bicycle"), 0.6)
    assert out is not None
    assert out.class_name == "bicycle"

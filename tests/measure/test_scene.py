"""Tracker and counting together, on made scenes whose truth is known."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from pantau.measure.crossing import CrossingCounter, Passage
from pantau.places import Line
from pantau.see.tracker import TwoStageTracker
from pantau.types import EPOCH, Detections

SIZE = (1000, 600)
LINE = Line(id="l", camera="c", name="l", start=(0.5, 1.0), end=(0.5, 0.0))
FPS = 10.0


class Walkers:
    """People who enter at one side at even times, walk to the other and leave; half of them each way."""

    def __init__(self, seed: int, people: int = 16) -> None:
        random = np.random.default_rng(seed)
        self.enters = np.sort(random.uniform(0, 30, people))
        self.speed = random.uniform(60, 110, people) * np.where(np.arange(people) % 2, -1, 1)
        self.y = random.uniform(120, 590, people)
        self.random = random

    @property
    def forward(self) -> int:
        return int((self.speed > 0).sum())

    @property
    def backward(self) -> int:
        return int((self.speed < 0).sum())

    def at(self, t: float, missed: float) -> Detections:
        x = np.where(self.speed > 0, 0, 1000) + self.speed * (t - self.enters)
        seen = (t >= self.enters) & (x >= 0) & (x <= 1000) & (self.random.random(len(x)) >= missed)
        n = int(seen.sum())
        noise = self.random.normal(0, 1.5, (n, 4))
        boxes = np.stack([x[seen] - 15, self.y[seen] - 80, x[seen] + 15, self.y[seen]], axis=1) + noise
        return Detections(
            boxes.astype(np.float32), self.random.uniform(0.45, 0.7, n).astype(np.float32), np.zeros(n, np.int64)
        )


def counted(scene: Walkers, step: int, missed: float) -> tuple[int, int]:
    tracker, counter = TwoStageTracker(), CrossingCounter([LINE])
    found: list[Passage] = []
    for frame in range(0, 500, step):
        time = EPOCH + timedelta(seconds=frame / FPS)
        found += counter.step(time, SIZE, tracker.step(scene.at(frame / FPS, missed), time))
    found += counter.close()
    directions = [p.direction for p in found]
    return directions.count("forward"), directions.count("backward")


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("step", [1, 2, 3])
def test_every_walker_is_counted_once_at_ten_five_and_three_samples_a_second(seed: int, step: int) -> None:
    scene = Walkers(seed)
    forward, backward = counted(scene, step, missed=0.0)
    assert abs(forward - scene.forward) <= 1
    assert abs(backward - scene.backward) <= 1


@pytest.mark.parametrize("seed", range(2))
def test_a_detector_that_misses_every_seventh_box_changes_little(seed: int) -> None:
    scene = Walkers(seed)
    forward, backward = counted(scene, 2, missed=0.15)
    assert abs(forward - scene.forward) <= 1
    assert abs(backward - scene.backward) <= 1

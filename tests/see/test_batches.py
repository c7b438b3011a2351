"""Batches: whoever waits goes together, each is told of its own picture, and a lone one waits for nobody."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from pantau.see.batches import Batches
from pantau.types import Floats


class Device:
    """Doubles its input, takes its time, and remembers how large each batch was."""

    def __init__(self, seconds: float = 0.02) -> None:
        self.seconds, self.sizes, self.running = seconds, list[int](), 0

    def run(self, array: Floats) -> dict[str, Floats]:
        self.running += 1
        assert self.running == 1, "a device runs one batch at a time"
        self.sizes.append(len(array))
        time.sleep(self.seconds)
        self.running -= 1
        if (array < 0).any():
            raise RuntimeError("out of memory")
        return {"double": array * 2}


def asked(batches: Batches, numbers: range) -> dict[int, float]:
    told: dict[int, float] = {}

    def ask(n: int) -> None:
        told[n] = float(batches.infer(np.full((1, 3), n, np.float32))["double"][0, 0])

    threads = [threading.Thread(target=ask, args=(n,)) for n in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return told


def test_everybody_is_told_of_their_own_picture_in_few_batches() -> None:
    device = Device()
    told = asked(Batches(device.run, most=8), range(20))
    assert told == {n: 2.0 * n for n in range(20)}
    assert sum(device.sizes) == 20
    assert max(device.sizes) <= 8
    assert len(device.sizes) <= 8  # alone they would be 20


def test_a_lone_picture_waits_for_nobody() -> None:
    device = Device(0.0)
    assert Batches(device.run).infer(np.ones((1, 3), np.float32))["double"].shape == (1, 3)
    assert device.sizes == [1]


def test_a_network_that_takes_no_batches_gets_none() -> None:
    device = Device(0.002)
    assert len(asked(Batches(device.run, most=1), range(6))) == 6
    assert device.sizes == [1] * 6


def test_a_failure_is_told_to_its_batch_and_the_next_one_runs() -> None:
    device = Device(0.0)
    batches = Batches(device.run)
    with pytest.raises(RuntimeError, match="out of memory"):
        batches.infer(np.full((1, 3), -1, np.float32))
    assert batches.infer(np.ones((1, 3), np.float32))["double"][0, 0] == 2

"""Turns: who waits, who goes first, and what happens when nobody can have all."""

from __future__ import annotations

import threading
import time
from collections import Counter

import numpy as np
import pytest
from typing_extensions import override

from pantau.ports import Detector
from pantau.see.turns import Turns, _Share
from pantau.types import Detections, Image

PICTURE = np.zeros((4, 4, 3), np.uint8)
NOTHING = Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int64))


class Slow:
    """A detector that takes its time, and says who looked."""

    method = "slow"

    def __init__(self, name: str, seconds: float, log: list[str], inside: Counter[str] | None = None) -> None:
        self.name, self.seconds, self.log = name, seconds, log
        self.inside = inside if inside is not None else Counter()
        self.most = 0
        self.told: list[float | None] = []

    def detect(self, image: Image, deadline_s: float | None = None) -> Detections | None:
        del image
        self.told.append(deadline_s)
        self.inside["now"] += 1
        self.most = max(self.most, self.inside["now"])
        self.log.append(self.name)
        time.sleep(self.seconds)
        self.inside["now"] -= 1
        return NOTHING


class Broken(Slow):
    @override
    def detect(self, image: Image, deadline_s: float | None = None) -> Detections | None:
        raise ValueError("broken")


def busy(cameras: dict[str, tuple[Detector, float]], seconds: float, deadline_s: float | None = None) -> dict[str, int]:
    """Pictures that each camera got looked at, when all ask without a pause."""
    got: Counter[str] = Counter()
    stop = threading.Event()

    def loop(name: str, detector: Detector) -> None:
        while not stop.is_set():
            got[name] += detector.detect(PICTURE, deadline_s) is not None

    threads = [threading.Thread(target=loop, args=(name, detector)) for name, (detector, _) in cameras.items()]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join(10)
    return dict(got)


def shared(
    turns: Turns, weights: dict[str, float], took_s: dict[str, float], log: list[str]
) -> dict[str, tuple[Detector, float]]:
    return {name: (turns.share(Slow(name, took_s[name], log), weight), weight) for name, weight in weights.items()}


def test_no_more_look_at_once_than_there_are_turns() -> None:
    turns, inside, log = Turns(2), Counter[str](), list[str]()
    slow = [Slow(str(n), 0.005, log, inside) for n in range(6)]
    busy({one.name: (turns.share(one, 1.0), 1.0) for one in slow}, 0.2)
    assert max(one.most for one in slow) == 2


def granted(
    weights: dict[str, float],
    took_s: dict[str, float],
    turns: Turns,
    rounds: int,
    shares: dict[str, _Share] | None = None,
) -> Counter[str]:
    """Who had how many of so many turns, when everybody else waits whenever one ends: no clock has a say."""
    got: Counter[str] = Counter()
    shares = shares or {name: _Share(weight) for name, weight in weights.items()}
    over = threading.Event()

    def loop(name: str) -> None:
        while turns.take(shares[name], None):
            while sum(not one.gone for one in turns._queue) < len(weights) - 1 and not over.is_set():
                time.sleep(0)
            if got.total() >= rounds:
                over.set()
            else:
                got[name] += 1
            turns.give(shares[name], took_s[name])
            if over.is_set():
                return

    threads = [threading.Thread(target=loop, args=(name,)) for name in weights]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return got


def test_when_there_is_not_enough_each_gets_its_weight() -> None:
    """Of many cameras: who has just had its turn can't have the next one too, whatever its weight."""
    weights = {"a": 4.0, "b": 4.0} | dict.fromkeys("cdefghij", 1.0)
    got = granted(weights, dict.fromkeys(weights, 1.0), Turns(1), 320)
    assert [got["a"], got["b"]] == pytest.approx([80, 80], abs=4)
    assert [got[name] for name in "cdefghij"] == pytest.approx([20] * 8, abs=2)


def test_a_dear_model_has_the_same_time_and_fewer_pictures() -> None:
    took_s = dict.fromkeys("ab", 4.0) | dict.fromkeys("wxyz", 1.0)
    got = granted(dict.fromkeys(took_s, 1.0), took_s, Turns(1), 180)
    assert [got[name] for name in "abwxyz"] == pytest.approx([10, 10, 40, 40, 40, 40], abs=3)


def test_who_slept_has_no_more_than_its_part_afterwards() -> None:
    """A camera on which nothing moved for an hour must not shut out the others for one."""
    turns = Turns(1)
    shares = {name: _Share(1.0) for name in "abcdef"}
    granted(dict.fromkeys("abcde", 1.0), dict.fromkeys("abcde", 1.0), turns, 500, shares)
    got = granted(dict.fromkeys("abcdef", 1.0), dict.fromkeys("abcdef", 1.0), turns, 120, shares)
    assert got["f"] == pytest.approx(20, abs=2)


def test_a_picture_that_waits_too_long_is_given_up_and_counted() -> None:
    turns, log = Turns(1), list[str]()
    holder, late = turns.share(Slow("holder", 0.3, log), 1.0), turns.share(Slow("late", 0, log), 1.0)
    first = threading.Thread(target=holder.detect, args=(PICTURE,))
    first.start()
    while not log:
        time.sleep(0.001)
    assert late.detect(PICTURE, 0.02) is None
    assert turns.load().given_up == 1
    first.join()
    assert late.detect(PICTURE, 0.02) is not None  # the one that had given up holds nothing
    assert log == ["holder", "late"]


class TooSlow(Slow):
    """One that never expects to be in time: a large model on a small computer."""

    @override
    def detect(self, image: Image, deadline_s: float | None = None) -> Detections | None:
        return None if deadline_s is not None else NOTHING


def test_a_picture_whose_answer_would_come_too_late_is_counted_as_given_up() -> None:
    turns = Turns(1)
    slow = turns.share(TooSlow("slow", 0, []))
    assert slow.detect(PICTURE, 0.5) is None
    assert slow.detect(PICTURE) is not None
    assert turns.load().given_up == 1


def test_the_detector_is_told_what_is_left_of_the_deadline() -> None:
    turns, log = Turns(1), list[str]()
    slow = Slow("a", 0, log)
    one = turns.share(slow, 1.0)
    one.detect(PICTURE, 5.0)
    one.detect(PICTURE)
    left, none = slow.told
    assert left is not None
    assert 4.5 < left <= 5.0
    assert none is None


def test_a_detector_that_fails_gives_its_turn_back() -> None:
    turns = Turns(1)
    broken = turns.share(Broken("broken", 0, []), 1.0)
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"):
            broken.detect(PICTURE, 0.1)
    assert turns.share(Slow("a", 0, []), 1.0).detect(PICTURE, 0.1) is not None


def test_the_load_says_how_busy_it_is() -> None:
    turns, log = Turns(1), list[str]()
    busy(shared(turns, {"a": 1.0, "b": 1.0}, dict.fromkeys("ab", 0.01), log), 0.5)
    load = turns.load()
    assert load.at_once == 1
    assert load.busy_s == pytest.approx(0.5, abs=0.2)
    assert load.wait_s > 0
    assert load.given_up == 0


def test_waiting_changes_no_method() -> None:
    assert Turns(1).share(Slow("a", 0, []), 1.0).method == "slow"

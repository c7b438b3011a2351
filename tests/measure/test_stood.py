"""What shows within a vehicle that stands is its own until it goes; what lay there first, or is as large as it, is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from pantau.measure.stood import KEPT_S, LOOKS, MOST, Boxes, Stood

T = datetime(2026, 1, 1, tzinfo=UTC)
CAR = (100.0, 100.0, 160.0, 140.0)
LAMP = (104.0, 122.0, 116.0, 132.0)


def at(minutes: float) -> datetime:
    return T + timedelta(minutes=minutes)


def boxes(*them: tuple[float, float, float, float]) -> Boxes:
    return np.array(them, np.float64).reshape(-1, 4)


def stood(looks: int = LOOKS) -> Stood:
    stands = Stood()
    for n in range(looks):
        stands.step(at(n), boxes((CAR[0] + n % 2, *CAR[1:])))
    return stands


def test_its_lamp_is_its_own_from_the_third_look_on() -> None:
    assert not stood(LOOKS - 1).has(LAMP, at(1))
    assert stood().has(LAMP, at(1))


def test_it_is_remembered_while_the_detector_misses_it_and_not_for_ever() -> None:
    stands = stood()
    seen = at(LOOKS - 1)
    stands.step(seen + timedelta(seconds=KEPT_S), boxes())
    assert stands.has(LAMP, at(1))
    stands.step(seen + timedelta(seconds=KEPT_S + 1), boxes())
    assert not stands.has(LAMP, at(1))


def test_what_lay_there_first_is_not_its_own() -> None:
    assert not stood().has(LAMP, at(-1))


def test_a_heap_that_the_detector_calls_a_vehicle_is_not_within_it() -> None:
    assert not stood().has((104.0, 102.0, 158.0, 138.0), at(1))


def test_what_lies_beside_it_is_not_within_it() -> None:
    assert not stood().has((170.0, 122.0, 182.0, 132.0), at(1))


def test_those_who_drive_by_do_not_stand_and_push_nobody_out() -> None:
    stands = stood()
    for n in range(4):
        drive = [(float(x), 300.0, x + 60.0, 340.0) for x in range(100 * n, 100 * n + 100 * MOST, 100)]
        stands.step(at(LOOKS + n / 10), boxes(*drive))
    assert stands.has(LAMP, at(1))

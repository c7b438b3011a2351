"""What shows within a vehicle that stands is its own until it goes; what lay there first, or is as large as it, is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from pantau.measure.difference import Difference
from pantau.measure.floor import Boxes, Floor
from pantau.measure.stood import KEPT_S, LOOKS, MOST, Stood
from pantau.types import Image

T = datetime(2026, 1, 1, tzinfo=UTC)
CAR = (100.0, 100.0, 160.0, 140.0)
LAMP = (104.0, 122.0, 116.0, 132.0)
SIZE = (320, 240)
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def picture(*cars: tuple[float, float, float, float]) -> Image:
    """Paving, and chequered cars."""
    image = np.random.default_rng(1).normal(120, 3, (SIZE[1], SIZE[0], 3)).clip(0, 255).astype(np.uint8)
    for car in cars:
        x1, y1, x2, y2 = map(int, car)
        paint = np.random.default_rng(2).integers(10, 240, (y2 - y1, x2 - x1, 3))
        image[y1:y2, x1:x2] = paint
    return image


class Street:
    """A floor that was seen bare, and who stands on it."""

    def __init__(self) -> None:
        self.floor = Floor(WHOLE, SIZE)
        self.floor.learn(self.look(), np.zeros(self.floor.shape, np.bool_))
        self.stands = Stood(self.floor)

    def look(self, *cars: tuple[float, float, float, float]) -> Difference:
        return self.floor.look(picture(*cars), boxes(*cars))

    def step(self, time: datetime, *called: tuple[float, float, float, float], bare: bool = False) -> None:
        """Boxes that the detector gives; the car is to be seen unless all is bare."""
        self.stands.step(time, boxes(*called), self.look(*(() if bare else (CAR, *called))))


def at(minutes: float) -> datetime:
    return T + timedelta(minutes=minutes)


def boxes(*them: tuple[float, float, float, float]) -> Boxes:
    return np.array(them, np.float64).reshape(-1, 4)


def stood(looks: int = LOOKS) -> Street:
    street = Street()
    for n in range(looks):
        street.step(at(n), (CAR[0] + n % 2, *CAR[1:]))
    return street


def test_its_lamp_is_its_own_from_the_third_look_on() -> None:
    assert not stood(LOOKS - 1).stands.has(LAMP, at(1))
    assert stood().stands.has(LAMP, at(1))


def test_it_is_remembered_while_the_detector_misses_it_and_not_for_ever() -> None:
    street = stood()
    for n in range(LOOKS):
        street.step(at(LOOKS + n))
        assert street.stands.has(LAMP, at(1))
    for n in range(round(KEPT_S / 60)):
        street.step(at(2 * LOOKS + n))
    assert not street.stands.has(LAMP, at(1))


def test_after_a_night_without_pictures_it_stands_there_still() -> None:
    street = stood()
    street.step(at(600))
    assert street.stands.has(LAMP, at(601))


def test_where_the_floor_is_bare_nobody_stands() -> None:
    street = stood()
    street.step(at(LOOKS), bare=True)
    assert not street.stands.has(LAMP, at(1)), "it drove off: the next one in its lane is another"
    for n in range(9):
        street.step(at(10 + n), CAR, bare=True)
    assert not street.stands.has(LAMP, at(12)), "a kiosk that is called a car"


def test_what_lay_there_first_is_not_its_own() -> None:
    assert not stood().stands.has(LAMP, at(-1))


def test_a_heap_that_the_detector_calls_a_vehicle_is_not_within_it() -> None:
    assert not stood().stands.has((104.0, 102.0, 158.0, 138.0), at(1))


def test_what_lies_beside_it_is_not_within_it() -> None:
    assert not stood().stands.has((170.0, 122.0, 182.0, 132.0), at(1))


def test_those_who_drive_by_push_nobody_out_who_stands() -> None:
    street = stood()
    for n in range(4):
        drive = [(8.0 * x, 160.0 + 20 * n, 8.0 * x + 7, 178.0 + 20 * n) for x in range(MOST)]
        street.step(at(LOOKS + n / 10), *drive)
    assert street.stands.has(LAMP, at(1))


def test_boxes_beyond_what_is_looked_at_are_no_fault() -> None:
    floor = Floor(((0.4, 0.4), (0.5, 0.4), (0.5, 0.5), (0.4, 0.5)), SIZE)
    floor.learn(floor.look(picture(), boxes()), np.zeros(floor.shape, np.bool_))
    for box in ((290.0, 200.0, 318.0, 238.0), (0.0, 0.0, 20.0, 20.0), (-20.0, -20.0, -4.0, -4.0)):
        assert not floor.is_bare(floor.look(picture(), boxes()), box)

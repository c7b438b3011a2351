"""Zones: who is inside, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest

from pantau.measure.occupancy import Stay, ZoneWatch
from pantau.places import Zone
from pantau.types import EPOCH, Detections, Tracks

SIZE = (1000, 1000)
ZONE = Zone(id="z", camera="c", name="z", polygon=((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)))


def at(x: float | None, ended: tuple[int, ...] = ()) -> Tracks:
    if x is None:
        return Tracks.empty(ended)
    found = Detections(
        np.array([[x - 10, 450, x + 10, 500]], np.float32), np.ones(1, np.float32), np.zeros(1, np.int64)
    )
    return Tracks(found, np.array([7]), np.zeros((1, 2), np.float32), ended)


def watch(xs: Sequence[float | None]) -> tuple[list[int], list[Stay]]:
    zone = ZoneWatch(ZONE)
    inside: list[int] = []
    stays: list[Stay] = []
    for i, x in enumerate(xs):
        stays += zone.step(EPOCH + timedelta(seconds=i / 5), SIZE, at(x))
        inside.append(sum(zone.inside().values()))
    return inside, stays + list(zone.close())


def test_dwell_is_from_first_to_last_sighting_inside() -> None:
    inside, [stay] = watch([300, *[500.0] * 11, *[700.0] * 20])
    assert stay.dwell_s == pytest.approx(2.0)
    assert inside[0] == 0
    assert inside[5] == 1
    assert inside[-1] == 0


def test_a_missed_box_is_no_departure() -> None:
    inside, stays = watch([500, 500, None, None, 500, 500, *[None] * 10])
    assert inside[:6] == [1] * 6
    assert [s.dwell_s for s in stays] == [pytest.approx(1.0)]


def test_a_step_over_the_edge_and_back_is_one_visit() -> None:
    _, stays = watch([*[500.0] * 5, 610, 610, *[500.0] * 5, *[700.0] * 12])
    assert len(stays) == 1


def test_a_visit_ends_with_its_track() -> None:
    zone = ZoneWatch(ZONE)
    zone.step(EPOCH, SIZE, at(500))
    assert len(zone.step(EPOCH + timedelta(seconds=0.2), SIZE, at(None, ended=(7,)))) == 1
    assert zone.inside() == {}


def test_another_size_of_picture_ends_every_visit() -> None:
    zone = ZoneWatch(ZONE)
    zone.step(EPOCH, SIZE, at(500))
    assert len(zone.step(EPOCH + timedelta(seconds=0.2), (500, 500), at(None))) == 1


@pytest.mark.parametrize("again", [True, False])
def test_who_is_given_again_as_the_very_same_is_still_there_and_leaves_as_any(again: bool) -> None:
    zone, stands = ZoneWatch(ZONE), at(500)
    for i in range(20):
        assert not zone.step(EPOCH + timedelta(seconds=i / 5), SIZE, stands if again else at(500))
        assert zone.inside() == {"person": 1}
    [stay] = zone.step(EPOCH + timedelta(seconds=4), SIZE, at(None, ended=(7,)))
    assert stay.dwell_s == pytest.approx(3.8)
    assert stay.confidence == 1.0

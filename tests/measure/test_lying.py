"""Things that come behind a box, beside an owner whom the detector misses, half in sight, or in parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pantau.types import Image
from tests.measure.test_litter import CAMERA, ZONE, Boxes, Paint, Watched, owner, wrapper

PASSERS: Boxes = [("person", (4.0 + 36 * n, 40.0 + 2 * n, 28.0 + 36 * n, 120.0 + 2 * n)) for n in range(6)]
"""Somebody is 80 pixels tall here."""


def test_litter_that_the_detector_calls_a_vehicle_from_the_first_picture_on_is_found() -> None:
    called: Boxes = [("car", (146, 117, 178, 147))]
    seen = Watched().see(times=5).see(wrapper(), times=13, boxes=called, sure=0.4)
    assert seen.stages == ["within", "over"]


def test_a_doubtful_box_of_somebody_who_moves_hides_the_floor() -> None:
    def walker(picture: Image, n: int) -> None:
        picture[110:150, 150:174] = (
            np.random.default_rng(n).integers(0, 255, (10, 6, 3), np.uint8).repeat(4, 0).repeat(4, 1)
        )

    around: Boxes = [("person", (146, 106, 178, 154))]
    assert not Watched().see(times=5).see(walker, times=16, boxes=around, sure=0.4).events


def test_an_owner_whom_the_detector_sees_every_third_time_stands_there() -> None:
    seen = Watched().see(times=5)
    for n in range(24):
        seen.see(wrapper(), owner, boxes=[("person", (188, 68, 218, 148))] if n % 3 == 0 else [])
    assert "over" not in seen.stages


def test_the_clock_of_what_came_behind_somebody_begins_when_its_place_was_last_bare() -> None:
    before: Boxes = [("person", (140, 60, 190, 150))]
    seen = Watched().see(times=5)
    for n in range(4):
        seen.see(wrapper(), boxes=[("person", (140.0 - 3 * n, 60, 190, 150))] if n else before)
    seen.see(wrapper(), times=8)
    assert seen.stages == ["within", "over"]


def test_what_comes_into_sight_in_one_step_has_not_grown() -> None:
    def half(picture: Image, _n: int) -> None:
        whole = picture.copy()
        wrapper()(whole, 0)
        picture[:, :162] = whole[:, :162]

    seen = Watched().see(times=5).see(half, times=4).see(wrapper(), times=9)
    assert "over" in seen.stages


def test_parts_of_one_large_thing_are_no_litter() -> None:
    at = ((110, 130), (136, 130), (162, 130), (110, 104), (136, 104))
    wheels: list[Paint] = [wrapper(x, y, 15) for x, y in at]
    seen = Watched().see(times=6, boxes=PASSERS)
    seen.see(*wheels, times=16)
    assert "over" not in seen.stages


def test_what_shows_within_a_parked_vehicle_waits_until_it_has_gone() -> None:
    car: Boxes = [("car", (136, 88, 226, 152))]
    seen = Watched().see(times=5).see(wrapper(), boxes=car, times=3)
    for n in range(24):
        seen.see(wrapper(), boxes=car if n % 3 else [])
    assert "over" not in seen.stages, "a lamp that shows where the detector misses the car"
    seen.see(wrapper(), times=24)
    assert "over" in seen.stages, "it is still there without the car"


def test_what_shows_within_somebody_who_stands_and_whom_the_detector_doubts_is_their_own() -> None:
    def jacket(picture: Image, n: int) -> None:
        whole = picture.copy()
        owner(whole, n)
        picture[84:122] = whole[84:122]

    seen = Watched().see(times=5)
    for n in range(24):
        seen.see(jacket, boxes=[("person", (184.0, 66.0, 222.0 + n % 2, 150.0))], sure=0.4)
    assert "over" not in seen.stages


def test_what_stands_beside_somebody_from_its_first_picture_on_has_not_lain_while_they_hid_it() -> None:
    short = replace(CAMERA, zones=(replace(ZONE, limit_s=60.0),))
    somebody: Boxes = [("person", (150.0, 60.0, 186.0, 146.0))]
    stays: Boxes = [("person", (188.0, 68.0, 218.0, 148.0))]
    seen = Watched(short).see(times=5).see(wrapper(), owner, boxes=[*somebody, *stays], times=6)
    seen.see(wrapper(), owner, boxes=stays, times=6)
    assert "over" not in seen.stages

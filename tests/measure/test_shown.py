"""The floor's own print: what covers it in the floor's own colours, and what only lights it."""

from __future__ import annotations

from datetime import timedelta

import cv2
import numpy as np

from pantau.measure.difference import Difference, Mask
from pantau.measure.floor import Floor
from pantau.measure.shown import Earlier, Shown, shown
from pantau.types import Image
from tests.measure.test_litter import SIZE, T0, Watched, lawn, square, wrapper
from tests.measure.test_litter import Floor as Picture
from tests.measure.test_lying import PASSERS

WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
NOBODY = np.zeros((0, 4))
THERE = (slice(80, 130), slice(100, 180))


def look(picture: Image, floor_of: Picture = lawn) -> tuple[Floor, Difference]:
    """A picture's difference from a floor that was seen a few times."""
    floor = Floor(WHOLE, SIZE)
    for n in range(12):
        floor.learn(floor.look(floor_of(n), NOBODY), np.zeros(floor.shape, np.bool_))
    return floor, floor.look(picture, NOBODY)


def told(picture: Image) -> Shown:
    found = shown(*look(picture))
    assert found is not None
    return found


def where(part: tuple[slice, slice] = THERE) -> Mask:
    mask = np.zeros((SIZE[1], SIZE[0]), np.bool_)
    mask[part] = True
    return mask


def hedge(picture: Image) -> Image:
    """A part of the lawn with what grows elsewhere on it: its colours, its brightness, its grain, and not its print."""
    changed = picture.copy()
    changed[THERE] = picture[20:70, 200:280]
    return changed


def test_what_has_the_lawns_own_colours_and_grain_covers_its_print() -> None:
    under = told(hedge(lawn(50))).under(where())
    assert under is not None
    assert under < 0.3


def test_the_extent_of_a_piece_is_the_whole_cover() -> None:
    piece = where((slice(90, 100), slice(105, 115)))
    x1, y1, x2, y2 = told(hedge(lawn(50))).extent(piece, np.zeros_like(piece))
    assert abs(x1 - 100) < 8
    assert abs(y1 - 80) < 8
    assert abs(x2 - 180) < 8
    assert abs(y2 - 130) < 8


def test_what_lay_there_before_is_no_part_of_the_extent() -> None:
    piece, before = where((slice(85, 125), slice(100, 130))), where((slice(70, 140), slice(130, 190)))
    assert told(hedge(lawn(50))).extent(piece, before)[2] <= 131


def test_a_lawn_in_shade_is_seen_through() -> None:
    dark = lawn(50).copy()
    dark[THERE] = np.round(dark[THERE] * 0.45).astype(np.uint8)
    under = told(dark).under(where((slice(86, 124), slice(106, 174))))
    assert under is not None
    assert under > 0.8


def test_noise_lowers_what_is_expected_not_what_is_seen() -> None:
    noise = np.random.default_rng(5).normal(0, 14, (SIZE[1], SIZE[0], 1))
    under = told(np.asarray(np.clip(lawn(50) + noise, 0, 255), np.uint8)).under(where())
    assert under is not None
    assert abs(under - 1) < 0.2


def test_a_plain_floor_and_the_dark_tell_nothing() -> None:
    plain = np.full((SIZE[1], SIZE[0], 3), 120, np.uint8)
    assert shown(*look(plain, lambda _n: plain)) is None
    night = np.asarray(
        np.clip(lawn(50) * 0.02 + np.random.default_rng(5).normal(0, 4, (*SIZE[::-1], 3)), 0, 255), np.uint8
    )
    found = shown(*look(night))
    assert found is None or found.under(where()) is None


def test_the_floor_of_an_hour_ago_shows_that_something_was_taken_away() -> None:
    floor, _ = look(lawn(50))
    earlier = Earlier()
    earlier.step(T0, floor)
    floor.accept(floor.look(hedge(lawn(51)), NOBODY), where())  # it lay there until it was floor
    for n in range(10):
        floor.learn(floor.look(hedge(lawn(60 + n)), NOBODY), np.zeros(floor.shape, np.bool_))
    earlier.step(T0 + timedelta(hours=1), floor)
    assert earlier.shows(floor, floor.look(lawn(80), NOBODY), where())
    other = lawn(80).copy()
    other[THERE] = other[150:200, 20:100]
    assert not earlier.shows(floor, floor.look(other, NOBODY), where())


def test_a_flat_card_of_which_the_difference_is_the_lawn_gone_is_litter() -> None:
    def card(picture: Image, _n: int) -> None:
        blurred = cv2.GaussianBlur(picture, (0, 0), 12)
        picture[120:146, 150:180] = np.round(1.7 * blurred[120:146, 150:180])

    seen = Watched().see(times=20, floor=lawn).see(card, times=14, floor=lawn)
    assert "over" in seen.stages


def test_two_spots_on_what_is_large_and_grass_coloured_are_no_litter() -> None:
    def van(picture: Image, n: int) -> None:
        other = np.ascontiguousarray(lawn(0)[20:84, 20:130])
        picture[100:164, 100:210] = other
        wrapper(106, 130, 20)(picture, n)
        wrapper(180, 130, 20)(picture, n)

    seen = Watched().see(times=20, floor=lawn, boxes=PASSERS).see(van, times=16, floor=lawn)
    assert "over" not in seen.stages


def test_joints_of_paving_are_print_enough_to_tell_where_they_are() -> None:
    found = shown(*look(square(50), square))
    assert found is None or not found.covered.any()

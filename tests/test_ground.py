"""Metres from pixels: exact where points are, honest where they are not, and no plane out of points that hold none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.road import Camera as Eye
from pantau.errors import ConfigError
from pantau.ground import ground_from_image, plane_of, to_plane
from pantau.places import Ground, GroundPoint

Array = npt.NDArray[np.float64]

EYE = Eye()
PLACES = np.array([(-6.0, 12.0), (6.0, 12.0), (-6.0, 28.0), (6.0, 28.0), (-6.0, 48.0), (6.0, 48.0), (0.0, 20.0)])
ROAD = np.array([(x, y) for x in (-4.0, 0.0, 4.0) for y in (14.0, 20.0, 30.0, 40.0)])


def seen(places: Array) -> Array:
    return EYE.pixels(np.column_stack([places, np.zeros(len(places))]))


def clicked(places: Array, px: float, seed: int = 0) -> Array:
    return seen(places) + np.random.default_rng(seed).normal(0, px, places.shape)


@pytest.mark.parametrize("points", [4, 5, 7])
def test_exact_points_give_exact_metres_everywhere(points: int) -> None:
    plane = ground_from_image(seen(PLACES[:points]), PLACES[:points])
    assert np.allclose(plane.metres(seen(ROAD)), ROAD, atol=1e-5)
    assert np.allclose(plane.pixels(ROAD), seen(ROAD), atol=1e-5)
    assert plane.residual_m.max() < 1e-5
    assert np.isnan(plane.left_out_m).all() == (points == 4)


@pytest.mark.parametrize("seed", range(5))
def test_clicks_a_few_pixels_off_leave_metres_as_right_as_it_says(seed: int) -> None:
    plane = ground_from_image(clicked(PLACES, 3.0, seed), PLACES)
    off = np.linalg.norm(plane.metres(seen(ROAD)) - ROAD, axis=1)
    assert (off < 4 * plane.spread_m(seen(ROAD))).all()
    assert np.median(off) < 0.6


def test_the_stated_spread_is_that_of_many_calibrations() -> None:
    spot = np.array([(2.0, 36.0)])
    planes = [ground_from_image(clicked(PLACES, 3.0, seed), PLACES) for seed in range(80)]
    happened = np.sqrt(np.mean([np.sum((p.metres(seen(spot)) - spot) ** 2) for p in planes]))
    stated = np.median([p.spread_m(seen(spot))[0] for p in planes])
    assert 0.7 < happened / stated < 1.4


def test_far_away_metres_are_less_certain_and_beyond_the_horizon_there_are_none() -> None:
    plane = ground_from_image(clicked(PLACES, 2.0), PLACES)
    column = np.array([(640.0, y) for y in (500, 380, 260, 180)])
    spread = plane.spread_m(column)
    assert (np.diff(spread) > 0).all()
    sky = np.array([(640.0, -300.0)])
    assert np.isnan(plane.metres(sky)).all()
    assert np.isinf(plane.spread_m(sky)).all()


# Not the nearest one: alone so close under the camera, the others could explain it by clicks a few pixels off.
@pytest.mark.parametrize("wrong", range(1, 7))
def test_one_point_that_contradicts_the_others_is_named(wrong: int) -> None:
    pixels = clicked(PLACES, 1.0)
    pixels[wrong] += (70, -45)
    with pytest.raises(ConfigError, match=rf"point {wrong + 1} .*contradict.*click it again"):
        ground_from_image(pixels, PLACES)


def test_five_points_can_contradict_but_not_say_which() -> None:
    pixels = seen(PLACES[:5])
    pixels[1] += (120, 0)
    with pytest.raises(ConfigError, match=r"can't be told which is wrong.*six or more"):
        ground_from_image(pixels, PLACES[:5])


def test_two_exchanged_points_are_refused() -> None:
    swapped = PLACES[[1, 0, 2, 3, 4, 5]]
    with pytest.raises(ConfigError, match=r"contradict|exchanged"):
        ground_from_image(seen(PLACES[:6]), swapped)


@pytest.mark.parametrize(
    ("places", "said"),
    [
        (PLACES[:3], "four or more.*click more points"),
        (np.array([(0.0, y) for y in (12.0, 20.0, 28.0, 36.0, 44.0)]), "nearly on, one line.*add points"),
        (np.array([(-6.0, 12.0), (6.0, 12.0), (0.0, 12.0), (3.0, 40.0)]), "nearly on, one line"),
        (np.array([(-6.0, 12.0), (6.0, 12.0), (-6.0, 12.0), (3.0, 40.0)]), "point 1 and point 3 are the same point twice"),
    ],
)  # fmt: skip
def test_points_that_hold_no_plane_are_refused_with_what_to_do(places: Array, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        ground_from_image(seen(places), places)


def test_a_number_that_is_none_is_refused() -> None:
    pixels = seen(PLACES)
    pixels[0, 0] = np.nan
    with pytest.raises(ConfigError, match="expected numbers"):
        ground_from_image(pixels, PLACES)


@given(angle=st.floats(0, 6.2), east=st.floats(-1e4, 1e4), north=st.floats(-1e4, 1e4))
def test_where_the_metres_count_from_changes_nothing(angle: float, east: float, north: float) -> None:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    pixels = clicked(PLACES, 2.0)
    here, there = (ground_from_image(pixels, p) for p in (PLACES, PLACES @ turn.T + (east, north)))
    assert np.allclose(here.residual_px, there.residual_px, atol=1e-3)
    moved = here.metres(seen(ROAD)) @ turn.T + (east, north)
    assert np.allclose(moved, there.metres(seen(ROAD)), atol=1e-2)
    assert np.allclose(here.spread_m(seen(ROAD)), there.spread_m(seen(ROAD)), rtol=1e-2)


@given(st.permutations(range(7)))
def test_the_order_of_the_points_changes_nothing(order: list[int]) -> None:
    pixels = clicked(PLACES, 2.0)
    here, there = ground_from_image(pixels, PLACES), ground_from_image(pixels[order], PLACES[order])
    assert np.allclose(here.metres(seen(ROAD)), there.metres(seen(ROAD)), atol=1e-4)


def test_map_clicks_become_metres() -> None:
    origin, metres = to_plane([(110.4200, -6.9900), (110.4210, -6.9900), (110.4200, -6.9890)])
    assert origin == pytest.approx((110.42033, -6.98967), abs=1e-4)
    east, north = np.subtract(metres[1], metres[0]), np.subtract(metres[2], metres[0])
    assert east == pytest.approx((110.49, 0), abs=0.05)
    assert north == pytest.approx((0, 110.58), abs=0.05)


def test_longitude_and_latitude_the_wrong_way_round_are_noticed() -> None:
    size = EYE.size
    points = tuple(
        GroundPoint(f"point {n}", (float(x / size[0]), float(y / size[1])), (float(b), float(a)))
        for n, ((x, y), (a, b)) in enumerate(zip(seen(PLACES), PLACES, strict=True), start=1)
    )
    with pytest.raises(ConfigError, match=r"mirrored.*exchanged"):
        plane_of(Ground(points=points, size=size, origin=(110.42, -6.99)))

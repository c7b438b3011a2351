"""Geometry holds what its words promise, for any boxes, lines and polygons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.geometry import along_line, box_area, box_iou, points_in_polygon, polygons_mask, side_of_line

number = st.floats(-1000, 1000, allow_nan=False, width=32)
extent = st.floats(1, 500, allow_nan=False, width=32)
boxes = st.lists(st.tuples(number, number, extent, extent), min_size=1, max_size=8).map(
    lambda rows: np.array([(x, y, x + w, y + h) for x, y, w, h in rows], np.float64)
)


@given(boxes, boxes)
def test_iou_is_symmetric_and_a_share(a: np.ndarray, b: np.ndarray) -> None:
    iou = box_iou(a, b)
    np.testing.assert_allclose(iou, box_iou(b, a).T)
    assert ((iou >= 0) & (iou <= 1 + 1e-9)).all()


@given(boxes)
def test_iou_of_a_box_with_itself_is_one(a: np.ndarray) -> None:
    np.testing.assert_allclose(np.diag(box_iou(a, a)), 1.0)


@given(boxes, boxes, number, number)
def test_iou_does_not_depend_on_where_the_picture_begins(a: np.ndarray, b: np.ndarray, dx: float, dy: float) -> None:
    shift = np.array([dx, dy, dx, dy], np.float64)
    np.testing.assert_allclose(box_iou(a, b), box_iou(a + shift, b + shift), atol=1e-6)


def test_an_empty_box_has_no_area_and_meets_nothing() -> None:
    flat = np.array([[5.0, 5.0, 5.0, 9.0]])
    assert box_area(flat) == [0.0]
    assert box_iou(flat, flat) == [[0.0]]


@pytest.mark.parametrize(
    ("point", "side"),
    [
        ((5.0, 9.0), 1),  # below a line drawn from left to right: its right side
        ((5.0, 1.0), -1),  # above: its left side
        ((5.0, 5.0), 0),
    ],
)
def test_right_of_a_line_drawn_rightwards_is_below_it(point: tuple[float, float], side: int) -> None:
    distance = side_of_line(np.array([point]), np.array([0.0, 5.0]), np.array([10.0, 5.0]))
    assert np.sign(distance[0]) == side


@given(number, number)
def test_turning_a_line_round_swaps_its_sides(x: float, y: float) -> None:
    start, end, point = np.array([3.0, -2.0]), np.array([40.0, 17.0]), np.array([[x, y]])
    np.testing.assert_allclose(side_of_line(point, start, end), -side_of_line(point, end, start), atol=1e-9)


def test_a_projection_runs_from_0_at_the_start_to_1_at_the_end() -> None:
    points = np.array([[0.0, 3.0], [5.0, -3.0], [10.0, 0.0], [20.0, 0.0]])
    np.testing.assert_allclose(along_line(points, np.array([0.0, 0.0]), np.array([10.0, 0.0])), [0, 0.5, 1, 2])


@given(st.integers(0, 7), number, number)
def test_a_polygon_holds_the_same_points_from_whichever_corner_it_is_drawn(turn: int, x: float, y: float) -> None:
    star = np.array([[0, 0], [300, 100], [600, 0], [500, 300], [600, 600], [300, 500], [0, 600], [100, 300]], float)
    point = np.array([[x, y]])
    assert points_in_polygon(point, star) == points_in_polygon(point, np.roll(star, turn, axis=0))


def test_a_mask_covers_the_polygon_and_nothing_else() -> None:
    mask = polygons_mask((10, 4), (((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),))
    assert mask.shape == (4, 10)
    assert mask[:, :5].all()
    assert not mask[:, 5:].any()

"""Sizes keep to the budget and the shape; boxes come out clean, one for each road user."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.geometry import box_iou
from pantau.see.boxes import GROUP, MOST, input_size, suppress, tidy
from pantau.types import CLASSES, Detections

PERSON, BICYCLE, CAR, MOTORCYCLE, BUS, TRUCK = range(6)


def found(*rows: tuple[float, float, float, float, float, int]) -> Detections:
    array = np.array(rows, np.float64).reshape(-1, 6)
    return Detections(array[:, :4].astype(np.float32), array[:, 4].astype(np.float32), array[:, 5].astype(np.int64))


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (768, 576, (384, 512)),
        (1920, 1080, (320, 576)),
        (640, 360, (320, 576)),
        (1080, 1920, (576, 320)),
        (500, 500, (448, 448)),
    ],
)
def test_usual_cameras_get_these_sizes(width: int, height: int, expected: tuple[int, int]) -> None:
    assert input_size(width, height, 384 * 512, 32) == expected


@given(width=st.integers(160, 4000), height=st.integers(160, 4000), pixels=st.integers(100_000, 500_000))
def test_a_size_is_near_the_budget_and_the_shape(width: int, height: int, pixels: int) -> None:
    if not 1 / 3 <= width / height <= 3:
        return
    h, w = input_size(width, height, pixels, 32)
    assert h % 32 == w % 32 == 0
    assert 0.7 <= h * w / pixels <= 1.4
    assert abs(math.log((w / h) / (width / height))) < 0.15


numbers = st.floats(-500, 1500, width=32) | st.sampled_from([math.nan, math.inf, -math.inf])


@given(
    st.lists(
        st.tuples(numbers, numbers, numbers, numbers, st.floats(0, 1) | st.just(math.nan), st.integers(0, 5)),
        max_size=20,
    )
)
def test_tidy_boxes_are_finite_inside_and_have_area(rows: list[tuple[float, float, float, float, float, int]]) -> None:
    raw = found(*rows)
    clean = tidy(raw.xyxy, raw.confidence, raw.class_id, (640, 360))
    assert np.isfinite(clean.xyxy).all()
    assert np.isfinite(clean.confidence).all()
    assert (clean.xyxy[:, :2] >= 0).all()
    assert (clean.xyxy[:, 2:] <= (640, 360)).all()
    assert (clean.xyxy[:, 2:] > clean.xyxy[:, :2]).all()


def test_tidy_leaves_a_good_box_alone() -> None:
    raw = found((10, 20, 30, 40, 0.5, CAR))
    clean = tidy(raw.xyxy, raw.confidence, raw.class_id, (640, 360))
    np.testing.assert_array_equal(clean.xyxy, raw.xyxy)
    np.testing.assert_array_equal(clean.class_id, [CAR])


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        (CAR, TRUCK, [CAR]),
        (BICYCLE, MOTORCYCLE, [BICYCLE]),
        (PERSON, PERSON, [PERSON]),
        (PERSON, MOTORCYCLE, [PERSON, MOTORCYCLE]),
        (CAR, PERSON, [CAR, PERSON]),
    ],
)
def test_of_rivals_for_one_thing_the_surest_stays(first: int, second: int, left: list[int]) -> None:
    clean = suppress(found((0, 0, 100, 100, 0.9, first), (2, 2, 102, 102, 0.4, second)), 0.6)
    assert clean.class_id.tolist() == left


def test_what_a_suppressed_box_overlaps_may_stay() -> None:
    chain = found((0, 0, 100, 10, 0.9, CAR), (30, 0, 130, 10, 0.8, CAR), (60, 0, 160, 10, 0.7, CAR))
    assert suppress(chain, 0.5).confidence.tolist() == pytest.approx([0.9, 0.7])


@given(
    st.lists(
        st.tuples(
            st.integers(0, 100),
            st.integers(0, 100),
            st.integers(1, 60),
            st.integers(1, 60),
            st.floats(0, 1),
            st.integers(0, 5),
        ),
        max_size=40,
    )
)
def test_no_two_rivals_are_left_and_none_is_lost_without_one(
    rows: list[tuple[int, int, int, int, float, int]],
) -> None:
    given_boxes = found(*((x, y, x + w, y + h, c, k) for x, y, w, h, c, k in rows))
    left = suppress(given_boxes, 0.5)
    assert (np.diff(left.confidence) <= 0).all()
    rivals = GROUP[left.class_id][:, None] == GROUP[left.class_id][None, :]
    assert not (np.triu(box_iou(left.xyxy, left.xyxy) > 0.5, 1) & rivals).any()
    near = (box_iou(given_boxes.xyxy, left.xyxy) > 0.5) & (
        GROUP[given_boxes.class_id][:, None] == GROUP[left.class_id][None, :]
    )
    assert near.any(axis=1).all()


def test_the_number_of_boxes_is_bounded() -> None:
    many = found(*((20 * i, 0, 20 * i + 10, 10, 0.5, PERSON) for i in range(MOST + 50)))
    assert len(suppress(many, 0.5)) == MOST


def test_every_class_has_its_rivals() -> None:
    assert GROUP.tolist() == [0, 1, 2, 1, 2, 2]
    assert len(GROUP) == len(CLASSES)

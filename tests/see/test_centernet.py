"""From a picture to boxes, with a network whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pantau.errors import DataError, ModelError
from pantau.ports import Detector
from pantau.see import headed
from pantau.see.headed import HeadedDetector, HeadedModel, HeadedSettings, load_headed
from pantau.see.heads import peaks
from pantau.see.registry import ModelEntry
from pantau.types import CLASSES, Image

Toy = tuple[ModelEntry, Path]
PERSON, CAR = CLASSES.index("person"), CLASSES.index("car")
RED, GREEN = (0, 0, 255), (0, 255, 0)
SETTINGS = HeadedSettings(floor=0.3)


@pytest.fixture
def loaded(toy: Toy) -> HeadedModel:
    return HeadedModel(*toy, "f32", SETTINGS, 1)


def street(width: int, height: int, *cells: tuple[int, int, tuple[int, int, int]], scale: int = 1) -> Image:
    """A black picture with coloured cells of 4x4 pixels of the input, at (column, row)."""
    picture = np.zeros((height, width, 3), np.uint8)
    side = 4 * scale
    for column, row, colour in cells:
        picture[row * side : (row + 1) * side, column * side : (column + 1) * side] = colour
    return picture


def test_red_is_a_person_and_green_a_car_where_they_are(loaded: HeadedModel) -> None:
    found = loaded.open().detect(street(128, 96, (10, 5, RED), (20, 15, GREEN)))
    assert found is not None
    by_class = dict(zip(found.class_id.tolist(), found.xyxy.tolist(), strict=True))
    assert by_class == {PERSON: [32, 12, 48, 28], CAR: [72, 52, 88, 68]}
    np.testing.assert_allclose(found.confidence, 1, atol=1e-3)


def test_boxes_are_in_the_pixels_of_the_picture_given(loaded: HeadedModel) -> None:
    found = loaded.open().detect(street(512, 384, (10, 5, RED), scale=4))
    assert found is not None
    np.testing.assert_allclose(found.xyxy, [[128, 48, 192, 112]], atol=0.01)


def test_a_box_over_the_edge_is_clipped(loaded: HeadedModel) -> None:
    found = loaded.open().detect(street(128, 96, (0, 0, RED)))
    assert found is not None
    np.testing.assert_allclose(found.xyxy, [[0, 0, 8, 8]])


def test_a_picture_of_another_shape_is_looked_at_in_its_own(loaded: HeadedModel) -> None:
    detector = loaded.open()
    for width, height in ((128, 96), (96, 128), (128, 96)):
        found = detector.detect(street(width, height, (3, 3, RED)))
        assert found is not None
        np.testing.assert_allclose(found.xyxy, [[4, 4, 20, 20]], atol=0.01)


def test_compiled_sizes_are_bounded(loaded: HeadedModel) -> None:
    for step in range(headed.SHAPES + 3):
        loaded.engine((32, 32 * (step + 1)))
    assert len(loaded._engines) == headed.SHAPES


def test_an_empty_street_has_no_boxes(loaded: HeadedModel) -> None:
    found = loaded.open().detect(street(128, 96))
    assert found is not None
    assert len(found) == 0


def test_an_empty_picture_is_refused(loaded: HeadedModel) -> None:
    with pytest.raises(DataError, match="0x96"):
        loaded.open().detect(np.zeros((96, 0, 3), np.uint8))


def test_what_can_not_be_in_time_is_not_begun_and_tried_again_later(loaded: HeadedModel) -> None:
    """The first look takes a second, and before it the network is compiled for five: no later one takes these again."""
    clock = iter([0.0, 0.0, 5.0, 6.0, 6.0, 6.01])
    detector = HeadedDetector(loaded, lambda: next(clock))
    picture = street(128, 96)
    assert detector.detect(picture, 0.5) is not None  # nothing known yet
    refused = 0
    while detector.detect(picture, 0.5) is None:
        refused += 1
    assert refused == 7  # 1.0 x 0.9^7 is the first below the deadline


def test_the_method_names_what_changes_the_numbers(loaded: HeadedModel, toy: Toy) -> None:
    assert loaded.method == "centernet-12kpx-f32-floor0.3-overlap0.6"
    assert loaded.open().method == loaded.method
    assert isinstance(loaded.open(), Detector)
    assert HeadedModel(*toy, "f32", replace(SETTINGS, floor=0.2), 1).method != loaded.method


def test_another_network_is_refused_at_the_start(toy: Toy) -> None:
    entry, path = toy
    other = replace(entry, outputs={**entry.outputs, "tower_0_keypoints": (1, "h/4", "w/4", 80)})
    with pytest.raises(ModelError, match=r"expected \(1, 24, 32, 80\).*got \(1, 24, 32, 6\)"):
        HeadedModel(other, path, "f32", SETTINGS, 1)


@pytest.mark.parametrize("precision", ["auto", "f32"])
def test_loading_by_precision(toy: Toy, tmp_path: Path, precision: str) -> None:
    entry, path = toy
    assert load_headed(entry, path, tmp_path, precision).precision in {"f32", "bf16"}


def test_a_peak_is_higher_than_its_neighbours_in_its_class_only() -> None:
    heat = np.zeros((8, 8, 2), np.float32)
    heat[2, 2, 0], heat[2, 3, 0], heat[2, 3, 1], heat[6, 6, 1] = 0.9, 0.8, 0.7, 0.05
    sides = np.ones((8, 8, 4), np.float32) * np.array([1, 2, 3, 4], np.float32)
    xyxy, confidence, column = peaks(heat, sides, 0.1)
    assert column.tolist() == [0, 1]
    np.testing.assert_allclose(confidence, [0.9, 0.7])
    np.testing.assert_allclose(xyxy, [[7, 6, 11, 12], [11, 6, 15, 12]])


def test_what_is_not_a_number_is_no_peak() -> None:
    heat = np.full((4, 4, 1), np.nan, np.float32)
    heat[1, 1, 0] = 0.5
    xyxy, confidence, _ = peaks(heat, np.ones((4, 4, 4), np.float32), 0.1)
    assert xyxy.shape == (1, 4)
    assert confidence.tolist() == [0.5]

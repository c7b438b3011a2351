"""Rows of a finished SSD become boxes of our classes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from pantau.errors import DataError
from pantau.ports import Detector
from pantau.see.registry import ModelEntry, model
from pantau.see.ssd import SsdDetector, SsdModel, load_ssd, prepare, read_rows
from pantau.types import CLASSES

PERSON, CAR, MOTORCYCLE = (CLASSES.index(name) for name in ("person", "car", "motorcycle"))
ROWS = np.array(
    [
        [0, 1, 0.9, 0.1, 0.2, 0.3, 0.6],
        [0, 2, 0.8, 0.5, 0.5, 0.75, 1.0],
        [0, 3, 0.05, 0.1, 0.1, 0.2, 0.2],
        [-1, 1, 0.9, 0.0, 0.0, 1.0, 1.0],
        [0, 2, 0.9, 0.0, 0.0, 1.0, 1.0],
    ],
    np.float32,
)


@pytest.fixture
def fixed(tmp_path: Path) -> tuple[ModelEntry, Path]:
    """A network that gives the same rows for every picture."""
    nodes = [
        helper.make_node("ReduceMean", ["data"], ["mean"], axes=[0, 1, 2, 3], keepdims=1),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "rows"], ["detection_out"]),
    ]
    rows = np.full((1, 1, 200, 7), -1, np.float32)
    rows[0, 0, : len(ROWS)] = ROWS
    graph = helper.make_graph(
        nodes,
        "fixed",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, 64, 64])],
        [helper.make_tensor_value_info("detection_out", TensorProto.FLOAT, [1, 1, 200, 7])],
        [numpy_helper.from_array(rows, "rows"), numpy_helper.from_array(np.zeros((1, 1, 1, 1), np.float32), "zero")],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    proto.ir_version = 8
    path = tmp_path / "fixed.onnx"
    onnx.save(proto, path)
    entry = model("crossroad")
    return replace(entry, input=replace(entry.input, size=(64, 64))), path


def test_rows_become_boxes_until_the_list_ends(fixed: tuple[ModelEntry, Path]) -> None:
    found = SsdModel(*fixed, "f32", parallel=1).open().detect(np.zeros((100, 200, 3), np.uint8))
    assert found is not None
    np.testing.assert_allclose(found.xyxy, [[20, 20, 60, 60], [100, 50, 150, 100]], atol=1e-3)
    assert found.class_id.tolist() == [PERSON, CAR]


def test_unknown_labels_and_what_is_no_number_are_dropped() -> None:
    rows = np.array(
        [[0, 9, 0.9, 0, 0, 1, 1], [0, 3, 0.5, 0, 0, 1, 1], [0, 1, 0.5, np.nan, 0, 1, 1], [0, np.nan, 0.5, 0, 0, 1, 1]],
        np.float32,
    )
    found = read_rows(rows, model("crossroad"), 0.1, (10, 10))
    assert found.class_id.tolist() == [MOTORCYCLE]


def test_no_rows_are_no_boxes() -> None:
    assert len(read_rows(np.full((3, 7), -1, np.float32), model("crossroad"), 0.1, (10, 10))) == 0


def test_the_input_is_blue_first(fixed: tuple[ModelEntry, Path]) -> None:
    picture = np.zeros((10, 20, 3), np.uint8)
    picture[..., 0] = 200
    array = prepare(picture, fixed[0].input.size)
    assert array.shape == (1, 3, 64, 64)
    assert array[0, 0].min() == 200
    assert array[0, 1:].max() == 0


def test_it_is_a_detector_that_keeps_its_deadline(fixed: tuple[ModelEntry, Path], tmp_path: Path) -> None:
    loaded = load_ssd(*fixed, tmp_path, "f32")
    readings = iter([0.0, 5.0])
    detector = SsdDetector(loaded, lambda: next(readings))
    assert isinstance(detector, Detector)
    assert detector.method == loaded.method == "crossroad-64x64-f32-floor0.1-overlap0.6"
    picture = np.zeros((10, 20, 3), np.uint8)
    assert detector.detect(picture, 1.0) is not None
    assert detector.detect(picture, 1.0) is None


def test_an_empty_picture_is_refused(fixed: tuple[ModelEntry, Path]) -> None:
    with pytest.raises(DataError, match="20x0"):
        SsdModel(*fixed, "f32", parallel=1).open().detect(np.zeros((0, 20, 3), np.uint8))

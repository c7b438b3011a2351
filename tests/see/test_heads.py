"""Outputs of the usual detectors become boxes; networks of each head's shape and known answers go the whole way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pantau.errors import DataError, ModelError
from pantau.ports import Detector
from pantau.see.detectors import detector_names, load_detector
from pantau.see.headed import HeadedDetector, HeadedModel
from pantau.see.heads import HEADS, cells, grid_of
from pantau.see.own import Told, add
from pantau.see.placing import place
from pantau.see.recognise import describe, recognise
from pantau.see.registry import Input, model, verify
from pantau.types import CLASSES, Floats
from tests.made_nets import BOXES, NETS, SIZE, SURE, raw_yolox

ALL = np.arange(80)
PERSON, CAR = (CLASSES.index(name) for name in ("person", "car"))


def test_every_head_has_its_network() -> None:
    assert {*NETS, "centernet"} == HEADS.keys()  # whose network is `pantau.see.fake.fake_network`


@pytest.mark.parametrize("head", NETS)
@pytest.mark.parametrize(("wide", "high"), [(96, 64), (192, 128), (96, 48), (50, 100)])
def test_a_network_goes_the_whole_way_from_its_file_to_boxes_in_the_picture(
    tmp_path: Path, head: str, wide: int, high: int
) -> None:
    added = add(NETS[head]().save(tmp_path / "net.onnx"), tmp_path / "models", Told(name="mine"))
    assert added.entry.detector == head
    assert added.unknown == ("zebra",)
    detector = load_detector("mine", tmp_path / "models", precision="f32").open()
    assert isinstance(detector, Detector)
    picture = np.zeros((high, wide, 3), np.uint8)
    found = detector.detect(picture)
    assert found is not None
    _, where = place(picture, added.entry.input, SIZE)
    expected = np.clip(where.back(BOXES[:2]), 0, (wide, high, wide, high))
    there = (expected[:, 2] > expected[:, 0]) & (
        expected[:, 3] > expected[:, 1]
    )  # what lies in the grey is no road user
    np.testing.assert_allclose(found.xyxy, expected[there], atol=0.02)
    assert found.class_id.tolist() == [c for c, here in zip((PERSON, CAR), there, strict=True) if here]
    np.testing.assert_allclose(found.confidence, np.array(SURE[:2])[there], atol=1e-5)
    assert len(found)


@pytest.mark.parametrize("head", NETS)
def test_nothing_above_the_floor_is_no_box_and_no_number_is_none(head: str) -> None:
    outputs = {name: np.asarray(array, np.float32) for name, array in NETS[head]().outputs.items()}
    assert len(HEADS[head](outputs, SIZE, 0.95, ALL).xyxy) == 0
    assert len(HEADS[head](outputs, SIZE, 0.85, ALL).xyxy) == 1
    nothing = {name: np.full_like(array, np.nan) for name, array in outputs.items()}
    assert len(HEADS[head](nothing, SIZE, 0.1, ALL).xyxy) == 0


def test_a_box_too_large_for_an_exponent_is_no_infinity() -> None:
    rows = raw_yolox()
    rows[..., 2:4] = 1000
    assert np.isfinite(HEADS["yolox"]({"output": rows}, SIZE, 0.1, ALL).xyxy).all()


def test_cells_go_row_by_row_from_the_finest_grid() -> None:
    grid = grid_of((64, 96), cells((64, 96), (8, 16, 32)))
    assert grid[:2].tolist() == [[0, 0, 8], [1, 0, 8]]
    assert grid[12].tolist() == [0, 1, 8]
    assert grid[-1].tolist() == [2, 1, 32]


def colour_of(colours: str, fit: str = "stretch") -> tuple[Floats, Input]:
    into = Input("images", "NCHW", colours, 0, (32, 32), fit)  # type: ignore[arg-type]  # a parameter of the test
    picture = np.zeros((16, 32, 3), np.uint8)
    picture[:] = (10, 20, 255)  # blue, green, red
    return place(picture, into, (32, 32))[0], into


@pytest.mark.parametrize(
    ("colours", "expected"),
    [
        ("BGR 0-255", (10, 20, 255)),
        ("RGB 0-255", (255, 20, 10)),
        ("RGB 0-1", (1, 20 / 255, 10 / 255)),
        ("RGB ImageNet", ((1 - 0.485) / 0.229, (20 / 255 - 0.456) / 0.224, (10 / 255 - 0.406) / 0.225)),
    ],
)
def test_colours_come_as_the_network_wants_them(colours: str, expected: tuple[float, ...]) -> None:
    array, _ = colour_of(colours)
    np.testing.assert_allclose(array[0, :, 16, 16], expected, rtol=1e-5)


@pytest.mark.parametrize(("fit", "rows"), [("stretch", range(32)), ("corner", range(16)), ("centre", range(8, 24))])
def test_a_picture_lies_where_its_fit_says_with_grey_beyond(fit: str, rows: range) -> None:
    array, _ = colour_of("BGR 0-255", fit)
    red = array[0, 2, :, 0] == 255
    assert np.flatnonzero(red).tolist() == list(rows)
    assert set(array[0, :, ~red, 0].ravel().tolist()) <= {114.0}


def test_unknown_words_for_fit_and_colours_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected one of stretch, corner, centre, got 'middle'"):
        Input("images", "NCHW", "RGB 0-1", 0, SIZE, "middle")  # type: ignore[arg-type]


def test_the_method_names_the_weights_and_a_deadline_is_kept(tmp_path: Path) -> None:
    added = add(NETS["yolo"]().save(tmp_path / "net.onnx"), tmp_path, Told(name="mine"))
    loaded = HeadedModel(added.entry, added.entry.path(tmp_path), "f32", parallel=1)
    mark = added.entry.sources[0].members[0].sha256[:8]
    readings = iter([0.0, 0.0, 0.0, 5.0])  # begin, the two around opening, end
    detector = HeadedDetector(loaded, lambda: next(readings))
    assert detector.method == loaded.method == f"mine@{mark}-64x96-f32-floor0.1-overlap0.6"
    assert detector.detect(np.zeros((9, 9, 3), np.uint8), 1.0) is not None
    assert detector.detect(np.zeros((9, 9, 3), np.uint8), 1.0) is None
    with pytest.raises(DataError, match="20x0"):
        loaded.open().detect(np.zeros((0, 20, 3), np.uint8))


def test_a_model_that_was_altered_is_not_loaded(tmp_path: Path) -> None:
    entry = add(NETS["detr"]().save(tmp_path / "net.onnx"), tmp_path, Told(name="mine")).entry
    assert verify(entry, tmp_path) == tmp_path / "mine" / "net.onnx"
    assert "mine" in detector_names(tmp_path)
    with entry.path(tmp_path).open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelError, match="incomplete or altered"):
        load_detector("mine", tmp_path)


def test_the_built_in_ssd_is_read_by_the_same_head(tmp_path: Path) -> None:
    path = NETS["ssd"]().save(tmp_path / "net.onnx")
    found = recognise(path, describe(path))
    assert (found.head, found.input.colours, found.input.fit) == ("ssd", "BGR 0-255", "stretch")
    assert model("crossroad").detector == "ssd"

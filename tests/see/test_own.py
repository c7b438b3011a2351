"""A user's own model is taken in only as what it is, under a licence that its owner knows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, external_data_helper, helper

from pantau.errors import ModelError
from pantau.see.headed import HeadedModel
from pantau.see.names import COCO, class_name, labels_of
from pantau.see.own import Told, add, add_entry, read_names
from pantau.see.recognise import describe, recognise
from pantau.see.registry import OWN, fetch, list_models, model, parse_registry, verify
from pantau.types import CLASSES
from tests.made_nets import NETS, SIZE, Net


def test_its_entry_says_what_was_found_and_can_be_read_back(tmp_path: Path) -> None:
    path = NETS["yolox"]().save(tmp_path / "net.onnx")
    entry = add(path, tmp_path / "models", Told(name="mine", licence="MIT")).entry
    assert entry == model("mine", tmp_path / "models")
    assert entry in list_models(tmp_path / "models")
    assert (entry.own, entry.licence, entry.opt_in) == (True, "MIT", False)
    assert entry.labels == {0: CLASSES.index("person"), 2: CLASSES.index("car"), 3: CLASSES.index("bus")}
    assert (entry.input.size, entry.input.divisor) == (SIZE, 0)


@pytest.mark.parametrize(
    ("licence", "word"),
    [("AGPL-3.0 License", "AGPL"), ("CC-BY-NC-4.0", "CC-BY-NC"), ("non-commercial", "non-commercial")],
)
def test_a_restricted_licence_is_taken_only_with_a_word_and_is_labelled(
    tmp_path: Path, licence: str, word: str
) -> None:
    path = NETS["yolo"]().save(tmp_path / "net.onnx")
    with pytest.raises(ModelError, match=rf"{word}.*--accept-licence"):
        add(path, tmp_path / "models", Told(name="mine", licence=licence))
    assert not (tmp_path / "models" / "mine").exists()
    assert add(path, tmp_path / "models", Told(name="mine", licence=licence, accepted=True)).entry.opt_in


def test_a_licence_in_the_file_is_not_hidden_by_another_one_said(tmp_path: Path) -> None:
    path = NETS["yolo"]().save(tmp_path / "net.onnx")
    proto = onnx.load(path)
    helper.set_model_props(proto, {"names": '{0: "person"}', "license": "AGPL-3.0"})
    onnx.save(proto, path)
    with pytest.raises(ModelError, match="accept-licence"):
        add(path, tmp_path / "models", Told(name="mine", licence="MIT"))


def test_no_licence_no_model(tmp_path: Path) -> None:
    path = NETS["yolo"]().save(tmp_path / "net.onnx")
    proto = onnx.load(path)
    del proto.metadata_props[:]
    onnx.save(proto, path)
    with pytest.raises(ModelError, match="--licence"):
        add(path, tmp_path / "models", Told(name="mine"))
    with pytest.raises(ModelError, match=r"4 classes and doesn't say their names.*--names"):
        add(path, tmp_path / "models", Told(name="mine", licence="MIT"))


@pytest.mark.parametrize("name", ["centernet", "../up", "Mine", ""])
def test_a_name_that_is_taken_or_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match=r"--name|is called"):
        add(NETS["yolo"]().save(tmp_path / "net.onnx"), tmp_path / "models", Told(name=name))


def test_a_second_model_of_a_name_does_not_replace_the_first(tmp_path: Path) -> None:
    path = NETS["yolo"]().save(tmp_path / "net.onnx")
    add(path, tmp_path / "models", Told(name="mine"))
    with pytest.raises(ModelError, match="'mine' already"):
        add(path, tmp_path / "models", Told(name="mine"))


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ({"output": (1, 3 * 126, 9)}, "YOLOv5 or YOLOv7"),
        ({"output0": (1, 40, 126), "output1": (1, 32, 16, 24)}, "cuts out shapes"),
        ({"output": (1, 1000)}, r"gives output \(1, 1000\).*expected one of: YOLOX.*pantau.detector"),
        ({"boxes": (1, 10, 4), "labels": (1, 9), "scores": (1, 10)}, "expected one of"),
    ],
)
def test_another_shape_is_answered_with_what_was_found_and_what_is_known(
    tmp_path: Path, shapes: dict[str, tuple[int, ...]], words: str
) -> None:
    path = Net({name: np.zeros(shape, np.float32) for name, shape in shapes.items()}).save(tmp_path / "net.onnx")
    with pytest.raises(ModelError, match=words):
        recognise(path, describe(path))


def test_a_head_that_was_said_must_agree_with_the_shape(tmp_path: Path) -> None:
    path = NETS["yolo"]().save(tmp_path / "net.onnx")
    with pytest.raises(ModelError, match="expected the head detr"):
        recognise(path, describe(path), "detr")
    with pytest.raises(ModelError, match="no head is called 'yolov3'"):
        recognise(path, describe(path), "yolov3")
    assert recognise(path, describe(path), "yolo").head == "yolo"


def test_what_is_no_onnx_or_no_float_or_fixed_to_another_size_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "net.onnx"
    text.write_text("not a model at all, but words")
    with pytest.raises(ModelError, match="no ONNX file"):
        describe(text)
    with pytest.raises(ModelError, match="no ONNX file"):
        describe(tmp_path / "absent.onnx")
    half = NETS["yolo"]().save(tmp_path / "half.onnx", kind=TensorProto.FLOAT16)
    with pytest.raises(ModelError, match="half precision"):
        recognise(half, describe(half))
    fixed = NETS["yolo"]().save(tmp_path / "fixed.onnx")
    with pytest.raises(ModelError, match="looks at 64x96 only"):
        recognise(fixed, describe(fixed), size=(320, 320))


def convolved(path: Path) -> Path:
    """A YOLO of free height and width: one grid cell for every 8th, 16th and 32nd pixel."""
    nodes = []
    for stride in (8, 16, 32):
        nodes += [
            helper.make_node(
                "AveragePool", ["images"], [f"p{stride}"], kernel_shape=[stride] * 2, strides=[stride] * 2
            ),
            helper.make_node("Concat", [f"p{stride}"] * 2, [f"six{stride}"], axis=1),
            helper.make_node("Flatten", [f"six{stride}"], [f"flat{stride}"], axis=2),
            helper.make_node("Reshape", [f"six{stride}", "shape"], [f"r{stride}"]),
        ]
    nodes = [node for node in nodes if node.op_type != "Flatten"]
    nodes.append(helper.make_node("Concat", ["r8", "r16", "r32"], ["output0"], axis=2))
    shape = onnx.numpy_helper.from_array(np.array([1, 6, -1], np.int64), "shape")
    graph = helper.make_graph(
        nodes,
        "free",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 3, "h", "w"])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, ["n", 6, "cells"])],
        [shape],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    proto.ir_version = 8
    helper.set_model_props(proto, {"names": "{0: 'car', 1: 'Sepeda-Motor'}", "imgsz": "[128, 160]", "license": "MIT"})
    onnx.save(proto, path)
    return path


def test_free_height_and_width_are_found_and_the_picture_is_looked_at_in_its_own_shape(tmp_path: Path) -> None:
    added = add(convolved(tmp_path / "net.onnx"), tmp_path / "models", Told(name="free"))
    assert added.entry.input.divisor == 32
    assert added.entry.input.size == (128, 160)
    assert added.entry.outputs == {"output0": (1, 6, "hw/64+hw/256+hw/1024")}
    assert added.entry.labels == {0: CLASSES.index("car"), 1: CLASSES.index("motorcycle")}
    loaded = HeadedModel(added.entry, added.entry.path(tmp_path / "models"), "f32", parallel=1)
    assert loaded.size_for(1280, 720) == (96, 160)
    assert loaded.open().detect(np.zeros((720, 1280, 3), np.uint8)) is not None
    told = add(convolved(tmp_path / "net.onnx"), tmp_path / "models", Told(name="small", size=(64, 64)))
    assert told.entry.input.size == (64, 64)


def test_weights_beside_the_file_come_along_and_are_hashed(tmp_path: Path) -> None:
    path = NETS["yolo"]().save(tmp_path / "net.onnx")
    proto = onnx.load(path)
    external_data_helper.convert_model_to_external_data(proto, location="net.onnx.data", size_threshold=64)
    onnx.save(proto, path)
    entry = add(path, tmp_path / "models", Told(name="mine")).entry
    assert [m.name for m in entry.sources[0].members] == ["net.onnx", "net.onnx.data"]
    verify(entry, tmp_path / "models")
    (tmp_path / "net.onnx.data").unlink()
    with pytest.raises(ModelError, match=r"net\.onnx\.data|put through"):
        add(path, tmp_path / "models", Told(name="again"))


def test_an_entry_that_a_neighbour_hands_on_is_taken_and_fetched_from_a_folder(tmp_path: Path) -> None:
    first = add(NETS["yolo"]().save(tmp_path / "net.onnx"), tmp_path / "theirs", Told(name="mine")).entry
    (entry,) = add_entry(tmp_path / "theirs" / "mine" / OWN, tmp_path / "ours", accepted=False)
    assert entry == first
    assert fetch(entry, tmp_path / "ours", from_folder=tmp_path).is_file()
    restricted = (
        (tmp_path / "theirs" / "mine" / OWN).read_text().replace("Apache-2.0", "AGPL-3.0").replace("mine", "other")
    )
    (tmp_path / "entry.toml").write_text(restricted)
    with pytest.raises(ModelError, match="opt_in = true"):
        add_entry(tmp_path / "entry.toml", tmp_path / "ours", accepted=True)


def test_a_broken_entry_is_named_and_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / OWN).write_text("[other]\n")
    assert model("centernet", tmp_path).name == "centernet"
    with pytest.raises(ModelError, match=r"mine/model\.toml"):
        model("mine", tmp_path)
    assert parse_registry("") == ()


def test_names_are_matched_whole_in_english_and_indonesian() -> None:
    assert [class_name(n) for n in ("Pejalan kaki", "sepeda", "Sepeda Motor", "mobil", "truk", "bis")] == [
        "person",
        "bicycle",
        "motorcycle",
        "car",
        "truck",
        "bus",
    ]
    assert [class_name(n) for n in ("carpet", "tuk-tuk", "traffic light", "")] == [None] * 4
    labels, unknown = labels_of(dict(enumerate(COCO)))
    assert labels == {0: "person", 1: "bicycle", 2: "car", 3: "motorcycle", 5: "bus", 7: "truck"}
    assert (len(COCO), len(unknown)) == (80, 74)
    assert set(labels.values()) == set(CLASSES)


@pytest.mark.parametrize(
    "text",
    [
        "person\ncar\n",
        '["person", "car"]',
        '{"0": "person", "1": "car"}',
        json.dumps({"id2label": {"0": "person", "1": "car"}}),
    ],
)
def test_names_come_from_lines_or_json(tmp_path: Path, text: str) -> None:
    (tmp_path / "names").write_text(text)
    assert read_names(str(tmp_path / "names")) == {0: "person", 1: "car"}


def test_names_that_cannot_be_read_or_are_another_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="can't be read"):
        read_names(str(tmp_path / "absent"))
    (tmp_path / "names").write_text('{"a": 1}')
    with pytest.raises(ModelError, match="--names"):
        read_names(str(tmp_path / "names"))
    path = NETS["yolo"]().save(tmp_path / "net.onnx")
    with pytest.raises(ModelError, match="another model"):
        add(path, tmp_path / "models", Told(name="mine", names="coco"))
    (tmp_path / "names").write_text("zebra\n")
    with pytest.raises(ModelError, match="knows zebra, none of which"):
        add(path, tmp_path / "models", Told(name="mine", names=str(tmp_path / "names")))

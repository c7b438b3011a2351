"""The registry says what the files are, and no file that isn't that is loaded."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from pantau.errors import ModelError
from pantau.see import free_size
from pantau.see.fetch import Member, Source
from pantau.see.registry import ModelEntry, fetch, list_models, model, parse_registry, verify
from pantau.types import CLASSES


def old_style(path: Path) -> Path:
    """An exported network of one size, batch 10, whose weights are declared as inputs too."""
    kernel = numpy_helper.from_array(np.ones((1, 3, 1, 1), np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("Conv", ["input.1", "w"], ["537"]), helper.make_node("Neg", ["537"], ["spare"])],
        "old",
        [
            helper.make_tensor_value_info("input.1", TensorProto.FLOAT, [10, 3, 32, 32]),
            helper.make_tensor_value_info("w", TensorProto.FLOAT, [1, 3, 1, 1]),
        ],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [10, 1, 32, 32]) for name in ("537", "spare")],
        [kernel],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)])
    proto.ir_version = 8
    onnx.save(proto, path)
    return path


@pytest.fixture
def given(tmp_path: Path) -> tuple[ModelEntry, Path]:
    """An entry that is converted, and the folder that has its file."""
    folder = tmp_path / "given"
    folder.mkdir()
    content = old_style(folder / "old.onnx").read_bytes()
    source = Source("file", (Member("old.onnx", hashlib.sha256(content).hexdigest(), len(content)),), "old")
    entry = replace(model("centerface"), name="old", sources=(source,), outputs={"537": (1, 1, "h", "w")})
    return entry, folder


def test_every_entry_is_complete() -> None:
    entries = list_models()
    assert [entry.name for entry in entries] == ["centernet", "crossroad", "centerface", "mobilenet"]
    for entry in entries:
        assert entry.licence
        assert entry.sources
        assert all(len(member.sha256) == 64 and member.size for source in entry.sources for member in source.members)
        assert all(0 <= class_id < len(CLASSES) for class_id in entry.labels.values())
        assert entry.opt_in == any(word in entry.licence for word in ("AGPL", "non-commercial"))


def test_shapes_follow_the_input() -> None:
    assert model("centernet").output_shapes(384, 640) == {
        "tower_0_keypoints": (1, 96, 160, 6),
        "tower_0_wh": (1, 96, 160, 4),
    }
    assert model("centernet").input.shape(384, 640) == (1, 384, 640, 3)
    assert model("crossroad").input.shape(1024, 1024) == (1, 3, 1024, 1024)


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match=r"'yolo'; known are centernet, crossroad, centerface"):
        model("yolo")


def test_fetch_converts_once_and_verify_agrees(given: tuple[ModelEntry, Path], tmp_path: Path) -> None:
    entry, folder = given
    models = tmp_path / "models"
    path = fetch(entry, models, from_folder=folder)
    assert path == models / "old" / "centerface-free.onnx"
    made = path.stat().st_mtime_ns
    assert fetch(entry, models) == verify(entry, models) == path
    assert path.stat().st_mtime_ns == made


def test_a_freed_network_takes_any_size(given: tuple[ModelEntry, Path], tmp_path: Path) -> None:
    entry, folder = given
    session = onnxruntime.InferenceSession(
        fetch(entry, tmp_path, from_folder=folder), providers=["CPUExecutionProvider"]
    )
    assert [found.name for found in session.get_inputs()] == ["input.1"]
    (y,) = session.run(None, {"input.1": np.ones((1, 3, 8, 20), np.float32)})
    np.testing.assert_array_equal(y, np.full((1, 1, 8, 20), 3))


@pytest.mark.parametrize("victim", ["old.onnx", "centerface-free.onnx"])
def test_verify_finds_an_altered_file_and_fetch_mends_it(
    given: tuple[ModelEntry, Path], tmp_path: Path, victim: str
) -> None:
    entry, folder = given
    path = fetch(entry, tmp_path / "models", from_folder=folder)
    with (path.parent / victim).open("ab") as file:
        file.write(b"!")
    with pytest.raises(ModelError, match="incomplete or altered"):
        verify(entry, tmp_path / "models")
    fetch(entry, tmp_path / "models", from_folder=folder)
    assert verify(entry, tmp_path / "models") == path


def test_verify_of_a_model_that_is_not_there_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="run `pantau models fetch centernet`"):
        verify(model("centernet"), tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [("[a", "not TOML"), ("[a]\ntask = 'detect'", "model a: KeyError"), ("a = 1", "model a: TypeError")],
)
def test_a_broken_registry_is_refused(text: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        parse_registry(text)


def test_freeing_needs_the_named_input_and_outputs(tmp_path: Path) -> None:
    source = old_style(tmp_path / "old.onnx")
    with pytest.raises(ModelError, match="expected input data and outputs 537"):
        free_size.convert(source, tmp_path / "out.onnx", "data", ("537",))
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(ModelError, match="no ONNX model"):
        free_size.convert(tmp_path / "text.onnx", tmp_path / "out.onnx", "data", ("537",))

"""Both engines give the same numbers; what can't be run says so at the start."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pantau.errors import ModelError
from pantau.see.engine import OpenVinoEngine, OrtEngine, open_engine
from pantau.see.registry import ModelEntry

Toy = tuple[ModelEntry, Path]
SIZE = (96, 128)


def test_both_engines_agree(toy: Toy) -> None:
    array = np.random.default_rng(0).uniform(0, 255, (1, *SIZE, 3)).astype(np.float32)
    ours = OpenVinoEngine(*toy, SIZE, "f32", 1).request().infer(array)
    theirs = OrtEngine(*toy).request().infer(array)
    assert ours.keys() == theirs.keys() == {"tower_0_keypoints", "tower_0_wh"}
    for name, found in ours.items():
        np.testing.assert_allclose(found, theirs[name], atol=1e-4)


def test_openvino_is_preferred(toy: Toy) -> None:
    engine = open_engine(*toy, SIZE)
    assert (engine.backend, engine.precision) == ("openvino", "f32")


def test_without_openvino_onnx_runtime_takes_over(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pantau.see.engine._core", broken_core)
    assert open_engine(*toy, SIZE).backend == "onnxruntime"


def broken_core() -> None:
    raise ImportError("libopenvino.so is not there")


def test_an_ir_without_openvino_is_refused(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    entry, path = toy
    ir = path.rename(path.with_suffix(".xml"))
    monkeypatch.setattr("pantau.see.engine._core", broken_core)
    with pytest.raises(ModelError, match=r"needs OpenVINO.*libopenvino"):
        open_engine(entry, ir, SIZE)


def test_without_any_engine_the_answer_is_plain(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pantau.see.engine._core", broken_core)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match="install one of them"):
        open_engine(*toy, SIZE)


def test_a_network_of_another_shape_is_refused_with_both_shapes(toy: Toy) -> None:
    entry, path = toy
    other = replace(entry, outputs={**entry.outputs, "tower_0_wh": (1, "h/8", "w/8", 4)})
    with pytest.raises(ModelError, match=r"tower_0_wh: expected \(1, 12, 16, 4\).*got \(1, 24, 32, 4\)"):
        open_engine(other, path, SIZE)


def test_a_file_that_is_no_network_is_refused(toy: Toy) -> None:
    entry, path = toy
    path.write_bytes(b"no network")
    with pytest.raises(ModelError, match="no engine can load"):
        open_engine(entry, path, SIZE)


def test_a_missing_file_says_how_to_get_it(toy: Toy) -> None:
    entry, path = toy
    with pytest.raises(ModelError, match="pantau models fetch centernet"):
        open_engine(entry, path.with_name("gone.onnx"), SIZE)


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_requests_of_one_engine_do_not_mix_their_pictures(toy: Toy, backend: str) -> None:
    engine = OpenVinoEngine(*toy, SIZE, "f32", 2) if backend == "openvino" else OrtEngine(*toy)
    wrong: list[float] = []

    def watch(red: float) -> None:
        request, array = engine.request(), np.zeros((1, *SIZE, 3), np.float32)
        array[..., 0] = red
        for _ in range(30):
            heat = request.infer(array)["tower_0_keypoints"][0, ..., 0]
            if not np.allclose(heat, red / 255, atol=1e-4):
                wrong.append(red)

    threads = [threading.Thread(target=watch, args=(red,)) for red in (50.0, 100.0, 200.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert wrong == []

"""What runs on a card, with the CPU in the card's place: there is none where these tests run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from structlog.testing import capture_logs

from pantau.errors import ModelError
from pantau.see.batches import MOST
from pantau.see.cores import cores
from pantau.see.cuda import CudaEngine, device_of
from pantau.see.engine import OrtEngine, at_once
from pantau.see.registry import ModelEntry

Toy = tuple[ModelEntry, Path]
SIZE = (96, 128)
CPU = "CPUExecutionProvider"


def test_a_batch_says_of_each_picture_what_it_says_of_it_alone(toy: Toy) -> None:
    engine = CudaEngine(*toy, SIZE, CPU)
    pictures = np.random.default_rng(1).uniform(0, 255, (3, *SIZE, 3)).astype(np.float32)
    together = engine.batches._run(pictures)
    alone = OrtEngine(*toy).request()
    for n in range(3):
        for name, values in alone.infer(pictures[n : n + 1]).items():
            np.testing.assert_allclose(together[name][n : n + 1], values, atol=1e-4)
    assert engine.batches._most == MOST


def test_a_network_that_mixes_its_pictures_is_run_one_by_one(toy: Toy) -> None:
    """One whose answer depends on its neighbours in the batch: a mean over all of them."""
    entry, path = toy
    model = onnx.load(path)
    model.graph.node.insert(0, helper.make_node("ReduceMean", ["tower_0_images"], ["all"], axes=[0], keepdims=1))
    model.graph.node.insert(1, helper.make_node("Add", ["tower_0_images", "all"], ["mixed"]))
    model.graph.node[2].input[0] = "mixed"
    [still] = [one for one in model.graph.initializer if one.name == "nothing"]  # the toy's box sizes look at no pixel
    still.CopyFrom(numpy_helper.from_array(np.full((4, 3, 1, 1), 0.01, np.float32), "nothing"))
    onnx.save(model, path)
    assert CudaEngine(entry, path, SIZE, CPU).batches._most == 1


def test_a_network_with_a_fixed_batch_inside_is_run_one_by_one(toy: Toy) -> None:
    entry, path = toy
    model = onnx.load(path)
    shape = numpy_helper.from_array(np.array([1, *SIZE, 3], np.int64), "shape")
    model.graph.initializer.append(shape)
    model.graph.node.insert(0, helper.make_node("Reshape", ["tower_0_images", "shape"], ["fixed"]))
    model.graph.node[1].input[0] = "fixed"
    onnx.save(model, path)
    engine = CudaEngine(entry, path, SIZE, CPU)
    assert engine.batches._most == 1
    assert engine.request().infer(np.zeros((1, *SIZE, 3), np.float32))
    assert model.graph.input[0].type.tensor_type.elem_type == TensorProto.FLOAT


def test_a_card_that_is_not_there_is_said_and_not_replaced_in_silence(toy: Toy) -> None:
    with pytest.raises(ModelError, match=r"see\.device = cpu|can't be loaded on the card"):
        CudaEngine(*toy, SIZE)


def test_openvino_files_do_not_run_on_a_card(toy: Toy) -> None:
    with pytest.raises(ModelError, match="made for OpenVINO"):
        CudaEngine(toy[0], Path("net.xml"), SIZE, CPU)


def test_auto_is_the_cpu_where_there_is_no_card_and_cuda_says_what_is_missing(tmp_path: Path) -> None:
    nowhere = tmp_path / "nvidiactl"
    assert device_of("cpu", nowhere) == device_of("auto", nowhere) == "cpu"
    with pytest.raises(ModelError, match=r"driver.*onnxruntime-gpu"):
        device_of("cuda", nowhere)
    nowhere.touch()
    with pytest.raises(ModelError, match="the package onnxruntime-gpu is not there"):
        device_of("cuda", nowhere)


def test_a_card_that_does_not_answer_is_said_and_auto_goes_on_with_the_cpu(tmp_path: Path) -> None:
    """Driver and package are there, and do not fit; ONNX Runtime would take the CPU and say nothing."""
    (driver := tmp_path / "nvidiactl").touch()
    with capture_logs() as logs:
        assert device_of("auto", driver, "onnxruntime") == "cpu"
    assert [(one["event"], one["log_level"]) for one in logs] == [("card.unused", "warning")]
    with pytest.raises(ModelError, match=r"the card does not answer: .*; see that driver"):
        device_of("cuda", driver, "onnxruntime")
    assert device_of("auto", driver, "onnxruntime", CPU) == "cuda"


def test_a_card_takes_more_pictures_at_once_than_there_are_cores() -> None:
    assert at_once("cpu") == cores()
    assert at_once("cuda") == 2 * MOST

"""A network without the channels that nobody reads is the same in the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from pantau.errors import ModelError
from pantau.see.narrow import narrow
from pantau.types import Floats

CHANCE = np.random.default_rng(3)


def network(*, group: int = 1, beside: bool = False) -> onnx.ModelProto:
    """Four channels, a convolution to eight, a sigmoid, turned to NHWC; with `beside` another output reads the convolution."""
    weights = {
        "w": CHANCE.normal(0, 1, (8, 4 // group, 1, 1)).astype(np.float32),
        "b": CHANCE.normal(0, 1, 8).astype(np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["raw"], group=group),
        helper.make_node("Sigmoid", ["raw"], ["heat"]),
        helper.make_node("Transpose", ["heat"], ["y"], perm=[0, 2, 3, 1]),
        *([helper.make_node("Relu", ["raw"], ["z"])] if beside else []),
    ]
    graph = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 3, 5])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("y", *(["z"] if beside else []))],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def run(model: onnx.ModelProto, x: Floats) -> Floats:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["y"], {"x": x})[0])


def test_the_channels_that_are_left_are_what_they_were_in_the_order_asked_for(tmp_path: Path) -> None:
    model, x = network(), CHANCE.normal(0, 1, (1, 4, 3, 5)).astype(np.float32)
    whole = run(model, x)
    narrow(model, "y", (5, 0, 2))
    np.testing.assert_allclose(run(model, x), whole[..., [5, 0, 2]], atol=1e-6)
    onnx.save(model, tmp_path / "narrow.onnx")
    assert sum(len(tensor.raw_data) for tensor in onnx.load(tmp_path / "narrow.onnx").graph.initializer) == 4 * (12 + 3)


@pytest.mark.parametrize(
    ("model", "channels", "why"),
    [
        (network(group=2), (0,), "not made by one convolution"),
        (network(beside=True), (0,), "not made by one convolution, but by Sigmoid"),
        (network(), (8,), "expected channel 8, but it has 8"),
    ],
)
def test_what_would_come_out_otherwise_is_refused(model: onnx.ModelProto, channels: tuple[int, ...], why: str) -> None:
    with pytest.raises(ModelError, match=why):
        narrow(model, "y", channels)

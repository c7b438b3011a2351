"""A graph model means the same in ONNX: each family of operators against NumPy or a formula of its own."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest

from pantau.errors import ModelError
from pantau.see.tfjs import convert

Array = npt.NDArray[Any]
Attributes = Mapping[str, Any]


def text(value: str) -> dict[str, str]:
    return {"s": base64.b64encode(value.encode()).decode()}


def texts(*values: str) -> dict[str, Any]:
    return {"list": {"s": [text(value)["s"] for value in values]}}


def integers(*values: int) -> dict[str, Any]:
    return {"list": {"i": [str(value) for value in values]}}


def node(name: str, op: str, inputs: Sequence[str] = (), **attributes: object) -> dict[str, Any]:
    return {"name": name, "op": op, "input": list(inputs), "attr": attributes}


class Model:
    """A graph model under construction, with one input `x`."""

    def __init__(self, shape: Sequence[int]) -> None:
        dims = [{"size": str(size)} for size in shape]
        self.nodes = [node("x", "Placeholder", shape={"shape": {"dim": dims}})]
        self.weights: list[dict[str, Any]] = []
        self.data = b""

    def constant(self, name: str, array: Array, **quantised: str | float) -> Model:
        stored = array.astype(str(quantised["dtype"])) if quantised else array
        entry = {"name": name, "shape": list(array.shape), "dtype": "int32" if array.dtype.kind == "i" else "float32"}
        self.weights.append({**entry, **({"quantization": quantised} if quantised else {})})
        self.nodes.append(node(name, "Const"))
        self.data += stored.tobytes()
        return self

    def add(self, name: str, op: str, inputs: Sequence[str], **attributes: object) -> Model:
        self.nodes.append(node(name, op, inputs, **attributes))
        return self

    def write(self, folder: Path) -> Path:
        half = len(self.data) // 2
        (folder / "one.bin").write_bytes(self.data[:half])
        (folder / "two.bin").write_bytes(self.data[half:])
        document = {
            "modelTopology": {"node": self.nodes},
            "weightsManifest": [{"paths": ["one.bin", "two.bin"], "weights": self.weights}],
        }
        path = folder / "model.json"
        path.write_text(json.dumps(document))
        return path


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., list[Array]]:
    def convert_and_run(model: Model, x: Array, *outputs: str) -> list[Array]:
        target = tmp_path / "model.onnx"
        convert(model.write(tmp_path), target, outputs or ("y",))
        session = onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"])
        return [np.asarray(found) for found in session.run(list(outputs or ("y",)), {"x": x})]

    return convert_and_run


Run = Callable[..., list[Array]]


def picture(*shape: int) -> Array:
    return np.random.default_rng(1).normal(0, 2, shape).astype(np.float32)


def slide(x: Array, kernel: Array, stride: int, pads: tuple[int, int, int, int]) -> Array:
    """Convolution as the formula says, NHWC; kernel (h, w, in, out); pads top, bottom, left, right."""
    top, bottom, left, right = pads
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    h, w, _, out = kernel.shape
    rows, columns = (x.shape[1] - h) // stride + 1, (x.shape[2] - w) // stride + 1
    y = np.zeros((1, rows, columns, out), np.float32)
    for i in range(rows):
        for j in range(columns):
            window = x[0, i * stride : i * stride + h, j * stride : j * stride + w]
            y[0, i, j] = np.tensordot(window, kernel, 3)
    return y


@pytest.mark.parametrize(
    ("padding", "stride", "pads"),
    [("VALID", 1, (0, 0, 0, 0)), ("SAME", 1, (1, 1, 1, 1)), ("SAME", 2, (0, 1, 0, 1))],
)
def test_a_convolution_with_bias_and_relu_is_the_formula(
    run: Run, padding: str, stride: int, pads: tuple[int, int, int, int]
) -> None:
    x, kernel, bias = picture(1, 6, 8, 3), picture(3, 3, 3, 5), picture(5)
    model = Model((1, 6, 8, 3)).constant("w", kernel).constant("b", bias)
    model.add(
        "y",
        "_FusedConv2D",
        ("x", "w", "b"),
        strides=integers(1, stride, stride, 1),
        padding=text(padding),
        fused_ops=texts("BiasAdd", "Relu"),
    )
    (y,) = run(model, x)
    np.testing.assert_allclose(y, np.maximum(slide(x, kernel, stride, pads) + bias, 0), atol=1e-4)


def test_explicit_padding_is_kept(run: Run) -> None:
    x, kernel = picture(1, 5, 5, 2), picture(3, 3, 2, 2)
    model = Model((1, 5, 5, 2)).constant("w", kernel)
    pads = integers(0, 0, 2, 0, 1, 0, 0, 0)
    model.add("y", "Conv2D", ("x", "w"), strides=integers(1, 1, 1, 1), padding=text("EXPLICIT"), explicit_paddings=pads)
    (y,) = run(model, x)
    np.testing.assert_allclose(y, slide(x, kernel, 1, (2, 0, 1, 0)), atol=1e-4)


def test_a_depthwise_convolution_keeps_channels_apart_and_prelu_has_a_slope_each(run: Run) -> None:
    x, kernel, slope = picture(1, 4, 4, 3), picture(3, 3, 3, 2), np.abs(picture(6))
    model = Model((1, 4, 4, 3)).constant("w", kernel).constant("b", np.zeros(6, np.float32)).constant("a", slope)
    model.add(
        "y",
        "FusedDepthwiseConv2dNative",
        ("x", "w", "b", "a"),
        strides=integers(1, 1, 1, 1),
        padding=text("SAME"),
        fused_ops=texts("BiasAdd", "Prelu"),
    )
    channels = [slide(x[..., i : i + 1], kernel[:, :, i : i + 1, :], 1, (1, 1, 1, 1)) for i in range(3)]
    expected = np.concatenate(channels, axis=-1)
    (y,) = run(model, x)
    np.testing.assert_allclose(y, np.where(expected < 0, slope * expected, expected), atol=1e-4)


UNARY: dict[str, Callable[[Array], Array]] = {
    "Relu": lambda x: np.maximum(x, 0),
    "Relu6": lambda x: np.clip(x, 0, 6),
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Square": lambda x: x * x,
    "Abs": np.abs,
    "Elu": lambda x: np.where(x < 0, np.exp(x) - 1, x),
    "Neg": lambda x: -x,
}


@pytest.mark.parametrize("op", UNARY)
def test_functions_of_one_value(run: Run, op: str) -> None:
    x = picture(1, 3, 4, 2) * 4
    (y,) = run(Model((1, 3, 4, 2)).add("y", op, ("x",)), x)
    np.testing.assert_allclose(y, UNARY[op](x), rtol=1e-4, atol=1e-4)


def test_rsqrt_of_a_positive_value(run: Run) -> None:
    x = np.abs(picture(1, 5)) + 1
    (y,) = run(Model((1, 5)).add("y", "Rsqrt", ("x",)), x)
    np.testing.assert_allclose(y, 1 / np.sqrt(x), rtol=1e-4)


@pytest.mark.parametrize("shape", [(), (2,), (4, 2), (1, 3, 4, 2)])
@pytest.mark.parametrize(("op", "formula"), [("AddV2", np.add), ("Mul", np.multiply), ("Sub", np.subtract)])
def test_arithmetic_broadcasts_as_tensorflow_does(
    run: Run, shape: tuple[int, ...], op: str, formula: Callable[[Array, Array], Array]
) -> None:
    x, c = picture(1, 3, 4, 2), np.asarray(picture(*shape), np.float32)
    (y,) = run(Model((1, 3, 4, 2)).constant("c", c).add("y", op, ("c", "x")), x)
    np.testing.assert_allclose(y, formula(c, x), rtol=1e-4)


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("axes", [(1, 2), (3,), (-1, 1)])
@pytest.mark.parametrize(("op", "formula"), [("Mean", np.mean), ("Sum", np.sum), ("Max", np.max)])
def test_reductions(run: Run, axes: tuple[int, ...], keep: bool, op: str, formula: Callable[..., Array]) -> None:
    x = picture(1, 3, 4, 2)
    model = Model((1, 3, 4, 2)).constant("axes", np.array(axes, np.int32))
    (y,) = run(model.add("y", op, ("x", "axes"), keep_dims={"b": keep}), x)
    np.testing.assert_allclose(y, formula(x, axis=axes, keepdims=keep), rtol=1e-4, atol=1e-5)


def test_moving_axes_joining_and_padding(run: Run) -> None:
    x = picture(1, 3, 4, 2)
    model = (
        Model((1, 3, 4, 2)).constant("axis", np.array(3, np.int32)).constant("order", np.array([0, 2, 1, 3], np.int32))
    )
    model.constant("pads", np.array([[0, 0], [1, 0], [0, 2], [0, 0]], np.int32))
    model.add("joined", "ConcatV2", ("x", "x", "axis")).add("turned", "Transpose", ("joined", "order"))
    (y,) = run(model.add("y", "Pad", ("turned", "pads")), x)
    turned = np.concatenate([x, x], 3).transpose(0, 2, 1, 3)
    np.testing.assert_array_equal(y, np.pad(turned, ((0, 0), (1, 0), (0, 2), (0, 0))))


def test_reshape_and_squeeze_read_in_tensorflows_order(run: Run) -> None:
    x = picture(1, 3, 4, 2)
    model = Model((1, 3, 4, 2)).constant("shape", np.array([1, 1, -1, 6], np.int32))
    model.add("r", "Reshape", ("x", "shape")).add("y", "Squeeze", ("r",), squeeze_dims=integers(1))
    (y,) = run(model, x)
    np.testing.assert_array_equal(y, x.reshape(1, 4, 6))


def test_a_split_gives_its_parts_by_number(run: Run) -> None:
    x = picture(1, 2, 2, 5)
    model = Model((1, 2, 2, 5)).constant("sizes", np.array([2, -1], np.int32)).constant("axis", np.array(-1, np.int32))
    model.add("s", "SplitV", ("x", "sizes", "axis")).add("first", "Neg", ("s:0",)).add("second", "Relu", ("s:1",))
    first, second = run(model, x, "first", "second")
    np.testing.assert_array_equal(first, -x[..., :2])
    np.testing.assert_array_equal(second, np.maximum(x[..., 2:], 0))


def test_matmul_with_bias_and_softmax(run: Run) -> None:
    x, w, b = picture(1, 4), picture(3, 4), picture(3)
    model = Model((1, 4)).constant("w", w).constant("b", b)
    model.add("m", "_FusedMatMul", ("x", "w", "b"), transpose_b={"b": True}, fused_ops=texts("BiasAdd"))
    (y,) = run(model.add("y", "Softmax", ("m",)), x)
    e = np.exp(x @ w.T + b)
    np.testing.assert_allclose(y, e / e.sum(), rtol=1e-4)


@pytest.mark.parametrize(("op", "formula"), [("MaxPool", np.max), ("AvgPool", np.mean)])
def test_pools(run: Run, op: str, formula: Callable[..., Array]) -> None:
    x = picture(1, 4, 6, 2)
    window = {"ksize": integers(1, 2, 2, 1), "strides": integers(1, 2, 2, 1), "padding": text("VALID")}
    (y,) = run(Model((1, 4, 6, 2)).add("y", op, ("x",), **window), x)
    np.testing.assert_allclose(y, formula(x.reshape(1, 2, 2, 3, 2, 2), axis=(2, 4)), rtol=1e-4)


def test_a_resize_becomes_a_factor_and_the_input_may_have_another_size(run: Run) -> None:
    model = (
        Model((1, 4, 4, 1)).constant("at", np.array([[0], [1]], np.int32)).constant("shape", np.array([2], np.int32))
    )
    model.constant("target", np.array([8, 8], np.int32)).constant("zero", np.array(0, np.int32))
    model.add("size", "SparseToDense", ("at", "shape", "target", "zero"))
    model.add("y", "ResizeNearestNeighbor", ("x", "size"))
    x = picture(1, 3, 6, 1)
    (y,) = run(model, x)
    np.testing.assert_array_equal(y, x.repeat(2, 1).repeat(2, 2))


def test_bilinear_resize_interpolates_from_the_corner(run: Run) -> None:
    x = np.array([0, 4], np.float32).reshape(1, 1, 2, 1)
    model = Model((1, 1, 2, 1)).constant("size", np.array([1, 4], np.int32))
    (y,) = run(model.add("y", "ResizeBilinear", ("x", "size")), x)
    np.testing.assert_allclose(y.ravel(), [0, 2, 4, 4])


@pytest.mark.parametrize(
    "quantised", [{"dtype": "float16"}, {"dtype": "uint8", "scale": 0.5, "min": -3.0}], ids=["float16", "uint8"]
)
def test_quantised_weights_become_what_they_stand_for(run: Run, quantised: dict[str, Any]) -> None:
    stored = np.array([0, 2, 8], np.float32)
    meant = stored * quantised.get("scale", 1) + quantised.get("min", 0)
    (y,) = run(
        Model((1, 3)).constant("c", stored, **quantised).add("y", "AddV2", ("x", "c")), np.zeros((1, 3), np.float32)
    )
    np.testing.assert_allclose(y[0], meant)


def test_control_inputs_and_unneeded_nodes_are_left_out(run: Run) -> None:
    model = Model((1, 2)).add("y", "Identity", ("x", "^gone")).add("unneeded", "TopKV2", ("x",))
    (y,) = run(model, np.ones((1, 2), np.float32))
    np.testing.assert_array_equal(y, np.ones((1, 2)))


def test_an_unknown_operator_is_named(tmp_path: Path) -> None:
    source = Model((1, 2)).add("y", "TopKV2", ("x",)).write(tmp_path)
    with pytest.raises(ModelError, match="operator TopKV2 of node y"):
        convert(source, tmp_path / "out.onnx", ("y",))


def test_an_unknown_output_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no node for the output 'tower_z'"):
        convert(Model((1, 2)).write(tmp_path), tmp_path / "out.onnx", ("tower_z",))


def test_weights_cut_short_are_refused(tmp_path: Path) -> None:
    source = Model((1, 3)).constant("c", picture(3)).add("y", "AddV2", ("x", "c")).write(tmp_path)
    (tmp_path / "two.bin").write_bytes(b"")
    with pytest.raises(ModelError, match="the weights end before c"):
        convert(source, tmp_path / "out.onnx", ("y",))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"modelTopology": {"node": [{"name": "x"}]}}'])
def test_what_is_no_graph_model_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "model.json").write_text(content)
    with pytest.raises(ModelError, match="no complete TensorFlow"):
        convert(tmp_path / "model.json", tmp_path / "out.onnx", ("y",))

"""Writes the weights of a MobileNetV2 as ONNX: an image in, a map of features out.

Source: M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018 (arXiv 1801.04381), §3 and table 2. The
shape of every layer is read off its weights; which blocks halve the picture is the table's. Batch normalisation is folded
into the convolution before it, because at inference both are one linear map. The mean and spread of ImageNet's colours
stand at the entrance, so that the input is RGB 0-255 as everywhere.

The classifier is left away: what is wanted is what it looks at. Limits: this one network; the weights decide nothing but its
widths.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from pantau.errors import ModelError
from pantau.see.torch_file import read_weights

Array = npt.NDArray[Any]

BLOCKS: Final = 17
LAST: Final = 18
HALVING: Final = frozenset({2, 4, 7, 14})
"""Blocks whose depthwise convolution has stride 2."""
EPSILON: Final = 1e-5
MEAN: Final = (123.675, 116.28, 103.53)
SPREAD: Final = (58.395, 57.12, 57.375)


def convert(source: Path, target: Path, input_name: str, output: str) -> None:
    """Write the network with these weights to `target`.

    Raises:
        ModelError: `source` is no file of weights, or not of this network.
    """
    weights = read_weights(source)
    network = _Network(weights)
    try:
        network.build(input_name)
    except (KeyError, ValueError) as error:
        raise ModelError(f"{source} does not hold the weights of a MobileNetV2: {error}") from error
    network.nodes[-1].output[0] = output
    kind = TensorProto.FLOAT
    graph = helper.make_graph(
        network.nodes,
        "mobilenet_v2",
        [helper.make_tensor_value_info(input_name, kind, [1, 3, "height", "width"])],
        [helper.make_tensor_value_info(output, kind, [1, None, None, None])],
        [numpy_helper.from_array(array, name) for name, array in network.constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, target)


class _Network:
    """Nodes and constants so far."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        self._weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, Array] = {
            "mean": np.array(MEAN, np.float32).reshape(1, 3, 1, 1),
            "spread": np.array(SPREAD, np.float32).reshape(1, 3, 1, 1),
            "zero": np.array(0, np.float32),
            "six": np.array(6, np.float32),
        }

    def build(self, input_name: str) -> str:
        """Every layer from the input on; the name of the last value."""
        value = self._node("Div", self._node("Sub", input_name, "mean"), "spread")
        value = self._relu6(self._conv(value, "features.0", 0, stride=2))
        for number in range(1, BLOCKS + 1):
            value = self._block(value, number)
        return self._relu6(self._conv(value, f"features.{LAST}", 0))

    def _block(self, value: str, number: int) -> str:
        """Widen, look around, narrow; the way round it where nothing changes its size."""
        name = f"features.{number}.conv"
        wide = f"{name}.6.weight" in self._weights
        inner = self._relu6(self._conv(value, name, 0)) if wide else value
        first = 3 if wide else 0
        inner = self._relu6(self._conv(inner, name, first, stride=2 if number in HALVING else 1))
        out = self._conv(inner, name, first + 3)
        enters = self._weights[f"{name}.{0 if wide else 3}.weight"].shape[1 if wide else 0]
        leaves = self._weights[f"{name}.{first + 3}.weight"].shape[0]
        return self._node("Add", value, out) if wide and enters == leaves and number not in HALVING else out

    def _conv(self, value: str, name: str, at: int, stride: int = 1) -> str:
        """A convolution with the batch normalisation behind it folded in."""
        kernel = self._weights[f"{name}.{at}.weight"]
        gain, shift, mean, var = (
            self._weights[f"{name}.{at + 1}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gain / np.sqrt(var + EPSILON)
        key = f"{name}.{at}"
        self.constants[f"{key}.kernel"] = np.ascontiguousarray(kernel * scale[:, None, None, None], np.float32)
        self.constants[f"{key}.bias"] = np.ascontiguousarray(shift - mean * scale, np.float32)
        side = kernel.shape[-1]
        return self._node(
            "Conv",
            value,
            f"{key}.kernel",
            f"{key}.bias",
            kernel_shape=[side, side],
            strides=[stride, stride],
            pads=[side // 2] * 4,
            group=kernel.shape[0] if kernel.shape[1] == 1 and side > 1 else 1,
        )

    def _relu6(self, value: str) -> str:
        return self._node("Clip", value, "zero", "six")

    def _node(self, kind: str, *inputs: str, **attributes: int | list[int]) -> str:
        out = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))  # type: ignore[arg-type]  # its own keywords come before attributes
        return out

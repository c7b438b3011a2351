"""Values and ONNX nodes of a TensorFlow.js graph under conversion.

Idea: TensorFlow speaks NHWC, ONNX NCHW. Every four-dimensional value is *held* as NCHW from the input to the outputs; its
shape and all axes are *spoken of* in TensorFlow's order, and `Builder` translates. Values of another rank are held as they
are. So convolutions follow each other without transposes, and only reshapes and reductions that drop axes pay for one.

Shapes are known for one reference size of the input; they decide ranks and the factors of resizes, never a size in the
result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

Array = npt.NDArray[Any]
Shape = tuple[int, ...]

TO_NCHW: Final = (0, 3, 1, 2)
TO_NHWC: Final = (0, 2, 3, 1)


@dataclass(frozen=True, slots=True)
class Tensor:
    """A value computed by the graph: its ONNX name, and its shape at the reference size in TensorFlow's order."""

    name: str
    shape: Shape


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A value known now."""

    array: Array

    @property
    def shape(self) -> Shape:
        """As NumPy has it."""
        return self.array.shape


Value = Tensor | Constant


def held_axis(axis: int, rank: int) -> int:
    """Where an axis spoken of lies in the value as held."""
    axis %= rank
    return TO_NCHW.index(axis) if rank == 4 else axis


class Builder:
    """Collects ONNX nodes and initialisers, and keeps the layout rule."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._initialisers: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._count = 0

    def input(self, name: str, shape: Shape) -> Tensor:
        """A float input in TensorFlow's layout; height and width of a picture stay free."""
        free = [f"size_{i}" if len(shape) == 4 and i in {1, 2} else size for i, size in enumerate(shape)]
        self._inputs.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, free))
        held = self.add("Transpose", [name], perm=TO_NCHW) if len(shape) == 4 else name
        return Tensor(held, shape)

    def output(self, name: str, value: Value) -> None:
        """Give a value out under this name, in TensorFlow's layout."""
        self._nodes.append(helper.make_node("Identity", [self.spoken(value)], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None] * len(value.shape)))

    def add(self, op: str, inputs: Sequence[str], **attributes: Any) -> str:  # noqa: ANN401 - ONNX attributes
        """Write one ONNX operator with one output; its name."""
        return self.add_many(op, inputs, 1, **attributes)[0]

    def add_many(self, op: str, inputs: Sequence[str], count: int, **attributes: Any) -> list[str]:  # noqa: ANN401
        """Write one ONNX operator; the names of its outputs."""
        names = [self._name(op) for _ in range(count)]
        self._nodes.append(helper.make_node(op, list(inputs), names, name=self._name("node"), **attributes))
        return names

    def constant(self, array: Array) -> str:
        """Keep an array exactly as it is; its name."""
        name = self._name("constant")
        self._initialisers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def held(self, value: Value, rank: int | None = None) -> str:
        """ONNX name of a value as held; a constant is first lifted to `rank` as broadcasting would."""
        if isinstance(value, Tensor):
            return value.name
        array = value.array
        if rank is not None and array.ndim < rank:
            array = array.reshape((1,) * (rank - array.ndim) + array.shape)
        return self.constant(array.transpose(TO_NCHW) if array.ndim == 4 else array)

    def spoken(self, value: Value) -> str:
        """ONNX name of a value in TensorFlow's layout."""
        if isinstance(value, Constant):
            return self.constant(value.array)
        return self.add("Transpose", [value.name], perm=TO_NHWC) if len(value.shape) == 4 else value.name

    def from_spoken(self, name: str, shape: Shape) -> Tensor:
        """The value whose ONNX name is in TensorFlow's layout."""
        return Tensor(self.add("Transpose", [name], perm=TO_NCHW) if len(shape) == 4 else name, shape)

    def model(self, opset: int, ir_version: int) -> onnx.ModelProto:
        """Everything collected, checked."""
        graph = helper.make_graph(self._nodes, "tfjs", self._inputs, self._outputs, self._initialisers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], producer_name="pantau")
        model.ir_version = ir_version
        onnx.checker.check_model(model, full_check=True)
        return model

    def _name(self, stem: str) -> str:
        self._count += 1
        return f"{stem}_{self._count}"

"""TensorFlow operators written as ONNX operators: one small function for each family, in one table.

Shapes and axes are TensorFlow's (NHWC) throughout; `pantau.see.tfjs_build.Builder` holds values as ONNX likes them.

Limit: a four-dimensional constant is taken as NHWC too, except the kernels of convolutions, which know better.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import numpy as np

from pantau.errors import ModelError
from pantau.see.tfjs_build import TO_NCHW, TO_NHWC, Array, Builder, Constant, Shape, Tensor, Value, held_axis


class Attributes(Protocol):
    """What a handler may ask of a TensorFlow node."""

    @property
    def name(self) -> str:
        """The node's name."""
        ...

    @property
    def op(self) -> str:
        """Its operator."""
        ...

    def flag(self, key: str) -> bool:
        """A boolean attribute."""
        ...

    def text(self, key: str, default: str) -> str:
        """A string attribute."""
        ...

    def number(self, key: str, default: float) -> float:
        """A float attribute."""
        ...

    def integers(self, key: str, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """A list of integers."""
        ...

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        ...


Handler = Callable[[Builder, Attributes, list[Value]], Value | tuple[Value, ...]]


def _known(value: Value, node: Attributes) -> Array:
    if isinstance(value, Tensor):
        raise ModelError(f"{node.op} {node.name}: expected a constant argument, got one that is computed")
    return value.array


# --- convolution and its fused followers ------------------------------------------------------------------------------


def _convolution(builder: Builder, node: Attributes, inputs: list[Value]) -> Value:
    if node.text("data_format", "NHWC") != "NHWC":
        raise ModelError(f"{node.op} {node.name}: only NHWC is known")
    kernel = _known(inputs[1], node)
    height, width, fan_in, fan_out = kernel.shape
    depthwise = "Depthwise" in node.op
    weight = kernel.transpose(2, 3, 0, 1).reshape(-1, 1, height, width) if depthwise else kernel.transpose(3, 2, 0, 1)
    stride, dilation = node.integers("strides")[1:3], node.integers("dilations", (1, 1, 1, 1))[1:3]
    padding = _padding(node)
    rest = list(inputs[2:])
    arguments = [builder.held(inputs[0]), builder.constant(weight)]
    followers = node.texts("fused_ops")
    if followers[:1] == ("BiasAdd",):
        arguments.append(builder.constant(_known(rest.pop(0), node).reshape(-1)))
        followers = followers[1:]
    name = builder.add(
        "Conv", arguments, strides=stride, dilations=dilation, group=fan_in if depthwise else 1,
        kernel_shape=(height, width), **padding,
    )  # fmt: skip
    extents = [(size - 1) * d + 1 for size, d in zip((height, width), dilation, strict=True)]
    size = _window_size(inputs[0].shape[1:3], extents, stride, padding)
    value = Tensor(name, (1, *size, fan_in * fan_out if depthwise else fan_out))
    for follower in followers:
        value = _activate(builder, node, value, follower, rest)
    return value


def _padding(node: Attributes) -> dict[str, Any]:
    kind = node.text("padding", "VALID")
    if kind == "EXPLICIT":
        pads = node.integers("explicit_paddings")
        return {"pads": (pads[2], pads[4], pads[3], pads[5])}
    return {"auto_pad": "SAME_UPPER" if kind == "SAME" else "VALID"}


def _window_size(size: Shape, extent: Sequence[int], stride: Shape, padding: dict[str, Any]) -> Shape:
    """Height and width after sliding a window over `size`."""
    if padding.get("auto_pad") == "SAME_UPPER":
        return tuple(math.ceil(s / t) for s, t in zip(size, stride, strict=True))
    pads = padding.get("pads", (0, 0, 0, 0))
    return tuple((size[i] + pads[i] + pads[i + 2] - extent[i]) // stride[i] + 1 for i in (0, 1))


def _activate(builder: Builder, node: Attributes, value: Tensor, kind: str, rest: list[Value]) -> Tensor:
    """A fused activation; Prelu takes its slopes from the arguments that are left."""
    if kind == "Prelu":
        slope = _known(rest.pop(0), node).reshape((-1, 1, 1) if len(value.shape) == 4 else (-1,))
        return Tensor(builder.add("PRelu", [value.name, builder.constant(slope)]), value.shape)
    if kind == "LeakyRelu":
        name = builder.add("LeakyRelu", [value.name], alpha=node.number("leakyrelu_alpha", 0.2))
        return Tensor(name, value.shape)
    if kind not in {"Relu", "Relu6", "Elu", "Sigmoid", "Tanh"}:
        raise ModelError(f"{node.op} {node.name}: unknown fused operator {kind}")
    return Tensor(_unary_name(builder, kind, value.name), value.shape)


def _matmul(builder: Builder, node: Attributes, inputs: list[Value]) -> Value:
    weight = _known(inputs[1], node)
    weight = weight.T if node.flag("transpose_b") else weight
    if node.flag("transpose_a"):
        raise ModelError(f"{node.op} {node.name}: transpose_a is not known")
    name = builder.add("MatMul", [builder.spoken(inputs[0]), builder.constant(weight)])
    rest, followers = list(inputs[2:]), node.texts("fused_ops")
    if followers[:1] == ("BiasAdd",):
        name = builder.add("Add", [name, builder.constant(_known(rest.pop(0), node).reshape(-1))])
        followers = followers[1:]
    value = Tensor(name, (*inputs[0].shape[:-1], weight.shape[1]))
    for follower in followers:
        value = _activate(builder, node, value, follower, rest)
    return value


def _pool(builder: Builder, node: Attributes, inputs: list[Value]) -> Value:
    size, stride, padding = node.integers("ksize")[1:3], node.integers("strides")[1:3], _padding(node)
    op = {"MaxPool": "MaxPool", "AvgPool": "AveragePool"}[node.op]
    name = builder.add(op, [builder.held(inputs[0])], kernel_shape=size, strides=stride, **padding)
    shape = inputs[0].shape
    return Tensor(name, (shape[0], *_window_size(shape[1:3], size, stride, padding), shape[3]))


# --- arithmetic -------------------------------------------------------------------------------------------------------

_BINARY: Final[dict[str, tuple[str, Callable[[Array, Array], Array]]]] = {
    "Add": ("Add", np.add),
    "AddV2": ("Add", np.add),
    "BiasAdd": ("Add", np.add),
    "Sub": ("Sub", np.subtract),
    "Mul": ("Mul", np.multiply),
    "RealDiv": ("Div", np.divide),
    "Maximum": ("Max", np.maximum),
    "Minimum": ("Min", np.minimum),
}


def _binary(builder: Builder, node: Attributes, inputs: list[Value]) -> Value:
    op, fold = _BINARY[node.op]
    left, right = inputs
    if isinstance(left, Constant) and isinstance(right, Constant):
        return Constant(fold(left.array, right.array))
    shape = np.broadcast_shapes(left.shape, right.shape)
    for value in inputs:
        if isinstance(value, Tensor) and len(shape) == 4 and 0 < len(value.shape) < 4:
            raise ModelError(f"{node.op} {node.name}: can't broadcast a computed {value.shape} against {shape}")
    rank = len(shape)
    return Tensor(builder.add(op, [builder.held(left, rank), builder.held(right, rank)]), shape)


def _unary_name(builder: Builder, op: str, name: str) -> str:
    if op == "Relu6":
        bounds = [builder.constant(np.array(bound, np.float32)) for bound in (0, 6)]
        return builder.add("Clip", [name, *bounds])
    if op == "Square":
        return builder.add("Mul", [name, name])
    if op == "Rsqrt":
        return builder.add("Reciprocal", [builder.add("Sqrt", [name])])
    return builder.add(op, [name])


def _unary(builder: Builder, node: Attributes, inputs: list[Value]) -> Value:
    return Tensor(_unary_name(builder, node.op, builder.held(inputs[0])), inputs[0].shape)


def _leaky(builder: Builder, node: Attributes, inputs: list[Value]) -> Value:
    name = builder.add("LeakyRelu", [builder.held(inputs[0])], alpha=node.number("alpha", 0.2))
    return Tensor(name, inputs[0].shape)


def _prelu(builder: Builder, node: Attributes, inputs: list[Value]) -> Value:
    value = Tensor(builder.held(inputs[0]), inputs[0].shape)
    return _activate(builder, node, value, "Prelu", [inputs[1]])


def _softmax(builder: Builder, _node: Attributes, inputs: list[Value]) -> Value:
    shape = inputs[0].shape
    return Tensor(builder.add("Softmax", [builder.held(inputs[0])], axis=held_axis(-1, len(shape))), shape)


def _reduce(builder: Builder, node: Attributes, inputs: list[Value]) -> Value:
    value, rank = inputs[0], len(inputs[0].shape)
    axes = sorted(int(axis) % rank for axis in np.atleast_1d(_known(inputs[1], node)))
    keep = node.flag("keep_dims")
    name = builder.held(value) if keep else builder.spoken(value)
    held = [held_axis(axis, rank) if keep else axis for axis in axes]
    if node.op == "Sum":  # opset 17: the axes of ReduceSum are an input, those of the others an attribute
        name = builder.add("ReduceSum", [name, builder.constant(np.array(held, np.int64))], keepdims=int(keep))
    else:
        name = builder.add(f"Reduce{node.op}", [name], axes=held, keepdims=int(keep))
    if keep:
        return Tensor(name, tuple(1 if i in axes else size for i, size in enumerate(value.shape)))
    return builder.from_spoken(name, tuple(size for i, size in enumerate(value.shape) if i not in axes))


# --- moving things around ---------------------------------------------------------------------------------------------


def _identity(_builder: Builder, _node: Attributes, inputs: list[Value]) -> Value:
    return inputs[0]


def _concat(builder: Builder, node: Attributes, inputs: list[Value]) -> Value:
    *parts, last = inputs
    rank = len(parts[0].shape)
    axis = int(_known(last, node)) % rank
    if all(isinstance(part, Constant) for part in parts):
        return Constant(np.concatenate([_known(part, node) for part in parts], axis))
    name = builder.add("Concat", [builder.held(part) for part in parts], axis=held_axis(axis, rank))
    size = sum(part.shape[axis] for part in parts)
    return Tensor(name, tuple(size if i == axis else s for i, s in enumerate(parts[0].shape)))


def _split_sizes(builder: Builder, value: Value, axis: int, sizes: list[int]) -> tuple[Value, ...]:
    rank = len(value.shape)
    axis %= rank
    known = builder.constant(np.array(sizes, np.int64))
    names = builder.add_many("Split", [builder.held(value), known], len(sizes), axis=held_axis(axis, rank))
    shapes = [tuple(size if i == axis else s for i, s in enumerate(value.shape)) for size in sizes]
    return tuple(Tensor(name, shape) for name, shape in zip(names, shapes, strict=True))


def _split_v(builder: Builder, node: Attributes, inputs: list[Value]) -> tuple[Value, ...]:
    axis, sizes = int(_known(inputs[2], node)), [int(size) for size in _known(inputs[1], node)]
    open_size = inputs[0].shape[axis] - sum(size for size in sizes if size >= 0)
    return _split_sizes(builder, inputs[0], axis, [size if size >= 0 else open_size for size in sizes])


def _pad(builder: Builder, node: Attributes, inputs: list[Value]) -> Value:
    value, pads = inputs[0], _known(inputs[1], node).astype(np.int64)
    fill = np.array(_known(inputs[2], node) if node.op == "PadV2" else 0, np.float32)
    held = pads[list(TO_NCHW)] if len(pads) == 4 else pads
    arguments = [builder.held(value), builder.constant(held.T.reshape(-1)), builder.constant(fill)]
    shape = tuple(size + int(before + after) for size, (before, after) in zip(value.shape, pads, strict=True))
    return Tensor(builder.add("Pad", arguments), shape)


def _transpose(builder: Builder, node: Attributes, inputs: list[Value]) -> Value:
    value = inputs[0]
    order = [int(axis) for axis in _known(inputs[1], node)]
    shape = tuple(value.shape[axis] for axis in order)
    if len(order) == 4:  # held → spoken → transposed → held, as one
        order = [TO_NHWC[order[axis]] for axis in TO_NCHW]
    name = builder.held(value)
    return Tensor(name if order == sorted(order) else builder.add("Transpose", [name], perm=order), shape)


def _reshape(builder: Builder, node: Attributes, inputs: list[Value]) -> Value:
    wanted = [int(size) for size in _known(inputs[1], node)]
    name = builder.add("Reshape", [builder.spoken(inputs[0]), builder.constant(np.array(wanted, np.int64))])
    rest = math.prod(inputs[0].shape) // max(1, math.prod(size for size in wanted if size >= 0))
    return builder.from_spoken(name, tuple(rest if size < 0 else size for size in wanted))


def _squeeze(builder: Builder, node: Attributes, inputs: list[Value]) -> Value:
    value = inputs[0]
    listed = node.integers("squeeze_dims") or tuple(i for i, size in enumerate(value.shape) if size == 1)
    axes = [axis % len(value.shape) for axis in listed]
    name = builder.add("Squeeze", [builder.spoken(value), builder.constant(np.array(axes, np.int64))])
    return builder.from_spoken(name, tuple(size for i, size in enumerate(value.shape) if i not in axes))


def _resize(builder: Builder, node: Attributes, inputs: list[Value]) -> Value:
    """A resize to a fixed size is written as the factor it is at the reference size, so that other sizes work too."""
    value = inputs[0]
    height, width = (int(size) for size in _known(inputs[1], node))
    scales = np.array([1, 1, height / value.shape[1], width / value.shape[2]], np.float32)
    corners, half = node.flag("align_corners"), node.flag("half_pixel_centers")
    mode = {"ResizeBilinear": "linear", "ResizeNearestNeighbor": "nearest"}[node.op]
    name = builder.add(
        "Resize",
        [builder.held(value), "", builder.constant(scales)],
        mode=mode,
        coordinate_transformation_mode="align_corners" if corners else "half_pixel" if half else "asymmetric",
        nearest_mode="round_prefer_ceil" if corners else "floor",
    )
    return Tensor(name, (value.shape[0], height, width, value.shape[3]))


def _sparse_to_dense(_builder: Builder, node: Attributes, inputs: list[Value]) -> Value:
    """Exporters use it to write small constant vectors, such as the target of a resize."""
    indices, shape, values, default = (_known(value, node) for value in inputs[:4])
    dense = np.full(tuple(int(size) for size in np.atleast_1d(shape)), default, values.dtype)
    rows = indices.reshape(-1, dense.ndim)
    dense[tuple(rows.T)] = np.broadcast_to(values.reshape(-1), len(rows))
    return Constant(dense)


HANDLERS: Final[dict[str, Handler]] = {
    **dict.fromkeys(("Conv2D", "_FusedConv2D", "FusedConv2D"), _convolution),
    **dict.fromkeys(("DepthwiseConv2dNative", "FusedDepthwiseConv2dNative"), _convolution),
    **dict.fromkeys(("MatMul", "_FusedMatMul"), _matmul),
    **dict.fromkeys(("MaxPool", "AvgPool"), _pool),
    **dict.fromkeys(_BINARY, _binary),
    **dict.fromkeys(
        ("Abs", "Elu", "Exp", "Neg", "Reciprocal", "Relu", "Relu6", "Rsqrt", "Sigmoid", "Sqrt", "Square", "Tanh"),
        _unary,
    ),
    **dict.fromkeys(("Max", "Mean", "Min", "Sum"), _reduce),
    **dict.fromkeys(("Identity", "StopGradient"), _identity),
    **dict.fromkeys(("Pad", "PadV2"), _pad),
    **dict.fromkeys(("ResizeBilinear", "ResizeNearestNeighbor"), _resize),
    "ConcatV2": _concat,
    "LeakyRelu": _leaky,
    "Prelu": _prelu,
    "Reshape": _reshape,
    "Softmax": _softmax,
    "SparseToDense": _sparse_to_dense,
    "SplitV": _split_v,
    "Squeeze": _squeeze,
    "Transpose": _transpose,
}

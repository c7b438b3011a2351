"""Frees the height and width of an ONNX model that was exported for one size only.

Idea: a fully convolutional network works at any size; the fixed numbers stand only in the declared shapes. Inputs and
outputs get symbolic heights and widths, batch 1, and inferred shapes inside are forgotten. Initialisers that an old
exporter also declared as inputs are taken from the inputs, unused ones dropped. Limit: it trusts the registry that the model is fully
convolutional; the shape check after the first inference would show that it isn't.
"""

from __future__ import annotations

from pathlib import Path

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # protobuf ships no types
from onnx import helper

from pantau.errors import ModelError


def convert(source: Path, target: Path, input_name: str, outputs: tuple[str, ...]) -> None:
    """Write `source` to `target` with one NCHW input of free height and width, and only the named outputs.

    Raises:
        ModelError: `source` is no ONNX file, or lacks the input or an output.
    """
    try:
        model = onnx.load(source)
    except (OSError, DecodeError) as error:
        raise ModelError(f"{source} is no ONNX model: {error}") from error
    graph = model.graph
    made = {name for node in graph.node for name in node.output}
    used = {name for node in graph.node for name in node.input}
    if input_name not in {value.name for value in graph.input} or not made.issuperset(outputs):
        raise ModelError(
            f"{source}: expected input {input_name} and outputs {', '.join(outputs)}; it lacks some of them"
        )
    kind = onnx.TensorProto.FLOAT
    del graph.input[:], graph.output[:], graph.value_info[:]
    graph.input.append(helper.make_tensor_value_info(input_name, kind, [1, 3, "height", "width"]))
    graph.output.extend(helper.make_tensor_value_info(name, kind, [1, None, None, None]) for name in outputs)
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    onnx.checker.check_model(model)
    onnx.save(model, target)

"""Converts a TensorFlow.js graph model to ONNX, without TensorFlow.

Idea: a graph model is a JSON list of TensorFlow nodes and a flat file of weights. The part that the wanted outputs need is
walked in order, and each node is written as ONNX operators by a small function (`pantau.see.tfjs_ops`). Height and width
stay free: the sizes in the signature serve only to learn what a resize's fixed target means as a factor.

Sources: the tensorflow.js "graph model" format (``modelTopology`` is a GraphDef in JSON, ``weightsManifest`` lists dtype,
shape and quantisation of each weight in the order of the shards), TensorFlow's operator definitions, ONNX opset 17.

Limits: inference graphs of convolutional networks; no control flow, no string or complex weights, batch 1. An operator
that is not known is an error that names it. Rejected: tf2onnx (needs TensorFlow, refuses the fused operators), keeping
each tensor in two layouts and choosing late (more cases than the few transposes it saves).
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx

from pantau.errors import ModelError
from pantau.see.narrow import narrow
from pantau.see.tfjs_build import Builder, Constant, Tensor, Value
from pantau.see.tfjs_ops import HANDLERS

OPSET: Final = 17
IR_VERSION: Final = 8
REFERENCE: Final = 512
"""Height and width assumed for the factors where the signature leaves them open."""

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Node:
    """One TensorFlow node. `inputs` are tensor names: ``node`` for the first output, ``node:1`` for the second."""

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def flag(self, key: str) -> bool:
        """A boolean attribute, false when absent."""
        return bool(self.attributes.get(key, {}).get("b", False))

    def text(self, key: str, default: str) -> str:
        """A string attribute."""
        value = self.attributes.get(key, {}).get("s")
        return default if value is None else _decode(value)

    def number(self, key: str, default: float) -> float:
        """A float attribute."""
        return float(self.attributes.get(key, {}).get("f", default))

    def integers(self, key: str, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """A list of integers."""
        values = self.attributes.get(key, {}).get("list", {}).get("i")
        return default if values is None else tuple(int(value) for value in values)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        return tuple(_decode(value) for value in self.attributes.get(key, {}).get("list", {}).get("s", ()))

    def dimensions(self) -> tuple[int, ...]:
        """The shape attribute of a placeholder; -1 where it is open."""
        dims = self.attributes.get("shape", {}).get("shape", {}).get("dim", ())
        return tuple(int(dim.get("size", -1)) for dim in dims)


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph model as read: nodes by name, weights by the name of their Const node."""

    nodes: Mapping[str, Node]
    weights: Mapping[str, Array]
    inputs: Mapping[str, tuple[int, ...]]

    def order(self, wanted: tuple[str, ...]) -> list[Node]:
        """The nodes that the wanted ones need, each after its inputs.

        Raises:
            ModelError: a node refers to one that is not there.
        """
        ordered: dict[str, Node] = {}
        stack = [(name, False) for name in reversed(wanted)]
        while stack:
            name, ready = stack.pop()
            if name in ordered:
                continue
            node = self.nodes.get(name)
            if node is None:
                raise ModelError(f"the graph refers to a node {name!r} that it doesn't have")
            if ready:
                ordered[name] = node
                continue
            stack.append((name, True))
            stack.extend((source.partition(":")[0], False) for source in reversed(node.inputs))
        return list(ordered.values())


def convert(
    source: Path, target: Path, outputs: tuple[str, ...], only: Mapping[str, tuple[int, ...]] | None = None
) -> None:
    """Write the graph model `source` (its .json; the weights lie beside it) as ONNX to `target`.

    Args:
        source: the model's JSON file.
        target: the ONNX file to write.
        outputs: wanted outputs, by node name with ``/`` and ``:`` as ``_``; the ONNX outputs get these names.
        only: of these outputs only these channels (`pantau.see.narrow`).

    Raises:
        ModelError: no graph model, an unknown operator, or no such output.
    """
    graph = read_graph(source)
    wanted = tuple(_node_called(output, graph) for output in outputs)
    builder = Builder()
    values: dict[str, Value] = {}
    for node in graph.order(wanted):
        values.update(_write(node, graph, values, builder, source))
    for output, name in zip(outputs, wanted, strict=True):
        builder.output(output, values[name])
    model = builder.model(OPSET, IR_VERSION)
    for output, channels in (only or {}).items():
        narrow(model, output, channels)
    onnx.save(model, target)


def _write(node: Node, graph: Graph, values: Mapping[str, Value], builder: Builder, source: Path) -> dict[str, Value]:
    """The values a node makes, by tensor name."""
    if node.op == "Const":
        if node.name not in graph.weights:
            raise ModelError(f"{source}: no weight for {node.name}")
        return {node.name: Constant(graph.weights[node.name])}
    if node.op == "Placeholder":
        return {node.name: _placeholder(node, graph, builder)}
    handler = HANDLERS.get(node.op)
    if handler is None:
        raise ModelError(
            f"{source}: operator {node.op} of node {node.name} has no conversion to ONNX; known are "
            + ", ".join(sorted(HANDLERS))
        )
    made = handler(builder, node, [values[name] for name in node.inputs])
    results = made if isinstance(made, tuple) else (made,)
    return {node.name if i == 0 else f"{node.name}:{i}": value for i, value in enumerate(results)}


def _placeholder(node: Node, graph: Graph, builder: Builder) -> Tensor:
    """The input: batch 1, height and width free, the other sizes as declared."""
    declared = graph.inputs.get(node.name) or node.dimensions()
    if not declared:
        raise ModelError(f"the input {node.name} has no declared shape")
    shape = tuple(1 if i == 0 else size if size > 0 else REFERENCE for i, size in enumerate(declared))
    return builder.input(_plain(node.name), shape)


# --- reading ----------------------------------------------------------------------------------------------------------


def read_graph(path: Path) -> Graph:
    """Read a graph model and its weights.

    Raises:
        ModelError: a file is missing, cut short, or not a graph model.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        found = document["modelTopology"]["node"]
        nodes = {entry["name"]: _node(entry) for entry in found}
        weights = _read_weights(document["weightsManifest"], path.parent)
        signature = (document.get("signature") or {}).get("inputs") or {}
        inputs = {
            _tensor(value["name"]): tuple(int(dim["size"]) for dim in value["tensorShape"].get("dim", ()))
            for value in signature.values()
        }
    except (OSError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is no complete TensorFlow.js graph model: {type(error).__name__} {error}") from error
    return Graph(nodes, weights, inputs)


def _node(entry: Mapping[str, Any]) -> Node:
    inputs = tuple(_tensor(name) for name in entry.get("input", ()) if not name.startswith("^"))
    return Node(entry["name"], entry["op"], inputs, entry.get("attr", {}))


def _read_weights(manifest: list[dict[str, Any]], folder: Path) -> dict[str, Array]:
    weights: dict[str, Array] = {}
    for group in manifest:
        data = b"".join((folder / shard).read_bytes() for shard in group["paths"])
        offset = 0
        for entry in group["weights"]:
            array, used = _read_weight(entry, data, offset)
            weights[entry["name"]] = array
            offset += used
    return weights


def _read_weight(entry: Mapping[str, Any], data: bytes, offset: int) -> tuple[Array, int]:
    """One weight and the bytes it took; quantised ones become what they stand for (value * scale + min)."""
    quantised = entry.get("quantization")
    stored, wanted = np.dtype((quantised or entry)["dtype"]), np.dtype(entry["dtype"])
    count = math.prod(entry["shape"])
    used = count * stored.itemsize
    if offset + used > len(data):
        raise ModelError(f"the weights end before {entry['name']}: {len(data)} bytes, expected {offset + used} or more")
    array = np.frombuffer(data, stored, count, offset)
    if quantised and "scale" in quantised:
        array = array.astype(np.float32) * quantised["scale"] + quantised["min"]
    return array.astype(wanted).reshape(entry["shape"]), used


def _decode(value: str) -> str:
    return base64.b64decode(value).decode()


def _tensor(name: str) -> str:
    """A tensor's name; the first output of a node goes by the node's name."""
    return name.removesuffix(":0")


def _plain(name: str) -> str:
    return name.replace("/", "_").replace(":", "_")


def _node_called(output: str, graph: Graph) -> str:
    for name in graph.nodes:
        if _plain(name) == output:
            return name
    raise ModelError(f"the graph has no node for the output {output!r}")

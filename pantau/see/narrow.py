"""Leaves out of a network the channels of an output that nobody reads.

Idea: a detector of 80 classes works out 80 heat maps, of which six are of road users. What makes each map alone is a row of the last
convolution's weights; without the other rows the network is the same in the channels that are left, and CenterNet a seventh
cheaper. From the output back to that convolution there are only nodes that treat each channel by itself.

Limits: a convolution in groups, or a value on that way which something else reads as well, is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
import onnx
from onnx import numpy_helper

from pantau.errors import ModelError

EACH_ALONE: Final = frozenset({"Identity", "Relu", "Sigmoid", "Transpose"})
"""Operators with one input that leave the channels apart."""


def narrow(model: onnx.ModelProto, output: str, channels: Sequence[int]) -> None:
    """Keep only these channels of an output, in this order; `model` is changed in place.

    Raises:
        ModelError: they are not made by one convolution, or are not there.
    """
    graph = model.graph
    maker = {name: node for node in graph.node for name in node.output}
    read = Counter(name for node in graph.node for name in node.input)
    node = maker[output]
    while node.op_type in EACH_ALONE and read[node.input[0]] == 1:
        node = maker[node.input[0]]
    if node.op_type != "Conv" or any(a.name == "group" and a.i != 1 for a in node.attribute):
        raise ModelError(f"the channels of {output} are not made by one convolution, but by {node.op_type}")
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for place, name in enumerate(node.input[1:], start=1):
        whole = numpy_helper.to_array(weights[name])
        if max(channels) >= len(whole):
            raise ModelError(f"{output}: expected channel {max(channels)}, but it has {len(whole)}")
        node.input[place] = f"{name}_narrow"
        graph.initializer.append(numpy_helper.from_array(whole[np.asarray(channels)], node.input[place]))
        if read[name] == 1:
            graph.initializer.remove(weights[name])

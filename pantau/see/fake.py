"""Detectors without a download, for tests and for trying a pipeline.

`FakeDetector` plays back what it is given. `fake_network` writes a real network of a few numbers, which the real engines
and decoders run: it sees red things as people and green ones as cars, and nothing else in the world.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from pantau.places import Point
from pantau.see.embed import crop, small
from pantau.see.registry import ModelEntry, model
from pantau.types import Detections, Floats, Image


class FakeDetector:
    """Gives the detections of `script` one by one, then none for ever; a None in it says "not done in time".

    It is a loaded model too: `open` gives a detector with the same script from its start.
    """

    def __init__(self, script: Iterable[Detections | None] = (), method: str = "fake") -> None:
        self._script = tuple(script)
        self._method = method
        self._calls = 0

    @property
    def method(self) -> str:
        """As stored beside every number."""
        return self._method

    @property
    def calls(self) -> int:
        """How many pictures it was shown."""
        return self._calls

    def detect(self, image: Image, deadline_s: float | None = None) -> Detections | None:
        """The next of the script."""
        del image, deadline_s
        at, self._calls = self._calls, self._calls + 1
        return self._script[at] if at < len(self._script) else Detections.empty()

    def open(self) -> FakeDetector:
        """The same script from its start."""
        return FakeDetector(self._script, self._method)


class FakeEmbedder:
    """Looks at colours only: the mean of each, and its complement, of what is not hidden."""

    method = "fake-colours/1"

    def embed(self, image: Image, polygon: tuple[Point, ...], hidden: Floats) -> Floats | None:
        """Vector (6,)."""
        cut = crop(image, polygon, hidden)
        if cut is None:
            return None
        mean = cut[0][cut[1]].mean(axis=0) / 255
        vector = np.concatenate([mean, 1 - mean])
        return np.asarray(vector / np.linalg.norm(vector), np.float32)

    def thumbnail(self, image: Image, polygon: tuple[Point, ...], hidden: Floats) -> bytes:
        """As the real one."""
        return small(image, polygon, hidden)


def fake_network(folder: Path, extent: float = 8) -> tuple[ModelEntry, Path]:
    """Write a network with CenterNet's inputs and outputs into `folder`.

    Args:
        folder: where ``fake.onnx`` goes.
        extent: pixels of the input that each box reaches out from its centre, to all sides.

    Returns:
        Its registry entry (an input of 96x128), and its file.
    """
    import onnx  # noqa: PLC0415 - heavy; whoever only plays back does without
    from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415 - as above

    entry = model("centernet")
    classes = len(entry.labels)
    colours = np.full((classes, 3), -1 / 255, np.float32)
    colours[0, 0] = colours[2, 1] = 1 / 255  # a person is red, a car green
    colours[[1, *range(3, classes)]] = 0
    weights = {
        "colours": colours.reshape(classes, 3, 1, 1),
        "nothing": np.zeros((4, 3, 1, 1), np.float32),
        "extent": np.full(4, extent, np.float32),
        "zero": np.array(0, np.float32),
        "one": np.array(1, np.float32),
    }
    nodes = [
        helper.make_node("Transpose", ["tower_0_images"], ["nchw"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["nchw"], ["cells"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Conv", ["cells", "colours"], ["raw"]),
        helper.make_node("Clip", ["raw", "zero", "one"], ["heat"]),
        helper.make_node("Conv", ["cells", "nothing", "extent"], ["sides"]),
        helper.make_node("Transpose", ["heat"], ["tower_0_keypoints"], perm=[0, 2, 3, 1]),
        helper.make_node("Transpose", ["sides"], ["tower_0_wh"], perm=[0, 2, 3, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "fake",
        [helper.make_tensor_value_info("tower_0_images", TensorProto.FLOAT, [1, "h", "w", 3])],
        [
            helper.make_tensor_value_info("tower_0_keypoints", TensorProto.FLOAT, [1, None, None, classes]),
            helper.make_tensor_value_info("tower_0_wh", TensorProto.FLOAT, [1, None, None, 4]),
        ],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    proto.ir_version = 8
    path = folder / "fake.onnx"
    onnx.save(proto, path)
    return replace(entry, input=replace(entry.input, size=(96, 128))), path

"""What several tests of seeing share: a server of one file, and a network small enough to know by heart."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from typing_extensions import override

from pantau.see.registry import ModelEntry, model

WEIGHTS = b"weights " * 1000


class _Files(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if not self.path.endswith("/net.bin"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(WEIGHTS)))
        self.end_headers()
        self.wfile.write(WEIGHTS)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def httpd() -> Iterator[str]:
    """Address of a server that has one file, /net.bin."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Files) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(5)


def _toy_network(extent: float) -> onnx.ModelProto:
    """Heat of class 0 where a 4x4 cell is red, of class 2 where it is green; every box reaches `extent` pixels out."""
    colours = np.full((80, 3), -1, np.float32)
    colours[0] = (1 / 255, -1 / 255, -1 / 255)
    colours[2] = (-1 / 255, 1 / 255, -1 / 255)
    weights = {
        "colours": colours.reshape(80, 3, 1, 1),
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
        "toy",
        [helper.make_tensor_value_info("tower_0_images", TensorProto.FLOAT, [1, "h", "w", 3])],
        [
            helper.make_tensor_value_info("tower_0_keypoints", TensorProto.FLOAT, [1, None, None, 80]),
            helper.make_tensor_value_info("tower_0_wh", TensorProto.FLOAT, [1, None, None, 4]),
        ],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    proto.ir_version = 8
    return proto


@pytest.fixture
def toy(tmp_path: Path) -> tuple[ModelEntry, Path]:
    """A network with CenterNet's inputs and outputs that sees red things as people and green ones as cars."""
    entry = model("centernet")
    small = replace(entry, input=replace(entry.input, size=(96, 128)))
    path = tmp_path / "toy.onnx"
    onnx.save(_toy_network(8), path)
    return small, path

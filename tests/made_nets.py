"""Networks of the usual detectors' shapes whose answers are known: three boxes, whatever the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from pantau.see.heads import cells, grid_of
from pantau.types import Floats

SIZE = (64, 96)
NAMES = '{0: "person", 1: "zebra", 2: "car", 3: "bus"}'
BOXES = np.array([[8, 12, 24, 44], [40, 20, 80, 52], [0, 0, 30, 30]], np.float32)  # xyxy in pixels of the input
LABELS, SURE = (0, 2, 1), (0.9, 0.8, 0.7)


def raw_yolox() -> Floats:
    """(1, cells, 5 + 4): each box in the cell of its centre, at stride 16."""
    rows = np.zeros((cells(SIZE, (8, 16, 32)), 9), np.float32)
    for box, label, sure in zip(BOXES, LABELS, SURE, strict=True):
        centre, extent = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
        x, y = (centre // 16).astype(int)
        row = cells(SIZE, (8,)) + y * (SIZE[1] // 16) + x
        rows[row, :5] = [*(centre / 16 - (x, y)), *np.log(extent / 16), 1]
        rows[row, 5 + label] = sure
    return rows[None]


def decoded_yolox() -> Floats:
    rows: Floats = raw_yolox()[0]
    grid = grid_of(SIZE, len(rows))
    rows[:, :2] = (rows[:, :2] + grid[:, :2]) * grid[:, 2:]
    rows[:, 2:4] = np.exp(rows[:, 2:4]) * grid[:, 2:]
    return rows[None]


def yolo() -> Floats:
    """(1, 4 + 4, cells)."""
    rows = decoded_yolox()[0]
    return np.ascontiguousarray(np.concatenate([rows[:, :4], rows[:, 5:]], axis=1).T[None])


def yolo_end() -> Floats:
    rows = np.zeros((20, 6), np.float32)
    rows[:3] = np.concatenate([BOXES, np.array([SURE, LABELS], np.float32).T], axis=1)
    return rows[None]


def fractions(boxes: Floats) -> Floats:
    across = np.array((SIZE[1], SIZE[0]) * 2, np.float32)
    return boxes / across


def detr() -> tuple[Floats, Floats]:
    logits = np.full((1, 10, 4), -9, np.float32)
    boxes = np.zeros((1, 10, 4), np.float32)
    for query, (box, label, sure) in enumerate(zip(fractions(BOXES), LABELS, SURE, strict=True)):
        logits[0, query, label] = np.log(sure / (1 - sure))
        boxes[0, query] = [*(box[:2] + box[2:]) / 2, *box[2:] - box[:2]]
    return logits, boxes


def deployed() -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    labels, boxes, scores = np.zeros((1, 10), np.int64), np.zeros((1, 10, 4), np.float32), np.zeros((1, 10), np.float32)
    labels[0, :3], boxes[0, :3], scores[0, :3] = LABELS, fractions(BOXES), SURE
    return labels, boxes, scores


def ssd() -> Floats:
    rows = np.full((1, 1, 20, 7), -1, np.float32)
    for i, (box, label, sure) in enumerate(zip(fractions(BOXES), LABELS, SURE, strict=True)):
        rows[0, 0, i] = [0, label, sure, *box]
    return rows


@dataclass(frozen=True)
class Net:
    """A network that always gives these outputs (a picture only adds nothing to them)."""

    outputs: dict[str, npt.NDArray[np.generic]]
    sizes: bool = False

    def save(self, path: Path, *, names: str = NAMES, kind: int = TensorProto.FLOAT) -> Path:
        """Write it to an ONNX file with names and a licence in its metadata."""
        nodes = [
            helper.make_node("Cast", ["images"], ["f"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMax", ["f"], ["max"], keepdims=0),
            helper.make_node("Mul", ["max", "zero"], ["nothing"]),
        ]
        weights = [numpy_helper.from_array(np.array(0, np.float32), "zero")]
        given = [helper.make_tensor_value_info("images", kind, [1, 3, *SIZE])]
        if self.sizes:
            given.append(helper.make_tensor_value_info("orig_target_sizes", TensorProto.INT64, [1, 2]))
            nodes.append(helper.make_node("Cast", ["orig_target_sizes"], ["told"], to=TensorProto.FLOAT))
            nodes.append(helper.make_node("Concat", ["told", "told"], ["corners"], axis=1))
        for name, array in self.outputs.items():
            weights.append(numpy_helper.from_array(array, f"{name}_is"))
            kind_out = helper.np_dtype_to_tensor_dtype(array.dtype)
            nodes.append(helper.make_node("Cast", ["nothing"], [f"{name}_0"], to=kind_out))
            last = f"{name}_1" if self.sizes and name == "boxes" else name
            nodes.append(helper.make_node("Add", [f"{name}_0", f"{name}_is"], [last]))
            if last != name:
                nodes.append(helper.make_node("Mul", [last, "corners"], [name]))
        out = [
            helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape)
            for n, a in self.outputs.items()
        ]
        proto = helper.make_model(
            helper.make_graph(nodes, "net", given, out, weights), opset_imports=[helper.make_opsetid("", 17)]
        )
        proto.ir_version = 8
        helper.set_model_props(proto, {"names": names, "license": "Apache-2.0"})
        onnx.save(proto, path)
        return path


NETS: dict[str, Callable[[], Net]] = {
    "yolox": lambda: Net({"output": raw_yolox()}),
    "yolox-decoded": lambda: Net({"output": decoded_yolox()}),
    "yolo": lambda: Net({"output0": yolo()}),
    "yolo-end": lambda: Net({"output0": yolo_end()}),
    "detr": lambda: Net(dict(zip(("logits", "pred_boxes"), detr(), strict=True))),
    "detr-boxes": lambda: Net(dict(zip(("labels", "boxes", "scores"), deployed(), strict=True)), sizes=True),
    "ssd": lambda: Net({"detection_out": ssd()}),
}

"""Tells from an ONNX file which detector it is, so that its owner need not know what its outputs are called.

Idea: the file says its inputs; a black picture put through it says the shapes that come out, and these belong to one head
(`pantau.see.heads`) or to none. What shapes can't tell is tried: whether height and width are free (by a second size), and whether a YOLOX
decodes its boxes itself (then centres follow the grid). How pictures were put in when it was trained can't be found out from a file: it goes by
the head, and stands in the entry, where an owner who knows better changes it. Names, size and licence are taken from the file's
own metadata where it has them (YOLOv8 and its kin do).

Limits: ONNX only, in float32, one picture at a time. Two heads can be meant by one shape only where one of them isn't
supported (the first DETR).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np

from pantau.errors import ModelError
from pantau.see.engine import OrtEngine, Size
from pantau.see.heads import HEADS, STRIDES, Outputs, cells, grid_of
from pantau.see.registry import Colours, Dimension, Fit, Input, ModelEntry
from pantau.types import Floats

USUAL: Final[Size] = (640, 640)
_USES: Final[dict[str, tuple[Colours, Fit]]] = {
    "yolox": ("BGR 0-255", "corner"),
    "yolox-decoded": ("BGR 0-255", "corner"),
    "yolo": ("RGB 0-1", "centre"),
    "yolo-end": ("RGB 0-1", "centre"),
    "detr": ("RGB 0-1", "stretch"),
    "detr-boxes": ("RGB 0-1", "stretch"),
    "ssd": ("BGR 0-255", "stretch"),
}
"""How each family puts pictures in, as its own code does it."""
_KNOWN: Final = (
    "YOLOX (1, cells, 5 + classes); YOLOv8 or YOLO11 (1, 4 + classes, cells); YOLO26 (1, N, 6); RT-DETR or D-FINE as logits "
    "(1, N, classes) and boxes (1, N, 4), or as labels (1, N), boxes (1, N, 4) and scores (1, N); SSD (1, 1, N, 7)"
)


@dataclass(frozen=True, slots=True)
class Described:
    """What a file says of itself: its inputs as (name, type, dimensions; None: free), its metadata, and files beside it."""

    inputs: tuple[tuple[str, int, tuple[int | None, ...]], ...]
    outputs: tuple[str, ...]
    metadata: Mapping[str, str]
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recognised:
    """A detector as it was found: its head, input and outputs, and how many classes it tells apart (None: it can't be seen)."""

    head: str
    input: Input
    outputs: Mapping[str, tuple[Dimension, ...]]
    classes: int | None


def describe(path: Path) -> Described:
    """What the file says.

    Raises:
        ModelError: it is no ONNX file.
    """
    import onnx  # noqa: PLC0415 - heavy, and needed once in a model's life
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # noqa: PLC0415 - as above

    try:
        proto = onnx.load(str(path), load_external_data=False)
    except (DecodeError, OSError, ValueError) as error:
        raise ModelError(f"{path} is no ONNX file ({error}); export the model to ONNX first") from error
    weights = {tensor.name for tensor in proto.graph.initializer}
    inputs = []
    for value in proto.graph.input:
        if value.name not in weights:
            tensor = value.type.tensor_type
            shape = tuple(d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim)
            inputs.append((value.name, int(tensor.elem_type), shape))
    told = {entry.key: entry.value for entry in proto.metadata_props}
    beside = {e.value for tensor in proto.graph.initializer for e in tensor.external_data if e.key == "location"}
    return Described(tuple(inputs), tuple(value.name for value in proto.graph.output), told, tuple(sorted(beside)))


def recognise(path: Path, about: Described, head: str = "", size: Size | None = None) -> Recognised:
    """Which detector the file holds.

    Args:
        path: the file.
        about: what it says.
        head: what its owner says; its shape must agree.
        size: (height, width) to look with where the file leaves it free.

    Raises:
        ModelError: it is none that is known, or not the one that was said.
    """
    if head and head not in HEADS:
        raise ModelError(f"{path.name}: no head is called {head!r}; known are {', '.join(HEADS)}")
    if (task := about.metadata.get("task", "detect")) != "detect":
        raise ModelError(f"{path.name} says that it is for {task!r}; expected a model that detects (task 'detect')")
    into, free = _input(path, about, size)
    seen = _run(path, into, about.outputs)
    found = _head(seen, into.size)
    if found is None or (head and head.removesuffix("-decoded") != found.removesuffix("-decoded")):
        shapes = ", ".join(f"{name} {array.shape}" for name, array in seen.items())
        what = f"expected the head {head}" if head and found else f"expected one of: {_KNOWN}"
        raise ModelError(
            f"{path.name} gives {shapes} for a picture of {into.size[0]}x{into.size[1]}; {what}. {_hint(seen, into.size)}"
        )
    colours, fit = _USES[head or found]
    into = replace(into, colours=colours, fit=fit)
    names = _order(found, seen)
    if free and _is_free(path, into, found, names):
        into = replace(into, divisor=32)
    shapes_of: dict[str, tuple[Dimension, ...]] = {n: _shape(seen[n].shape, into, found) for n in names}
    return Recognised(head or found, into, shapes_of, _classes(found, [seen[n].shape for n in names]))


def names_in(about: Described) -> dict[int, str]:
    """Label → name as the file's metadata has it; empty where it has none."""
    try:
        told = ast.literal_eval(about.metadata.get("names", "{}"))
        return {int(label): str(name) for label, name in dict(told).items()}
    except (ValueError, SyntaxError, TypeError):
        return {}


def _input(path: Path, about: Described, told: Size | None) -> tuple[Input, bool]:
    """The input for pictures (how they are put in comes later), and whether the file leaves height and width free."""
    pictures = [one for one in about.inputs if len(one[2]) == 4]
    others = [one for one in about.inputs if len(one[2]) != 4]
    said = ", ".join(f"{name} {tuple(d or '?' for d in shape)}" for name, _, shape in about.inputs) or "none"
    if len(pictures) != 1 or len(others) > 1:
        raise ModelError(f"{path.name}: expected one input for pictures, and at most one for their size; it has {said}")
    name, kind, shape = pictures[0]
    if kind != 1:  # onnx.TensorProto.FLOAT
        raise ModelError(
            f"{path.name}: expected an input of float32, {name} has another type; export it without half precision or int8"
        )
    if 3 not in (shape[1], shape[3]):
        raise ModelError(f"{path.name}: expected pictures of three colours, its inputs are {said}")
    layout: Literal["NCHW", "NHWC"] = "NCHW" if shape[1] == 3 else "NHWC"
    height, width = shape[2:] if layout == "NCHW" else shape[1:3]
    free = height is None or width is None
    size = _size(about, told) if height is None or width is None else (height, width)
    if told and not free and told != size:
        raise ModelError(
            f"{path.name} looks at {size[0]}x{size[1]} only; leave out --size, or export it with free height and width"
        )
    sizes = others[0][0] if others else ""
    return Input(name, layout, "RGB 0-1", 0, size, sizes=sizes), free and not sizes


def _size(about: Described, told: Size | None) -> Size:
    if told:
        return told
    try:
        height, width = ast.literal_eval(about.metadata.get("imgsz", ""))
        return int(height), int(width)
    except (ValueError, SyntaxError, TypeError):
        return USUAL


def _run(path: Path, into: Input, names: tuple[str, ...]) -> dict[str, Floats]:
    """What comes out for a black picture."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state  # noqa: PLC0415 - as above

    entry = ModelEntry(
        name=path.name,
        task="detect",
        title="",
        detector="",
        file=path.name,
        converter="",
        licence="",
        opt_in=False,
        notes="",
        input=into,
        outputs=dict.fromkeys(names, ()),
        labels={},
        sources=(),
    )
    try:
        return dict(OrtEngine(entry, path).request().infer(np.zeros(into.shape(*into.size), np.float32)))
    except (ValueError, KeyError, RuntimeError, state.Fail, state.InvalidArgument, state.RuntimeException) as error:
        raise ModelError(
            f"{path.name}: a black picture of {into.size[0]}x{into.size[1]} can't be put through it: {error}"
        ) from error


def _head(seen: Outputs, size: Size) -> str | None:
    """The head that these outputs belong to."""
    shapes = [array.shape for array in seen.values()]
    known = {cells(size, strides) for strides in STRIDES}
    if len(shapes) == 1 and len(shapes[0]) == 4 and shapes[0][:2] == (1, 1) and shapes[0][3] == 7:
        return "ssd"
    if len(shapes) == 1 and len(shapes[0]) == 3 and shapes[0][0] == 1:
        _, rows, columns = shapes[0]
        if rows in known and columns >= 6:
            return "yolox-decoded" if _follows_grid(next(iter(seen.values()))[0], size) else "yolox"
        if columns in known and rows >= 5:
            return "yolo"
        return "yolo-end" if columns == 6 else None
    if _order("detr-boxes", seen):
        return "detr-boxes"
    return "detr" if _order("detr", seen) else None


def _follows_grid(rows: Floats, size: Size) -> bool:
    """Whether centres lie near their cells in pixels: then the boxes are decoded; else they are offsets of about one cell."""
    grid = grid_of(size, len(rows))
    return bool(np.median(np.abs(rows[:, 0] / grid[:, 2] - grid[:, 0])) < np.median(grid[:, 0]) / 4)


def _order(head: str, seen: Outputs) -> tuple[str, ...]:
    """Names of the outputs in the order in which the head reads them; others that a file has are left out. Empty: none fit."""
    three = {n: a.shape for n, a in seen.items() if a.ndim == 3 and a.shape[0] == 1}
    if head == "detr":
        boxes = [n for n, shape in three.items() if shape[2] == 4 and "logit" not in n]
        logits = [n for n, shape in three.items() if "logit" in n or (shape[2] != 4 and len(three) == 2)]
        same = boxes and logits and three[boxes[0]][1] == three[logits[0]][1]
        return (logits[0], boxes[0]) if same and len(logits) == 1 else ()
    if head == "detr-boxes":
        boxes = [n for n, shape in three.items() if shape[2] == 4]
        flat = [n for n, a in seen.items() if boxes and a.shape == three[boxes[0]][:2]]
        scores = [n for n in flat if "score" in n.lower()]
        fits = len(boxes) == 1 and len(flat) == 2 and len(scores) == 1
        return (next(n for n in flat if n not in scores), boxes[0], scores[0]) if fits else ()
    return tuple(seen)


def _is_free(path: Path, into: Input, head: str, names: tuple[str, ...]) -> bool:
    """Whether it works, and means the same, at half the width too."""
    narrow = replace(into, size=(into.size[0], max(32, into.size[1] // 64 * 32)))
    if any(side % 32 for side in narrow.size):
        return False
    try:
        return _head(_run(path, narrow, names), narrow.size) == head
    except ModelError:
        return False


def _shape(shape: tuple[int, ...], into: Input, head: str) -> tuple[Dimension, ...]:
    """Lengths that follow the input's size are written as such."""
    if not into.divisor or head not in ("yolox", "yolox-decoded", "yolo"):
        return shape
    for strides in STRIDES:
        if cells(into.size, strides) in shape:
            told = "+".join(f"hw/{stride**2}" for stride in strides)
            return tuple(told if length == cells(into.size, strides) else length for length in shape)
    return shape


def _classes(head: str, shapes: list[tuple[int, ...]]) -> int | None:
    if head.startswith("yolox"):
        return shapes[0][2] - 5
    return {"yolo": shapes[0][1] - 4, "detr": shapes[0][-1]}.get(head)


def _hint(seen: Outputs, size: Size) -> str:
    """What to do about outputs that are not known."""
    lengths = {length for array in seen.values() for length in array.shape}
    if any(3 * cells(size, strides) in lengths for strides in STRIDES):
        return (
            "It looks like a YOLOv5 or YOLOv7, which has three anchors a cell: not supported; export a YOLOv8 or later"
        )
    if len(seen) > 1 and any(array.ndim == 4 for array in seen.values()):
        return "It looks like a model that cuts out shapes (segmentation): export the one that only detects"
    if any(cells(size, strides) in lengths for strides in STRIDES):
        return "It has the cells of a YOLO, and other outputs besides: export the one that only detects"
    return "Export one of these, or give your own detector an entry point `pantau.detector`"

"""Chooses the arithmetic of a model on this very CPU, once, by trying.

Idea: bf16 halves the time where the CPU has AMX, and takes 3.6 times as long where it hasn't and is made to pretend. So
both are timed at the first start, and bf16 is taken only when it is clearly faster and finds what f32 finds. The choice
is kept in a small JSON file, by model, CPU, OpenVINO release and input size, so that later starts cost nothing.

Agreement is judged on `STREETS` drawn streets together, by the rule that the caller gives: for detectors, whether the boxes that would be given out are
the same ones. int8 is not offered: quantised, CenterNet loses a fourth of its boxes (reference measurement: 77 of 109).
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from pantau.see.engine import Engine, Precision, Size, open_engine, openvino_facts
from pantau.see.fetch import locked, sha256
from pantau.see.registry import ModelEntry
from pantau.types import Floats, Image

ROUNDS: Final = 9
STREETS: Final = 12
"""Drawn pictures. On one of them a detector finds two things: too few to judge by."""
FASTER: Final = 0.9
"""bf16 must take at most this share of f32's time."""
REMEMBERED: Final = 64
RULE: Final = "rule 2"
"""A choice by an older rule is made anew."""
FILE: Final = "precision.json"

Agree = Callable[[Sequence[dict[str, Floats]], Sequence[dict[str, Floats]]], bool]
"""Whether the outputs for some pictures in f32 (first) and in bf16 say the same."""
Prepare = Callable[[Image], Floats]
"""From a picture to the input array."""


def choose_precision(
    entry: ModelEntry, path: Path, folder: Path, size: Size, prepare: Prepare, agree: Agree
) -> Precision:
    """The faster of f32 and bf16 that finds the same; remembered in the models folder `folder`.

    Args:
        entry: the model.
        path: its file.
        folder: where the choice is remembered.
        size: (height, width) of the input it is tried with.
        prepare: makes the input from a picture.
        agree: judges the outputs.

    Raises:
        ModelError: the model can't be run at all.
    """
    version, cpu, capabilities = openvino_facts()
    if "BF16" not in capabilities:
        return "f32"
    key = "|".join((entry.name, sha256(path), cpu, version, f"{size[0]}x{size[1]}", RULE))
    memory = folder / FILE
    with locked(folder):
        known = _read(memory)
        if known.get(key) in {"f32", "bf16"}:
            return "bf16" if known[key] == "bf16" else "f32"
        engines = {p: open_engine(entry, path, size, p, parallel=1) for p in _PRECISIONS}
        chosen = compare(engines, [prepare(drawn_street(size, number)) for number in range(STREETS)], agree)
        known[key] = chosen
        newest = dict(list(known.items())[-REMEMBERED:])
        partial = memory.with_name(f".{FILE}.partial")
        partial.write_text(json.dumps(newest, indent=1), encoding="utf-8")
        partial.replace(memory)
    return chosen


_PRECISIONS: Final[tuple[Precision, ...]] = ("f32", "bf16")


def compare(
    engines: dict[Precision, Engine],
    arrays: Sequence[Floats],
    agree: Agree,
    clock: Callable[[], float] = time.perf_counter,
) -> Precision:
    """Time both engines turn by turn on the first input, and judge what they find in all."""
    requests = {precision: engine.request() for precision, engine in engines.items()}
    f32, bf16 = ([requests[precision].infer(array) for array in arrays] for precision in _PRECISIONS)
    if not agree(f32, bf16):
        return "f32"
    times: dict[Precision, list[float]] = {precision: [] for precision in requests}
    for _ in range(ROUNDS):
        for precision, request in requests.items():
            begin = clock()
            request.infer(arrays[0])
            times[precision].append(clock() - begin)
    middle = {precision: statistics.median(values) for precision, values in times.items()}
    return "bf16" if middle["bf16"] <= FASTER * middle["f32"] else "f32"


def drawn_street(size: Size, number: int = 0) -> Image:
    """A picture (H, W, 3) with the edges, shades and blobs of a street; the same for the same size and number."""
    height, width = size
    random = np.random.default_rng(20 + number)
    rows = np.linspace(190, 70, height)[:, None, None]
    picture = np.broadcast_to(rows, (height, width, 3)).copy()
    for _ in range(40):
        h, w = random.integers(height // 20, height // 3), random.integers(width // 40, width // 5)
        top, left = random.integers(0, height - h), random.integers(0, width - w)
        picture[top : top + h, left : left + w] = random.integers(0, 255, 3)
        picture[top : top + h // 4, left + w // 4 : left + 3 * w // 4] = random.integers(60, 220, 3)
    picture += random.normal(0, 6, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _read(path: Path) -> dict[str, str]:
    """What is remembered; a file that can't be read is forgotten, because measuring again costs a second."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}

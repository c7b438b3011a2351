"""The dry looks of a gauge as text, so that a restart in a flood does not begin by learning the flood.

A strip is some twenty pixels wide: local contrast in steps of 1/127 and the tint of each row, no picture that shows anyone. With them is how
much each row told when the first was taken, so that a refused gauge stays refused, and the size of the pictures: on others the same
pixels are other ground, and a look that was learned anew could be of a flood, so such a gauge is refused too. Zones
have no text: their looks are as wide as the ground and would be pictures; they are learned anew (docs/adr/0014-gauges-keep-their-dry-looks.md).
"""

from __future__ import annotations

import base64
import io
import zipfile
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pantau.findings import Reason
from pantau.measure.dry import MOST, Dry
from pantau.measure.telling import refusal

Array = npt.NDArray[np.float64]
Size = tuple[int, int]
"""Width and height of pictures."""

STEPS: Final = 127.0
SHAPES: Final = {"values": 3, "tint": 3, "known": 3, "used": 1, "tells": 1, "heights": 1, "size": 1}


def text_of(looks: tuple[Dry, ...], tells: Array | None, heights: Array, size: Size) -> str:
    """What `looks_of` reads; empty where nothing is learned yet. `tells` (rows,) is how much each row told, `heights` (rows + 1,) as a gauge's, on pictures of `size`."""
    if not looks or tells is None:
        return ""
    body = io.BytesIO()
    np.savez_compressed(
        body,
        values=np.stack([np.rint(one.values * STEPS) for one in looks]).astype(np.int8),
        tint=np.stack([one.tint for one in looks]).astype(np.float16),
        known=np.stack([one.known for one in looks]),
        used=np.array([one.used.timestamp() for one in looks]),
        tells=tells.astype(np.float16),
        heights=heights.astype(np.float32),
        size=np.array(size),
    )
    return base64.b85encode(body.getvalue()).decode()


def looks_of(text: str, shape: tuple[int, ...]) -> tuple[tuple[Dry, ...], Array] | None:
    """The looks of a strip of `shape` (rows, columns) and how much each row told; None for pictures of another size, and for no such text."""
    parts = _parts(text)
    if parts is None or parts["values"].shape[1:] != shape:
        return None
    values, tint = (parts["values"] / STEPS).astype(np.float32), parts["tint"].astype(np.float32)
    known, used = parts["known"].astype(np.bool_), parts["used"].tolist()
    rows = zip(values, tint, known, used, strict=True)
    looks = tuple(Dry(v, t, k, datetime.fromtimestamp(at, UTC)) for v, t, k, at in rows)[-MOST:]
    return looks, parts["tells"].astype(np.float64)


def resized(text: str, shape: tuple[int, ...], size: Size) -> Reason | None:
    """Why looks are none of a strip of `shape` on pictures of `size`; nothing where they are, or the text is none of ours."""
    parts = _parts(text)
    if parts is None:
        return None
    then = tuple(parts["size"].tolist()) or size  # of older texts it was not kept
    if then == size and parts["values"].shape[1:] == shape:
        return None
    said = "x".join(map(str, then)) if then != size else "?"
    return Reason("resized", {"then": said, "now": "x".join(map(str, size))})


def refused(text: str, limit_cm: float) -> Reason | None:
    """Why the gauge whose dry looks these are is refused; nothing where it is not, or the text is none of ours."""
    parts = _parts(text)
    if parts is None:
        return None
    return refusal(parts["tells"].astype(np.float64), parts["heights"].astype(np.float64), limit_cm)


def _parts(text: str) -> dict[str, npt.NDArray[Any]] | None:
    try:
        with np.load(io.BytesIO(base64.b85decode(text)), allow_pickle=False) as file:
            parts = {name: file[name] for name in SHAPES if name in file or name != "size"}
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile):
        return None
    parts.setdefault("size", np.empty(0, np.int64))
    return parts if all(parts[name].ndim == axes for name, axes in SHAPES.items()) else None

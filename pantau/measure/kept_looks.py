"""The dry looks of a gauge as text, so that a restart in a flood does not begin by learning the flood.

A strip is some twenty pixels wide: local contrast in steps of 1/127 and the tint of each row, no picture that shows anyone. Zones
have no text: their looks are as wide as the ground and would be pictures; they are learned anew (docs/adr/0013-gauges-keep-their-dry-looks.md).
"""

from __future__ import annotations

import base64
import io
import zipfile
from datetime import UTC, datetime
from typing import Final

import numpy as np

from pantau.measure.dry import MOST, Dry, DryLooks

STEPS: Final = 127.0
SHAPES: Final = {"values": 3, "tint": 3, "known": 3, "used": 1}


def text_of(looks: DryLooks) -> str:
    """What `looks_of` reads; empty where nothing is learned yet."""
    kept = looks.kept
    if not kept:
        return ""
    body = io.BytesIO()
    np.savez_compressed(
        body,
        values=np.stack([np.rint(one.values * STEPS) for one in kept]).astype(np.int8),
        tint=np.stack([one.tint for one in kept]).astype(np.float16),
        known=np.stack([one.known for one in kept]),
        used=np.array([one.used.timestamp() for one in kept]),
    )
    return base64.b85encode(body.getvalue()).decode()


def looks_of(text: str, shape: tuple[int, ...]) -> tuple[Dry, ...]:
    """The looks of a strip of `shape` (rows, columns); none where they are of pictures of another size, or can't be read."""
    try:
        with np.load(io.BytesIO(base64.b85decode(text)), allow_pickle=False) as file:
            parts = {name: file[name] for name in SHAPES}
    except (ValueError, KeyError, OSError, zipfile.BadZipFile):
        return ()
    if any(parts[name].ndim != axes for name, axes in SHAPES.items()) or parts["values"].shape[1:] != shape:
        return ()
    values, tint = (parts["values"] / STEPS).astype(np.float32), parts["tint"].astype(np.float32)
    known, used = parts["known"].astype(np.bool_), parts["used"].tolist()
    rows = zip(values, tint, known, used, strict=True)
    return tuple(Dry(v, t, k, datetime.fromtimestamp(at, UTC)) for v, t, k, at in rows)[-MOST:]

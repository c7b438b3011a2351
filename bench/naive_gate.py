"""The naive gate that `bench.gate` compares with: key frames, and one threshold on how many of their pixels differ."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
import numpy.typing as npt

from bench.compose.idle_stream import Coming, number_of
from pantau.ingest.decode import another_decoder, picture_stream
from pantau.ingest.gate import Luma, shrink
from pantau.ingest.lazy import luma

DIFFERENT: Final = 15
"""Grey levels by which a pixel differs."""


def key_pictures(folder: Path, turn: int | None) -> dict[int, Luma]:
    """Small grey key frames of a bed, or of a turn's own groups, by number."""
    found = {}
    with av.open(str(folder / ("bed.mp4" if turn is None else f"turn-{turn}.mp4"))) as container:
        stream = picture_stream(container, folder.name)
        decoder = another_decoder(stream.codec_context, deblock=False)
        for packet in container.demux(stream):
            if packet.is_keyframe and packet.size:
                (frame, *_) = [*decoder.decode(packet), *decoder.decode(None)]
                decoder.flush_buffers()
                found[number_of(packet)] = cv2.GaussianBlur(shrink(luma(frame)), (3, 3), 0).astype(np.uint8)
    return found


def scores(pictures: Sequence[Luma]) -> npt.NDArray[np.float64]:
    """Pixels that differ from the key frame before."""
    return np.array([np.count_nonzero(cv2.absdiff(a, b) > DIFFERENT) for a, b in pairwise(pictures)], float)


def at_ends(one: Coming, keys: dict[int, Luma], group: int) -> npt.NDArray[np.float64]:
    """For each group of the middle of the way, the higher score of the key frames at its two ends."""
    groups = range(one.middle // group * group, one.after, group)
    ends = [scores([keys[k] for k in (at - group, at, at + group) if k in keys]).max() for at in groups]
    return np.array(ends, float)

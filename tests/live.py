"""A live camera as tests read it: the source, and what comes next of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime

from pantau.ingest.decode import wall_clock
from pantau.ingest.rtsp import RtspSource
from pantau.types import Frame, Gap

FRAMES = 40
"""Of the clip that a camera sends over and over, ten a second."""


def source(
    address: str,
    *,
    timeout_s: float = 3.0,
    credentials: tuple[str, str] | None = None,
    sleep: Callable[[float], object] | None = None,
    clock: Callable[[], datetime] = wall_clock,
) -> RtspSource:
    return RtspSource(
        address,
        camera="cam",
        cadence_s=0.2,
        credentials=credentials,
        timeout_s=timeout_s,
        sleep=sleep,
        clock=clock,
        rng=random.Random(1),
    )


def next_frames(items: Iterator[Frame | Gap], count: int) -> list[Frame]:
    frames: list[Frame] = []
    for item in items:
        assert isinstance(item, Frame), item
        frames.append(item)
        if len(frames) == count:
            break
    return frames


def next_frames_of(items: Iterator[Frame | Gap], count: int) -> Iterator[Frame]:
    """As `next_frames`, each when it is asked for."""
    for _ in range(count):
        yield from next_frames(items, 1)


def next_gap(items: Iterator[Frame | Gap]) -> Gap:
    return next(item for item in items if isinstance(item, Gap))


def next_frame(items: Iterator[Frame | Gap]) -> Frame:
    return next(item for item in items if isinstance(item, Frame))

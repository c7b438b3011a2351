"""Scripted frames and gaps, for tests of whatever stands behind a source."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from pantau.types import Frame, Gap, Image


class FakeSource:
    """Gives out exactly what it was given, then an end unless the script has one."""

    def __init__(self, script: Sequence[Frame | Gap], dropped: Mapping[str, int] | None = None) -> None:
        self.script = list(script)
        self._dropped = dict(dropped or {})
        self._stop = threading.Event()

    @property
    def dropped(self) -> Mapping[str, int]:
        """As given."""
        return self._dropped

    @property
    def gated(self) -> Mapping[str, int]:
        """Nothing is."""
        return {}

    @property
    def closed(self) -> bool:
        """Whether somebody closed it."""
        return self._stop.is_set()

    def samples(self) -> Iterator[Frame | Gap]:
        """The script, item by item."""
        last: Frame | Gap | None = None
        for item in self.script:
            if self._stop.is_set():
                break
            last = item
            yield item
        if last is not None and not (isinstance(last, Gap) and last.kind == "end"):
            yield Gap(last.camera, last.time, "end", "end of script")

    def close(self) -> None:
        """Stop before the next item."""
        self._stop.set()


def fake_frames(
    camera: str, start: datetime, count: int, *, cadence_s: float = 0.2, image: Image | None = None
) -> list[Frame]:
    """`count` frames `cadence_s` apart from `start`, all of one picture (64x48 black unless given)."""
    picture = np.zeros((48, 64, 3), np.uint8) if image is None else image
    return [
        Frame(camera, start + timedelta(seconds=number * cadence_s), picture, number + 1, number * cadence_s)
        for number in range(count)
    ]

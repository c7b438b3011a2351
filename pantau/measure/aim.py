"""Where a camera looks: the fixed things of its picture against those on which its places were drawn.

The features and the similarity between two pictures are those of `pantau.measure.drift`; there they guard metres, here they guard
lines, zones, slots and gauges. A look that still fits becomes a second reference with its own offset, so that a dusk is
followed and a slow slide is not. A look in which too few things agree says nothing: night and fog are no move.

The first picture that shows enough is the reference, unless one is given (`pantau.types.Camera.view`): whoever runs the camera
keeps it, so that a move is noticed that happened while nobody watched.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from pantau.measure.drift import ENOUGH, Features, Reference, after, features, similarity
from pantau.types import Camera, View

MOVED: Final = 0.015
"""How far a corner of the picture's inner half may move, as a share of its width."""

Verdict = Literal["still", "off", "unknown"]


class Aim:
    """Watches where one camera looks.

    Raises:
        ConfigError: the view given with the camera can't be read.
    """

    def __init__(self, camera: Camera) -> None:
        self._first = Reference(Features.of_text(camera.view), np.eye(2, 3)) if camera.view else None
        self._recent: Reference | None = None

    @property
    def view(self) -> str:
        """The reference, as it is kept; empty before there is one."""
        return self._first.features.text() if self._first else ""

    def judge(self, view: View) -> tuple[Verdict, float]:
        """Whether this picture shows what the reference shows where it shows it, and how far it moved, in widths."""
        found = features(view.frame.image, view.detections.xyxy)
        if len(found) < ENOUGH:
            return "unknown", 0.0
        if self._first is None:
            self._first = Reference(found, np.eye(2, 3))
            return "still", 0.0
        width, height = view.frame.size
        corners = np.array([(0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)]) * (1.0, height / width)
        for known in (self._first, self._recent):
            turn = similarity(found, known.features) if known else None
            if known is None or turn is None:
                continue
            to_first = after(known.to_first, turn)
            moved = float(np.linalg.norm(corners @ to_first[:, :2].T + to_first[:, 2] - corners, axis=1).max())
            if moved > MOVED:
                return "off", moved
            self._recent = Reference(found, to_first)
            return "still", moved
        return "unknown", 0.0

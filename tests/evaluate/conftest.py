"""A small crossroads: two lines, a clip of 100 s at 10 frames per second."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pantau.evaluate.truth import Recording
from pantau.places import Camera, Line


@pytest.fixture
def camera() -> Camera:
    return Camera(
        id="simpang",
        name="Simpang",
        source="clip.mp4",
        lines=(
            Line(
                id="simpang.A", camera="simpang", name="Utara", start=(0.1, 0.5), end=(0.9, 0.5), forward_name="masuk"
            ),
            Line(id="simpang.B", camera="simpang", name="Timur", start=(0.95, 0.1), end=(0.95, 0.9)),
        ),
    )


@pytest.fixture
def recording(camera: Camera) -> Recording:
    return Recording(
        file="truth",
        camera=camera,
        size=(1000, 500),
        fps=10.0,
        frames=1000,
        start=datetime(2026, 1, 31, tzinfo=UTC),
    )

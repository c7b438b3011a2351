"""A gate with one line, a clip of nine seconds in which four people pass, and its desk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from pantau.camera_file import load_one_camera
from pantau.ingest.reel import open_reel
from pantau.ingest.sources import probe
from pantau.label.desk import Desk
from pantau.label.sheet_file import About, SheetFile, clip_print
from pantau.types import Image

FPS = 10.0
SIZE = (320, 240)
CAMERA = """
[[camera]]
id = "gang"
name = "Gang"
fps = 10.0
analysers = ["visitors"]
masks = [[[0.0, 0.0], [0.2, 0.0], [0.2, 0.2], [0.0, 0.2]]]

[[camera.line]]
id = "A"
name = "Gerbang"
start = [0.5, 0.85]
end = [0.5, 0.4]
forward = "masuk"
backward = "keluar"
"""
PASSES = ((2.0, 1), (4.0, -1), (6.0, 1), (8.0, 1))
"""Seconds at which somebody is on the line, and which way: 1 is to the right, which is forward."""


def scene(t_s: float) -> Image:
    """Grey, white in the masked corner, with a red person of 24 x 60 pixels for each pass, 60 pixels a second."""
    image = np.full((SIZE[1], SIZE[0], 3), 110, np.uint8)
    image[:48, :64] = 255
    for at_s, way in PASSES:
        x = 160 + 60 * (t_s - at_s) * way
        if abs(t_s - at_s) < 0.9:
            left = int(x) - 12
            image[120:180, left : left + 24] = (0, 0, 255)
            for stripe in range(left, left + 24, 8):
                image[120:180, stripe : stripe + 4] = (240, 20, 255)
    return image


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    folder = tmp_path / "klip"
    folder.mkdir()
    for n in range(90):
        cv2.imwrite(str(folder / f"{n:03}.png"), scene(n / FPS))
    return folder


@pytest.fixture
def camera_file(tmp_path: Path) -> Path:
    path = tmp_path / "camera.toml"
    path.write_text(CAMERA)
    return path


@pytest.fixture
def make_desk(tmp_path: Path, clip: Path, camera_file: Path) -> Callable[[], Desk]:
    """A function that opens the desk with ``labels.json``, as a new start of the command does."""

    def make() -> Desk:
        camera = load_one_camera(camera_file)
        about = About(clip=clip.name, clip_print=clip_print(clip), camera=camera, size=SIZE, fps=FPS)
        found = probe(str(clip), source_fps=FPS)
        return Desk(open_reel(str(clip), source_fps=FPS), found, SheetFile(tmp_path / "labels.json", about))

    return make

"""A folder of pictures becomes a plate without the red walker in it; a clip too short is refused in words."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from pantau.commands import plate as command
from pantau.errors import DataError
from tests.red_models import RedModels

CAMERA = '[[camera]]\nid = "c"\nmasks = [[[0.0, 0.0], [0.2, 0.0], [0.2, 0.2], [0.0, 0.2]]]\n'


def clip(folder: Path, pictures: int) -> Path:
    """A walker (red) who stands elsewhere in each picture, before a chequered wall."""
    folder.mkdir()
    for number in range(pictures):
        rows, columns = np.indices((120, 160))
        wall = np.where(((rows // 20) + (columns // 20)) % 2, 90, 150).astype(np.uint8)
        picture = np.repeat(wall[..., None], 3, axis=2)
        left = 5 + number * 12
        picture[50:100, left : left + 10] = (20, 20, 220)
        cv2.imwrite(str(folder / f"{number:04}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 95])
    return folder


@pytest.fixture
def camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(command, "Models", RedModels)
    file = tmp_path / "camera.toml"
    file.write_text(CAMERA)
    return file


def test_the_walker_is_not_in_it_and_the_mask_is_black(tmp_path: Path, camera: Path) -> None:
    out = tmp_path / "plate.jpg"
    said = command.write_plate(str(clip(tmp_path / "clip", 12)), camera, out, 0.5, tmp_path)
    assert said == f"{out}: 100% of the place is known, the rest is grey"
    shown = cv2.imread(str(out))
    assert shown is not None
    assert int((shown[..., 2].astype(int) - shown[..., 1]).max()) < 40  # nothing red
    assert shown[2:18, 2:26].max() < 20
    assert 135 < shown[105:115, 5:15].mean() < 165 or 75 < shown[105:115, 5:15].mean() < 105


def test_a_clip_too_short_is_refused_and_nothing_is_written(tmp_path: Path, camera: Path) -> None:
    out = tmp_path / "plate.jpg"
    with pytest.raises(DataError, match="give a longer clip"):
        command.write_plate(str(clip(tmp_path / "clip", 3)), camera, out, 0.5, tmp_path)
    assert not out.exists()

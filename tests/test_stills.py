"""Of stills: which picture is taken for the one in which the gauges are dry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from pantau.errors import SourceError
from pantau.ingest.folder import write_picture
from pantau.places import Camera
from pantau.replay import Models
from pantau.stills import Look, dry_still, look
from pantau.types import EPOCH, Image


@pytest.fixture
def bank() -> Image:
    """A river bank with corners enough."""
    random = np.random.default_rng(1)
    blocks = random.integers(20, 235, (36, 64, 3), np.uint8)
    return np.asarray(cv2.GaussianBlur(np.kron(blocks, np.ones((10, 10, 1), np.uint8)), (3, 3), 0), np.uint8)


@pytest.fixture
def stills(tmp_path: Path, bank: Image) -> Path:
    """The bank with water over its lower half, after a still that can't be read."""
    folder = tmp_path / "stills"
    folder.mkdir()
    (folder / "1.jpg").write_bytes(b"cut short")
    flood = bank.copy()
    flood[180:] = 110
    write_picture(folder / "2.jpg", flood)
    return folder


def test_a_still_of_the_same_view_is_the_dry_one_in_another_light_too(
    tmp_path: Path, bank: Image, stills: Path
) -> None:
    write_picture(tmp_path / "dry.jpg", (bank * 0.7).astype(np.uint8))
    assert dry_still(tmp_path / "dry.jpg", stills).shape == bank.shape


@pytest.mark.parametrize(
    ("made", "got"),
    [
        (lambda image: image // 16, "one that is dark"),
        (lambda image: np.full_like(image, 255), "one that is overexposed"),
        (lambda image: np.full_like(image, 120), "one that is covered"),
        (lambda image: image[::2, ::2], "one of 320x180 pixels; 2.jpg has 640x360"),
        (lambda image: np.roll(image, 64, axis=1), "one of another view: 2.jpg lies 10 % of its width beside it"),
    ],
)
def test_a_still_that_shows_nothing_or_something_else_is_refused_before_anything_is_looked_at(
    tmp_path: Path, bank: Image, stills: Path, made: Callable[[Image], Image], got: str
) -> None:
    write_picture(tmp_path / "dry.jpg", made(bank))
    job = Look(camera=Camera(id="c", name="c", source=""), start=EPOCH, every_s=20.0, dry=tmp_path / "dry.jpg")
    with pytest.raises(SourceError, match=rf"dry.jpg: expected a picture in which the gauges are dry, got {got}"):
        next(look(stills, job, Models(tmp_path)))


def test_a_file_that_is_no_picture_is_no_dry_still(stills: Path) -> None:
    with pytest.raises(SourceError, match="none that can be read"):
        dry_still(stills / "1.jpg", stills)

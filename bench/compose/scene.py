"""A scene on disk, and the painter that makes its pictures: background, things in order of depth, light, a swaying pole."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import tomli_w

from bench.compose.cutouts import CutOut
from bench.compose.light import Day, paste, shade
from bench.data import CACHE
from pantau.camera_file import load_one_camera
from pantau.places import Camera
from pantau.types import Image

QUALITY: Final = 88
SWAY_PX: Final = 0.5
HERE: Final = Path(__file__).resolve().parent
TAKES: Final = re.compile(r"^from bench\.compose\.(\w+) import", re.MULTILINE)


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """Something real at a place in a picture: its middle and lower edge in pixels, and how wide it is there."""

    cut: CutOut
    x: float
    foot: float
    width: float
    flip: bool = False
    shaded: bool = True


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene folder that was read: its camera, its pictures in order, its truth as rows."""

    name: str
    camera: Camera
    pictures: tuple[Path, ...]
    truth: tuple[dict[str, str], ...]

    def images(self) -> Iterator[Image]:
        """The pictures."""
        for path in self.pictures:
            yield np.asarray(cv2.imread(str(path)), np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a scene is made of, and the module that makes it; the same recipe makes the same scene."""

    name: str
    maker: str
    camera: dict[str, object]
    every_s: float
    facts: Sequence[object] = field(default_factory=tuple)

    @property
    def folder(self) -> Path:
        """Where it is kept: by its recipe and by the code that makes it; another scene's code makes no difference."""
        told = hashlib.sha256(repr((self.name, self.camera, self.every_s, *self.facts)).encode())
        for source in sorted(_sources(self.maker.rpartition(".")[2])):
            told.update((HERE / f"{source}.py").read_bytes())
        return CACHE / "compose" / f"{self.name}-{told.hexdigest()[:12]}"


class Painter:
    """Paints pictures of one place."""

    def __init__(self, background: Image, day: Day, seed: int) -> None:
        self._background, self._day = background, day
        self._rng = np.random.default_rng(seed)

    def picture(self, things: Iterable[Thing], hour: float, ground: Image | None = None) -> Image:
        """The things over the background (or the `ground` as it is now), the farthest first, in the light of the hour."""
        canvas = (self._background if ground is None else ground).copy()
        for thing in sorted(things, key=lambda one: one.foot):
            drawn = thing.cut.scaled(thing.width, flip=thing.flip)
            if thing.shaded:
                shade(canvas, thing.x, thing.foot, thing.width)
            paste(canvas, drawn.image, drawn.alpha, thing.x, thing.foot)
        dx, dy = self._rng.normal(0, SWAY_PX, 2)
        moved = cv2.warpAffine(
            canvas, np.array([[1, 0, dx], [0, 1, dy]], np.float32), self._day.size, borderMode=cv2.BORDER_REPLICATE
        )
        return self._day.apply(np.asarray(moved, np.uint8), hour)


@cache
def _sources(name: str) -> frozenset[str]:
    """A module of this folder and all that it takes from others here."""
    found, waiting = set[str](), {name}
    while waiting:
        one = waiting.pop()
        found.add(one)
        waiting |= set(TAKES.findall((HERE / f"{one}.py").read_text("utf-8"))) - found
    return frozenset(found)


def write(recipe: Recipe, pictures: Iterable[Image], truth: Iterable[dict[str, object]]) -> Path:
    """Make the scene's folder; it appears when it is whole."""
    folder, partial = recipe.folder, recipe.folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "frames").mkdir(parents=True)
    for number, image in enumerate(pictures):
        cv2.imwrite(str(partial / "frames" / f"{number:06d}.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    rows = list(truth)
    with (partial / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    (partial / "places.toml").write_text(
        tomli_w.dumps({"camera": [recipe.camera | {"fps": 1 / recipe.every_s}]}), "utf-8"
    )
    for old in folder.parent.glob(f"{recipe.name}-*"):
        if old != partial:
            shutil.rmtree(old, ignore_errors=True)
    partial.replace(folder)
    return folder


def read(folder: Path) -> Scene:
    """A scene folder, ours or anybody's."""
    with (folder / "truth.csv").open(newline="", encoding="utf-8") as file:
        rows = tuple(csv.DictReader(file))
    pictures = tuple(sorted((folder / "frames").iterdir()))
    return Scene(folder.name, load_one_camera(folder / "places.toml"), pictures, rows)

"""Which parts of a picture have changed, and how they are put together on a sheet that is smaller than the picture.

    cells that differ from when they were last looked at ─► with the boxes that they touch ─► rectangles with a margin ─► packed on a sheet

A detection is a function of the picture: where that is the same but for noise, so is what was found there. Each cell is compared with *itself when it was
last looked at*, not with the picture before: what creeps is looked at as soon as it has crept far enough. How much noise there is, each picture tells: most
of its cells show nothing else, so what differs by more than `TIMES` the median cell has changed. Where most have (rain, a new light, a camera that
moves) the rectangles fit on no sheet, and the whole picture is looked at.

Everything is in *cells* of the network's input, `CELL` pixels wide. Packing: guillotine cuts, best short side fit (Jylänki, A Thousand Ways to Pack the Bin,
2010). Rejected: one rectangle around all that has changed (two people at the two ends of a square are the whole square); shelves as wide as the picture (a
few people leave most of a shelf empty); sheets of any size (a network that is compiled for free sizes is slower at each of them).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pantau.see.heads import Found
from pantau.types import Floats, Image, Ints

CELL: Final = 16
MARGIN: Final = 1
"""Cells around what has changed that are looked at with it, for what they tell of it."""
LEVELS: Final = 5
"""Grey levels within which nothing has changed."""
TIMES: Final = 3.0
"""And times what the median cell differs by."""
LIGHT: Final = 8
"""Grey levels: when the median cell differs by more, that is no noise, and everything has changed."""
SHARES: Final = (0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6)
"""Of the picture's cells: a sheet each. A larger one is not worth what a look at less than all risks."""
SHAPE: Final = 1.4
GREY: Final = 114

Cells = npt.NDArray[np.bool_]
"""(H / `CELL`, W / `CELL`)."""
Grey = npt.NDArray[np.uint8]
Rect = tuple[int, int, int, int]
"""x, y, width, height in cells."""


def grey(picture: Image) -> Grey:
    """What is compared: (H, W), smoothed, so that noise goes and what is small stays."""
    return np.asarray(cv2.blur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (5, 5)), np.uint8)


def changed(now: Grey, seen: Grey) -> Cells:
    """Which cells show something else than `seen`."""
    high, wide = now.shape[0] // CELL, now.shape[1] // CELL
    most = cv2.absdiff(now, seen).reshape(high, CELL, wide, CELL).max(axis=(1, 3))
    noise = float(np.median(most))
    return np.asarray(most > max(LEVELS, TIMES * noise)) if noise <= LIGHT else np.ones((high, wide), bool)


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle of the picture, with its margin, and where its corner (x, y) lies on the sheet."""

    rect: Rect
    at: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Patches of a picture on a sheet.

    Args:
        patches: what is on it.
        size: (height, width) of the sheet, pixels.
        cells: (height, width) of the picture.
    """

    patches: tuple[Patch, ...]
    size: tuple[int, int]
    cells: tuple[int, int]

    def draw(self, picture: Image) -> Image:
        """The sheet, out of the picture; grey where nothing lies."""
        sheet = np.full((*self.size, 3), GREY, np.uint8)
        for patch in self.patches:
            (x, y, w, h), (u, v) = _pixels(patch.rect), (patch.at[0] * CELL, patch.at[1] * CELL)
            sheet[v : v + h, u : u + w] = picture[y : y + h, x : x + w]
        return sheet

    def inner(self, patch: Patch) -> Rect:
        """The part of the picture that is looked at in a patch: without its margin, but up to the picture's edge."""
        x, y, w, h = patch.rect
        high, wide = self.cells
        left, top = x + MARGIN * (x > 0), y + MARGIN * (y > 0)
        right, bottom = x + w - MARGIN * (x + w < wide), y + h - MARGIN * (y + h < high)
        return left, top, right - left, bottom - top

    def looked(self) -> Cells:
        """The cells that are looked at."""
        found = np.zeros(self.cells, bool)
        for patch in self.patches:
            x, y, w, h = self.inner(patch)
            found[y : y + h, x : x + w] = True
        return found

    def merged(self, here: Found, held: Found) -> Found:
        """What is found in the picture: `here`, in pixels of the sheet, where it was looked at, and elsewhere what was `held`, in pixels of the picture."""
        owner = np.full((self.size[0] // CELL, self.size[1] // CELL), -1)
        for number, (patch, (_, _, w, h)) in enumerate((patch, patch.rect) for patch in self.patches):
            u, v = patch.at
            owner[v : v + h, u : u + w] = number
        row, column = _cell_of(here.xyxy, owner.shape)
        patch_of = owner[row, column]
        shifts = np.array([(p.rect[0] - p.at[0], p.rect[1] - p.at[1]) * 2 for p in self.patches], np.float32) * CELL
        inner = np.array([_corners(self.inner(patch)) for patch in self.patches])
        moved = (here.xyxy + shifts[patch_of]).astype(np.float32)
        down, along = _cell_of(moved, self.cells)
        left, top, right, bottom = inner[patch_of].T
        new = (patch_of >= 0) & (along >= left) & (along < right) & (down >= top) & (down < bottom)
        old = ~self.looked()[_cell_of(held.xyxy, self.cells)]
        return Found(
            np.concatenate([moved[new], held.xyxy[old]]),
            np.concatenate([here.confidence[new], held.confidence[old]]),
            np.concatenate([here.label[new], held.label[old]]),
        )


def sheet_of(cells: Cells, boxes: Floats) -> Sheet | None:
    """The smallest sheet for what has changed; nothing where the whole picture is to be looked at.

    Args:
        cells: what has changed.
        boxes: (N, 4) what was found, pixels of the input: one that is touched by what has changed is looked at whole.
    """
    high, wide = cells.shape
    wanted = cells.copy()
    for left, top, right, bottom in np.clip(boxes / CELL, 0, (wide, high) * 2):
        place = slice(int(top), math.ceil(bottom)), slice(int(left), math.ceil(right))
        if cells[place].any():
            wanted[place] = True
    rects = rectangles(wanted)
    area = sum(w * h for _, _, w, h in rects)
    for size in sizes(high, wide):
        if area <= size[0] * size[1] and (patches := packed(rects, size)) is not None:
            return Sheet(patches, (size[0] * CELL, size[1] * CELL), (high, wide))
    return None


def sizes(high: int, wide: int) -> list[tuple[int, int]]:
    """(height, width) of the sheets for a picture, rising; even numbers of cells, which is what networks take."""
    found = []
    for share in SHARES:
        area = share * high * wide
        height = min(high, max(4, 2 * round(math.sqrt(area / SHAPE) / 2)))
        found.append((height, min(wide, max(4, 2 * round(area / height / 2)))))
    return found


def rectangles(cells: Cells) -> list[Rect]:
    """Around each connected part, with its margin; two that are no larger as one are one."""
    high, wide = cells.shape
    _, _, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    rects: list[Rect] = []
    for x, y, w, h in stats[1:, :4].tolist():
        left, top = max(0, x - MARGIN), max(0, y - MARGIN)
        rect = (left, top, min(wide, x + w + MARGIN) - left, min(high, y + h + MARGIN) - top)
        while (
            near := next((r for r in rects if _area(union := _around(rect, r)) <= _area(rect) + _area(r)), None)
        ) is not None:
            rects.remove(near)
            rect = union
        rects.append(rect)
    return rects


def packed(rects: Sequence[Rect], size: tuple[int, int]) -> tuple[Patch, ...] | None:
    """Rectangles on a sheet of (height, width) cells, the longest first, each where the least is left beside it; nothing when they don't fit."""
    free: list[Rect] = [(0, 0, size[1], size[0])]
    patches = []
    for rect in sorted(rects, key=lambda r: -max(r[2:])):
        w, h = rect[2:]
        fits = [room for room in free if room[2] >= w and room[3] >= h]
        if not fits:
            return None
        room = min(fits, key=lambda r: min(r[2] - w, r[3] - h))
        x, y, wide, high = room
        free.remove(room)
        patches.append(Patch(rect, (x, y)))
        if wide - w < high - h:
            free += [(x + w, y, wide - w, h), (x, y + h, wide, high - h)]
        else:
            free += [(x + w, y, wide - w, high), (x, y + h, w, high - h)]
    return tuple(patches)


def _around(a: Rect, b: Rect) -> Rect:
    left, top = min(a[0], b[0]), min(a[1], b[1])
    return left, top, max(a[0] + a[2], b[0] + b[2]) - left, max(a[1] + a[3], b[1] + b[3]) - top


def _area(rect: Rect) -> int:
    return rect[2] * rect[3]


def _pixels(rect: Rect) -> Rect:
    x, y, w, h = rect
    return x * CELL, y * CELL, w * CELL, h * CELL


def _corners(rect: Rect) -> Rect:
    x, y, w, h = rect
    return x, y, x + w, y + h


def _cell_of(xyxy: Floats, cells: tuple[int, ...]) -> tuple[Ints, Ints]:
    """(row, column) of the cell in which each box has its centre."""
    centre = ((xyxy[:, :2] + xyxy[:, 2:]) / 2 // CELL).astype(np.int64)
    return centre[:, 1].clip(0, cells[0] - 1), centre[:, 0].clip(0, cells[1] - 1)

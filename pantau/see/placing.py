"""Puts a picture into a network's input, and boxes back into the picture.

Each family of detectors was trained with pictures that were put there in one way, and finds less when they come in another:

    stretch   height and width each scaled to the input       RT-DETR, D-FINE, SSD
    corner    scaled alike, in the upper left, grey beyond    YOLOX
    centre    scaled alike, in the middle, grey around        YOLOv8, YOLO11, YOLO26

Colours are ``BGR 0-255`` (YOLOX since 0.2, SSD), ``RGB 0-255``, ``RGB 0-1`` (YOLOv8, RT-DETR, D-FINE), or ``RGB ImageNet`` (0-1 less
the mean of ImageNet, by its deviation: DETR's older kin). Where the network's height and width are free, the input has about the
picture's own shape (`pantau.see.boxes.input_size`), so there is little grey: cost goes with pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pantau.see.engine import Size
from pantau.see.registry import Input
from pantau.types import Floats, Image

GREY: Final = 114
"""What is beyond the picture, in every family that pads."""
_MEAN: Final = np.array((0.485, 0.456, 0.406), np.float32)
_DEVIATION: Final = np.array((0.229, 0.224, 0.225), np.float32)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture lies in an input: input = picture x scale + offset, in (x, y)."""

    scale: tuple[float, float]
    offset: tuple[int, int]

    def back(self, xyxy: Floats) -> Floats:
        """Boxes (N, 4) in pixels of the picture, from pixels of the input."""
        return np.asarray((xyxy - np.array(self.offset * 2)) / np.array(self.scale * 2), np.float32)


def place(image: Image, into: Input, size: Size) -> tuple[Floats, Placement]:
    """The input array for a BGR picture, and where the picture lies in it: `fitted`, then `array_of`."""
    picture, where = fitted(image, into, size)
    return array_of(picture, into), where


def fitted(image: Image, into: Input, size: Size) -> tuple[Image, Placement]:
    """A BGR picture as large as the input, and where the given one lies in it.

    Args:
        image: (H, W, 3) uint8 BGR.
        into: how the network wants it.
        size: (height, width) of the input, pixels.
    """
    high, wide = image.shape[:2]
    height, width = size
    if into.fit == "stretch":
        inner, scale = (width, height), (width / wide, height / high)
    else:
        by = min(width / wide, height / high)
        inner, scale = (min(width, round(wide * by)), min(height, round(high * by))), (by, by)
    smooth = (
        into.fit == "stretch" and inner[0] < wide
    )  # the families that pad were trained on pictures that weren't smoothed
    scaled = _shrunk(image, inner) if smooth else cv2.resize(image, inner, interpolation=cv2.INTER_LINEAR)
    left, top = ((width - inner[0]) // 2, (height - inner[1]) // 2) if into.fit == "centre" else (0, 0)
    if inner != (width, height):
        right, bottom = width - inner[0] - left, height - inner[1] - top
        scaled = cv2.copyMakeBorder(scaled, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(GREY, GREY, GREY))
    return np.asarray(scaled, np.uint8), Placement(scale, (left, top))


def _shrunk(image: Image, size: Size) -> Image:
    """The means of areas. By a whole factor they cost a tenth of those by a broken one, and less than half as much again is left after it."""
    high, wide = image.shape[:2]
    whole = min(wide // size[0], high // size[1])
    if whole < 2:
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    near = cv2.resize(image, (wide // whole, high // whole), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(near, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def array_of(picture: Image, into: Input) -> Floats:
    """(1, 3, H, W) or (1, H, W, 3) float32 in the network's colours."""
    # OpenCV turns the colours ten times as fast as numpy reads them backwards.
    ordered = (
        picture if into.colours.startswith("BGR") else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
    )
    if into.layout == "NCHW":
        ordered = ordered.transpose(2, 0, 1)
    array = np.ascontiguousarray(ordered[None].astype(np.float32))
    if into.colours.endswith(("0-1", "ImageNet")):
        array *= np.float32(1 / 255)
    if into.colours.endswith("ImageNet"):
        across = (1, 3, 1, 1) if into.layout == "NCHW" else (1, 1, 1, 3)
        array = (array - _MEAN.reshape(across)) / _DEVIATION.reshape(across)
    return array

"""``pantau calibrate``: how right a camera's calibration is, drawn over a still, and what notices that the camera moved.

The drawing is an SVG that points to the still and holds no picture itself: a grid in metres, the points with their residuals, lines and
zones. Look whether the grid lies on the road. With ``--write`` the still's fixed things go into the camera file as its reference.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from pantau.camera_file import load_one_camera
from pantau.errors import ConfigError
from pantau.ground import GroundPlane, plane_of
from pantau.ground_file import line_spread_m, zone_spread_m
from pantau.ingest.folder import read_picture
from pantau.masks import Masks
from pantau.measure.aim import ENOUGH, features
from pantau.places import Camera, Ground
from pantau.replay import Models

Array = npt.NDArray[np.float64]

MOST_LINES = 60
"""Grid lines each way; a wide view gets a coarser grid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateOptions:
    """What the command line said."""

    camera: Path
    still: Path | None
    draw: Path | None
    write: bool
    json: bool
    models: Path | None


def run_calibrate(options: CalibrateOptions) -> None:
    """Say how right the calibration is; draw it and take a reference where that is asked.

    Raises:
        ConfigError: the camera has no calibration, the calibration does not hold, or the still can't be read.
        ModelError: the detector that finds what moves can't be had.
    """
    camera = load_one_camera(options.camera)
    if camera.ground is None:
        raise ConfigError(
            f"{options.camera}: camera {camera.id!r} has no [camera.ground]; add four or more points first"
        )
    plane = plane_of(camera.ground)
    if options.json:
        print(json.dumps(_facts(camera, camera.ground, plane)))
    else:
        _tell(camera, camera.ground, plane)
    if options.draw:
        options.draw.write_text("\n".join(drawing(camera, camera.ground, plane, options)) + "\n", "utf-8")
        Console(stderr=True).print(f"drawn into {options.draw}; look whether the grid lies on the road")
    if options.write:
        _write_reference(options, camera)


def _facts(camera: Camera, ground: Ground, plane: GroundPlane) -> dict[str, object]:
    """The same as the tables, for programs."""
    rows = zip(ground.points, plane.residual_px, plane.residual_m, plane.left_out_m, strict=True)
    return {
        "camera": camera.id,
        "overall_m": round(plane.overall_m, 3),
        "points": [
            {
                "name": point.name,
                "residual_px": round(float(px), 2),
                "residual_m": round(float(metres), 3),
                "left_out_m": round(float(left), 3) if np.isfinite(left) else None,
            }
            for point, px, metres, left in rows
        ],
        "lines": {line.id: _finite(line_spread_m(camera, line)) for line in camera.lines},
        "zones": {zone.id: [_finite(spread) for spread in zone_spread_m(camera, zone)] for zone in camera.zones},
        "limit_m": ground.limit_m,
    }


def _finite(metres: float) -> float | None:
    return round(metres, 3) if np.isfinite(metres) else None


def _tell(camera: Camera, ground: Ground, plane: GroundPlane) -> None:
    console = Console()
    table = Table("point", "off, px", "off, m", "left out, m", title=f"{camera.id}: calibration")
    for point, px, metres, left in zip(
        ground.points, plane.residual_px, plane.residual_m, plane.left_out_m, strict=True
    ):
        table.add_row(point.name, f"{px:.1f}", f"{metres:.2f}", f"{left:.2f}" if np.isfinite(left) else "-")
    console.print(table)
    if len(ground.points) == 4:
        console.print("Four points fit exactly whatever they are: nothing is checked. Add a fifth and a sixth.")
    else:
        console.print(f"overall: {plane.overall_m:.2f} m, each point against the others")
    for line in camera.lines:
        spread = line_spread_m(camera, line)
        said = "" if spread <= ground.limit_m else f"  over the limit of {ground.limit_m:g} m: no metres, no km/h here"
        console.print(f"line {line.id}: positions ± {spread:.2f} m{said}", style="yellow" if said else None)
    for zone in camera.zones:
        inside = [f"{spread:.2f}" for spread in zone_spread_m(camera, zone)]
        console.print(f"zone {zone.id}: positions at its corners ± {', '.join(inside)} m")


def drawing(camera: Camera, ground: Ground, plane: GroundPlane, options: CalibrateOptions) -> Iterator[str]:
    """The lines of the SVG."""
    width, height = ground.size
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="{width / 80:.0f}">'
    if options.still and options.draw:
        path = os.path.relpath(options.still.resolve(), options.draw.resolve().parent)
        yield f'<image href="{escape(path)}" width="{width}" height="{height}" preserveAspectRatio="none"/>'
    for points in grid(ground, plane):
        yield f'<polyline points="{_svg(points)}" fill="none" stroke="#00e5ff" stroke-opacity="0.7"/>'
    for line in camera.lines:
        ends = np.multiply([line.start, line.end], ground.size)
        yield f'<polyline points="{_svg(ends)}" stroke="#ffb000" stroke-width="2"/>'
        yield f'<text x="{ends[0, 0]:.1f}" y="{ends[0, 1]:.1f}" fill="#ffb000">{escape(line.name)}</text>'
    for zone in camera.zones:
        corners = np.multiply(zone.polygon, ground.size)
        yield f'<polygon points="{_svg(corners)}" fill="none" stroke="#ff7ab6" stroke-width="2"/>'
    put = plane.pixels(np.array([p.metres for p in ground.points]))
    for point, where, left in zip(ground.points, put.tolist(), plane.left_out_m.tolist(), strict=True):
        x, y = np.multiply(point.image, ground.size).tolist()
        said = point.name + (f" {left:.2f} m" if np.isfinite(left) else "")
        yield f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{where[0]:.1f}" y2="{where[1]:.1f}" stroke="#ff3b30" stroke-width="2"/>'
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{width / 240:.1f}" fill="none" stroke="#ff3b30" stroke-width="2"/>'
        yield f'<text x="{x + 6:.1f}" y="{y - 6:.1f}" fill="#ff3b30">{escape(said)}</text>'
    yield "</svg>"


def grid(ground: Ground, plane: GroundPlane) -> Iterator[Array]:
    """Lines of equal metres over the ground where the calibration can vouch for it, as pixels (N, 2)."""
    places = np.array([p.metres for p in ground.points])
    low, high = places.min(axis=0), places.max(axis=0)
    margin = 0.25 * (high - low).max()
    step = next(
        s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if (high - low + 2 * margin).max() / s < MOST_LINES
    )
    low, high = np.floor((low - margin) / step) * step, np.ceil((high + margin) / step) * step
    for axis in (0, 1):
        along = np.linspace(low[1 - axis], high[1 - axis], 80)
        for at in np.arange(low[axis], high[axis] + step / 2, step):
            metres = np.empty((len(along), 2))
            metres[:, axis], metres[:, 1 - axis] = at, along
            pixels = plane.pixels(metres)
            pixels = pixels[np.isfinite(pixels).all(axis=1)]
            pixels = pixels[plane.spread_m(pixels) <= ground.limit_m]
            if len(pixels) > 1:
                yield pixels


def _svg(points: Array) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points.tolist())


def _write_reference(options: CalibrateOptions, camera: Camera) -> None:
    image = read_picture(options.still) if options.still else None
    if image is None:
        raise ConfigError(f"--write takes the reference from a picture: expected --still with one, got {options.still}")
    image = Masks(camera.masks).apply(image)
    found = Models(options.models or Path("data/models")).detector(camera.detector).detect(image)
    seen = features(image, found.xyxy if found is not None else np.empty((0, 4), np.float32))
    if len(seen) < ENOUGH:
        raise ConfigError(
            f"{options.still}: too little to see that stands still ({len(seen)} corners); take a picture by day"
        )
    text = options.camera.read_text("utf-8")
    line = f'reference = "{seen.text()}"'
    written, times = re.subn(r"(?m)^reference = .*$", lambda _: line, text, count=1)
    if not times:
        written, times = re.subn(r"(?m)^\[camera\.ground\][^\n]*$", lambda m: f"{m[0]}\n{line}", text, count=1)
    if not times:
        raise ConfigError(
            f"{options.camera}: expected a line [camera.ground] to put the reference under; add it by hand: {line}"
        )
    options.camera.write_text(written, "utf-8")
    Console(stderr=True).print(f"wrote the reference into {options.camera}; now `pantau apply {options.camera}`")

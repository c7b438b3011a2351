"""Metres from pixels: the homography between a picture and the flat ground it shows, and how far it can be trusted.

Four or more pairs of a clicked pixel and a known place on the ground give the plane; with more than four, clicks are checked
against one another. The plane is found by normalised DLT (Hartley & Zisserman 2004, §4.4) on the four points that most others
agree with (RANSAC, Fischler & Bolles 1981, over all foursomes), then refined by Levenberg-Marquardt on the error *in the
picture*, each point weighed by the error of its click and of its place, with Huber's weights. What is left over is tested: points that contradict
the others are named and refused, never quietly left out.

Every click is wrong by a few pixels, and far away a pixel is metres. The covariance of the fit is carried to any other point
(`GroundPlane.spread_m`), so that metres which can't be known are refused and not guessed. Beyond the horizon there are none.

Limits: the ground is a plane and the lens has no distortion; a bridge, a kerb or a wide-angle lens shows up as
residuals. Rejected: a camera model with height and tilt (needs the lens, and gives nothing that the plane
does not), and least squares on the ground (a click on the far side would rule all others).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import cos, radians, sin, sqrt

import numpy as np
import numpy.typing as npt

from pantau.errors import ConfigError
from pantau.homography import FLAT, Pairs, apply, by_entry, homogeneous, jacobian
from pantau.places import Ground, Point

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class GroundPlane:
    """A fitted plane; made by `ground_from_image`.

    Args:
        matrix: (3, 3) from homogeneous pixels to homogeneous metres; the third value is positive on this side of the horizon.
        covariance: (9, 9) of the inverse of `matrix` (metres to pixels, of norm 1), row by row.
        residual_px, residual_m: (N,) how far each point lies from where the plane puts it.
        left_out_m: (N,) the same in metres if the plane had been made without it; not a number where that can't be.
    """

    matrix: Array
    covariance: Array
    residual_px: Array
    residual_m: Array
    left_out_m: Array

    @property
    def inverse(self) -> Array:
        """(3, 3) from homogeneous metres to homogeneous pixels, of norm 1."""
        inverse = np.linalg.inv(self.matrix)
        return np.asarray(inverse / np.linalg.norm(inverse))

    @property
    def overall_m(self) -> float:
        """Root mean square of what to expect of a point that was not clicked: left out where known, else the residual."""
        known = np.where(np.isfinite(self.left_out_m), self.left_out_m, self.residual_m)
        return float(np.sqrt(np.mean(known**2)))

    def metres(self, pixels: Array) -> Array:
        """(N, 2) metres of (N, 2) pixels; not a number on and beyond the horizon."""
        found = homogeneous(pixels) @ self.matrix.T
        near = found[:, 2] > 1e-9 * np.abs(found).max(axis=1, initial=1e-300)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(near[:, None], found[:, :2] / found[:, 2:], np.nan))

    def pixels(self, metres: Array) -> Array:
        """(N, 2) pixels of (N, 2) metres; not a number behind the camera."""
        found = homogeneous(metres) @ np.linalg.inv(self.matrix).T
        ahead = found[:, 2] > 0  # because `metres` is positive ahead, so is its inverse
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(ahead[:, None], found[:, :2] / found[:, 2:], np.nan))

    def scale(self, pixels: Array) -> Array:
        """(N, 2, 2) metres per pixel: how far the ground point moves with x and y of the picture."""
        return jacobian(self.matrix, pixels)

    def spread_m(self, pixels: Array, foot_px: float = 0.0) -> Array:
        """(N,) standard deviation of `metres` in the plane, from the clicks and from `foot_px` of error of the pixel itself."""
        pixels = np.asarray(pixels, np.float64)
        metres = self.metres(pixels)
        out = np.full(len(pixels), np.inf)
        near = np.isfinite(metres).all(axis=1)
        if near.any():
            scale = self.scale(pixels[near])
            change = by_entry(self.inverse, metres[near])
            noise = change @ self.covariance @ change.transpose(0, 2, 1) + foot_px**2 * np.eye(2)
            spread = scale @ noise @ scale.transpose(0, 2, 1)
            out[near] = np.sqrt(np.trace(spread, axis1=1, axis2=2))
        return out


def ground_from_image(
    pixels: Array | Sequence[Point],
    metres: Array | Sequence[Point],
    *,
    click_px: float = 3.0,
    place_m: float = 0.05,
    names: Sequence[str] = (),
) -> GroundPlane:
    """The ground plane through pairs of pixels (N, 2) and metres (N, 2), N ≥ 4.

    Args:
        pixels: where each point was clicked.
        metres: where it is on the ground, in any right-angled system.
        click_px: standard deviation of a click, pixels.
        place_m: standard deviation of a place, metres.
        names: what each point is called in messages; their numbers from 1 when empty.

    Raises:
        ConfigError: too few points, twice the same, all near one line, on both sides of a horizon, or contradicting one
            another; the message says which and what to do.
    """
    image, ground = np.asarray(pixels, np.float64), np.asarray(metres, np.float64)
    named = tuple(names) or tuple(f"point {n + 1}" for n in range(len(image)))
    _refuse_unusable(image, ground, named)
    pairs = Pairs(image, ground, click_px, place_m)
    start = pairs.agreed()
    if start is None:
        raise ConfigError(
            "the calibration points lie on, or nearly on, one line, so they hold no plane; expected four of which no three are "
            f"in line and each triangle is more than {FLAT * click_px:.0f} px high; add points to the side of the others"
        )
    fit = pairs.refine(start)
    if not pairs.ahead(fit):
        raise ConfigError(
            "the calibration points fit no ground seen from above: some lie on the other side of the horizon that the rest "
            "makes; two of them are probably exchanged; check their order"
        )
    if pairs.contradicts(fit):
        raise _contradiction(pairs, fit, named)
    inverse, covariance = pairs.in_pixels(fit)
    matrix: Array = np.linalg.inv(inverse).astype(np.float64)
    return GroundPlane(
        matrix=matrix,
        covariance=covariance,
        residual_px=np.linalg.norm(pairs.residual_px(fit), axis=1),
        residual_m=np.linalg.norm(apply(matrix, image) - ground, axis=1),
        left_out_m=np.array([pairs.left_out(row, fit) for row in range(len(image))]),
    )


@lru_cache(maxsize=256)
def plane_of(ground: Ground) -> GroundPlane:
    """The plane of a camera's calibration, in pixels of the picture it was clicked in (`ground.size`).

    Raises:
        ConfigError: as `ground_from_image`; also where points with longitude and latitude come out mirrored.
    """
    pixels = np.multiply([p.image for p in ground.points], ground.size)
    metres = np.array([p.metres for p in ground.points], np.float64).reshape(-1, 2)
    plane = ground_from_image(
        pixels, metres, click_px=ground.click_px, place_m=ground.place_m, names=[p.name for p in ground.points]
    )
    mirrored = np.linalg.det(plane.scale(pixels)).mean() > 0
    if ground.origin is not None and mirrored:
        raise ConfigError(
            "the calibration points come out mirrored, as if the ground were seen from below: "
            "longitude and latitude are probably exchanged, or two points are"
        )
    return plane


def to_plane(lonlat: Sequence[Point]) -> tuple[Point, tuple[Point, ...]]:
    """The mean (lon, lat) of some WGS 84 points and each one's metres (east, north) from there.

    A tangent plane with the ellipsoid's radii of curvature: wrong by less than 1 mm within 1 km.
    """
    lon0, lat0 = (float(v) for v in np.mean(np.asarray(lonlat, np.float64), axis=0))
    a, e2 = 6_378_137.0, 0.006_694_379_990_141
    w = sqrt(1 - e2 * sin(radians(lat0)) ** 2)
    east, north = radians(1) * a / w * cos(radians(lat0)), radians(1) * a * (1 - e2) / w**3
    return (lon0, lat0), tuple(((lon - lon0) * east, (lat - lat0) * north) for lon, lat in lonlat)


def _contradiction(pairs: Pairs, fit: Array, names: Sequence[str]) -> ConfigError:
    """What to say of points that contradict one another."""
    off = np.linalg.norm(pairs.residual_px(fit), axis=1)
    worst = pairs.blamed()
    told = ", ".join(f"{names[i]} is {off[i]:.0f} px off" for i in np.argsort(-off)[:3].tolist())
    if worst:
        said = " and ".join(names[i] for i in worst)
        return ConfigError(
            f"calibration: {said} contradict{'s' if len(worst) == 1 else ''} the other points ({told}); "
            "click it again or measure its place again, or take it out"
        )
    return ConfigError(
        f"calibration: the points contradict one another ({told}) and it can't be told which is wrong; "
        "check each, or add more points (six or more can tell)"
    )


def _refuse_unusable(image: Array, ground: Array, names: Sequence[str]) -> None:
    if image.shape != ground.shape or image.ndim != 2 or len(image) < 4:
        raise ConfigError(
            f"calibration: expected four or more pairs of a pixel and a place, got {len(image)} and {len(ground)}; "
            "click more points whose place on the ground is known"
        )
    if not (np.isfinite(image).all() and np.isfinite(ground).all()):
        raise ConfigError("calibration: expected numbers, got a point that is none")
    for i, j in combinations(range(len(image)), 2):
        same = [bool(np.abs(side[i] - side[j]).max() < 1e-9) for side in (image, ground)]
        if any(same):
            what = (
                "the same point twice"
                if all(same)
                else "two points in one pixel"
                if same[0]
                else "two pixels for one place"
            )
            raise ConfigError(f"calibration: {names[i]} and {names[j]} are {what}; take one out")

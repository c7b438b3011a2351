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
from math import comb, cos, radians, sin, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.errors import ConfigError
from pantau.types import Ground, Point

Array = npt.NDArray[np.float64]

FOURSOMES: Final = 1500
"""Foursomes of points tried at most; up to 15 points that is all of them."""
ROUNDS: Final = 60
FLAT: Final = 4.0
"""Clicks that a triangle of points must be high, in click errors, to hold the plane up."""
HUBER: Final = 2.0
CONTRADICTION: Final = 3.3
"""Normal deviates at which what is left over is no bad luck any more (1 in 1000)."""


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
        found = _homogeneous(pixels) @ self.matrix.T
        near = found[:, 2] > 1e-9 * np.abs(found).max(axis=1, initial=1e-300)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(near[:, None], found[:, :2] / found[:, 2:], np.nan))

    def pixels(self, metres: Array) -> Array:
        """(N, 2) pixels of (N, 2) metres; not a number behind the camera."""
        found = _homogeneous(metres) @ np.linalg.inv(self.matrix).T
        ahead = found[:, 2] > 0  # because `metres` is positive ahead, so is its inverse
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(ahead[:, None], found[:, :2] / found[:, 2:], np.nan))

    def scale(self, pixels: Array) -> Array:
        """(N, 2, 2) metres per pixel: how far the ground point moves with x and y of the picture."""
        return _jacobian(self.matrix, pixels)

    def spread_m(self, pixels: Array, foot_px: float = 0.0) -> Array:
        """(N,) standard deviation of `metres` in the plane, from the clicks and from `foot_px` of error of the pixel itself."""
        pixels = np.asarray(pixels, np.float64)
        metres = self.metres(pixels)
        out = np.full(len(pixels), np.inf)
        near = np.isfinite(metres).all(axis=1)
        if near.any():
            scale = self.scale(pixels[near])
            change = _by_entry(self.inverse, metres[near])
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
    problem = _Problem(image, ground, click_px, place_m)
    start = problem.agreed()
    if start is None:
        raise ConfigError(
            "the calibration points lie on, or nearly on, one line, so they hold no plane; expected four of which no three are "
            f"in line and each triangle is more than {FLAT * click_px:.0f} px high; add points to the side of the others"
        )
    fit = problem.refine(start)
    if not problem.ahead(fit):
        raise ConfigError(
            "the calibration points fit no ground seen from above: some lie on the other side of the horizon that the rest "
            "makes; two of them are probably exchanged; check their order"
        )
    problem.refuse_contradiction(fit, named)
    return problem.plane(fit)


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


class _Problem:
    """The pairs in normalised coordinates, and every question that is asked of them."""

    def __init__(self, image: Array, ground: Array, click_px: float, place_m: float) -> None:
        self.image, self.ground = image, ground
        self.click, self.place = click_px, place_m
        self.to_image, self.to_ground = _normaliser(image), _normaliser(ground)
        self.u, self.m = _apply(self.to_image, image), _apply(self.to_ground, ground)

    @property
    def spare(self) -> int:
        """Values that the plane is not needed for."""
        return 2 * len(self.u) - 8

    def without(self, row: int) -> _Problem:
        """The same without one pair."""
        keep = np.arange(len(self.u)) != row
        return _Problem(self.image[keep], self.ground[keep], self.click, self.place)

    def foursomes(self) -> npt.NDArray[np.int64]:
        """(K, 4) rows of points that hold a plane: no three of them in line."""
        n = len(self.u)
        picks = np.array(list(combinations(range(n), 4))) if comb(n, 4) <= FOURSOMES else _some_foursomes(n)
        in_picture, on_ground = _least_height(self.image[picks]), _least_height(self.ground[picks])
        extent = float(np.ptp(self.ground, axis=0).max())
        usable = (in_picture > FLAT * self.click) & (on_ground > max(2 * self.place, 0.01 * extent))
        return np.asarray(picks[usable])

    def agreed(self) -> Array | None:
        """The plane (normalised metres to pixels) of the foursome with which most points agree; None without a usable one."""
        picks = self.foursomes()
        if not len(picks):
            return None
        planes = _exact(self.m[picks], self.u[picks])
        cost = np.array([np.minimum(self.squares(plane), 3 * HUBER**2 * 3).sum() for plane in planes])
        return np.asarray(planes[int(cost.argmin())])

    def ahead(self, plane: Array) -> bool:
        """Whether all points are on one side of the horizon."""
        w = _homogeneous(self.m) @ plane[2]
        return bool((w > 0).all() or (w < 0).all())

    def whitened(self, plane: Array) -> tuple[Array, Array]:
        """(N, 2) residuals in standard deviations, and (N, 2, 2) what whitens a residual of the normalised picture."""
        scale = self.to_image[0, 0]
        slope = _jacobian(plane, self.m) * self.to_ground[0, 0]
        noise = (self.click * scale) ** 2 * np.eye(2) + self.place**2 * slope @ slope.transpose(0, 2, 1)
        white = np.linalg.inv(np.linalg.cholesky(noise))
        return np.einsum("nij,nj->ni", white, _apply(plane, self.m) - self.u), white

    def squares(self, plane: Array) -> Array:
        """(N,) squared residuals, in variances; infinite across the horizon."""
        w = _homogeneous(self.m) @ plane[2]
        if not np.isfinite(plane).all() or abs(w).min() < 1e-9:
            return np.full(len(self.u), np.inf)
        residuals, _ = self.whitened(plane)
        return np.where(w * np.sign(np.median(w)) > 0, (residuals**2).sum(axis=1), np.inf)

    def refine(self, plane: Array) -> Array:
        """Levenberg-Marquardt on the whitened error in the picture, with Huber's weights."""
        plane, damping = plane / np.linalg.norm(plane), 1e-3
        cost = _huber(self.squares(plane))
        for _ in range(ROUNDS):
            residuals, white = self.whitened(plane)
            length = np.linalg.norm(residuals, axis=1)
            weight = np.sqrt(np.minimum(1.0, HUBER / np.maximum(length, 1e-12)))
            slope = (weight[:, None, None] * (white @ _by_entry(plane, self.m))).reshape(-1, 9)
            right = (weight[:, None] * residuals).reshape(-1)
            normal = slope.T @ slope
            step = np.linalg.lstsq(normal + damping * np.diag(np.diag(normal) + 1e-12), -slope.T @ right, rcond=None)[0]
            tried = plane + step.reshape(3, 3)
            tried /= np.linalg.norm(tried)
            better = _huber(self.squares(tried))
            if better < cost:
                done = cost - better < 1e-10 * max(cost, 1e-12)
                plane, cost, damping = tried, better, damping / 5
                if done:
                    break
            else:
                damping *= 5
                if damping > 1e8:
                    break
        return np.asarray(plane)

    def refuse_contradiction(self, fit: Array, names: Sequence[str]) -> None:
        """Raise ConfigError when what is left over is more than clicks a few pixels off explain."""
        if self.spare <= 0 or _deviate(float(self.squares(fit).sum()), self.spare) < CONTRADICTION:
            return
        off = np.linalg.norm(self._residual_px(fit), axis=1)
        worst = self._blamed()
        told = ", ".join(f"{names[i]} is {off[i]:.0f} px off" for i in np.argsort(-off)[:3].tolist())
        if worst:
            said = " and ".join(names[i] for i in worst)
            raise ConfigError(
                f"calibration: {said} contradict{'s' if len(worst) == 1 else ''} the other points ({told}); "
                "click it again or measure its place again, or take it out"
            )
        raise ConfigError(
            f"calibration: the points contradict one another ({told}) and it can't be told which is wrong; "
            "check each, or add more points (six or more can tell)"
        )

    def _blamed(self) -> tuple[int, ...]:
        """The fewest points without which the rest agrees; empty when that is not one answer."""
        if self.spare < 4:
            return ()
        left: list[tuple[float, int]] = []
        for row in range(len(self.u)):
            rest = self.without(row)
            start = rest.agreed()
            if start is not None:
                fit = rest.refine(start)
                left.append((_deviate(float(rest.squares(fit).sum()), rest.spare), row))
        left.sort()
        if not left or left[0][0] >= CONTRADICTION:
            start = self.agreed()
            outside = np.flatnonzero(self.squares(start) > CONTRADICTION**2 * 2).tolist() if start is not None else []
            return tuple(outside) if 0 < len(outside) <= (len(self.u) - 4) // 2 else ()
        rivals = [row for deviate, row in left[1:] if deviate < CONTRADICTION]
        return (left[0][1], *rivals) if len(rivals) < 2 else ()

    def plane(self, fit: Array) -> GroundPlane:
        """The fit in pixels and metres, with its covariance and residuals."""
        residuals, white = self.whitened(fit)
        slope = (white @ _by_entry(fit, self.m)).reshape(-1, 9)
        variance = max(1.0, float((residuals**2).sum()) / self.spare) if self.spare > 0 else 1.0
        spread = np.linalg.pinv(slope.T @ slope, rcond=1e-10, hermitian=True) * variance
        # G = Tu⁻¹ · fit · Tm, row by row: vec(G) = (Tu⁻¹ ⊗ Tmᵀ) vec(fit)
        turn = np.kron(np.linalg.inv(self.to_image), self.to_ground.T)
        entries = turn @ fit.reshape(-1)
        size = float(np.linalg.norm(entries))
        inverse = (entries / size).reshape(3, 3)
        if np.median(_homogeneous(self.ground) @ inverse[2]) < 0:
            inverse, turn = -inverse, -turn
        matrix: Array = np.linalg.inv(inverse).astype(np.float64)
        residual_m = np.linalg.norm(_apply(matrix, self.image) - self.ground, axis=1)
        return GroundPlane(
            matrix=matrix,
            covariance=turn @ spread @ turn.T / size**2,
            residual_px=np.linalg.norm(self._residual_px(fit), axis=1),
            residual_m=residual_m,
            left_out_m=np.array([self._left_out(row, fit) for row in range(len(self.u))]),
        )

    def _residual_px(self, fit: Array) -> Array:
        return np.asarray((_apply(fit, self.m) - self.u) / self.to_image[0, 0])

    def _left_out(self, row: int, fit: Array) -> float:
        """Metres between a point and where the plane of the others puts its click; nan where that can't be said."""
        rest = self.without(row)
        if self.spare < 2 or not len(rest.foursomes()):
            return float("nan")
        start = rest.to_image @ np.linalg.inv(self.to_image) @ fit @ self.to_ground @ np.linalg.inv(rest.to_ground)
        without = np.linalg.inv(rest.to_image) @ rest.refine(start) @ rest.to_ground
        found = np.linalg.inv(without) @ np.array([*self.image[row], 1.0])
        return float(np.linalg.norm(found[:2] / found[2] - self.ground[row]))


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


def _normaliser(points: Array) -> Array:
    """(3, 3) that moves points to their middle and scales them to a mean distance of √2."""
    middle = points.mean(axis=0)
    scale = sqrt(2) / max(float(np.linalg.norm(points - middle, axis=1).mean()), 1e-12)
    return np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1.0]])


def _homogeneous(points: Array) -> Array:
    return np.column_stack([points, np.ones(len(points))])


def _apply(plane: Array, points: Array) -> Array:
    found = _homogeneous(points) @ plane.T
    return np.asarray(found[:, :2] / found[:, 2:])


def _jacobian(plane: Array, points: Array) -> Array:
    """(N, 2, 2) of `_apply` by the points."""
    found = _homogeneous(points) @ plane.T
    w = found[:, 2, None, None]
    return np.asarray((plane[None, :2, :2] - (found[:, :2] / found[:, 2:])[:, :, None] * plane[None, None, 2, :2]) / w)


def _by_entry(plane: Array, points: Array) -> Array:
    """(N, 2, 9) of `_apply` by the entries of `plane`, row by row."""
    rows = _homogeneous(points)
    found = rows @ plane.T
    w, nothing = found[:, 2:], np.zeros_like(rows)
    x, y = found[:, :1] / w, found[:, 1:2] / w
    first = np.concatenate([rows, nothing, -x * rows], axis=1) / w
    second = np.concatenate([nothing, rows, -y * rows], axis=1) / w
    return np.stack([first, second], axis=1)


def _exact(m: Array, u: Array) -> Array:
    """(K, 3, 3) planes that map K foursomes m (K, 4, 2) exactly to u (K, 4, 2); the origin, their middle, is ahead."""
    k = len(m)
    one, nothing = np.ones((k, 4, 1)), np.zeros((k, 4, 3))
    rows = np.concatenate([m, one], axis=2)
    first = np.concatenate([rows, nothing, -u[:, :, :1] * m], axis=2)
    second = np.concatenate([nothing, rows, -u[:, :, 1:] * m], axis=2)
    left = np.concatenate([first, second], axis=1)
    right = np.concatenate([u[:, :, 0], u[:, :, 1]], axis=1)[:, :, None]
    good = np.abs(np.linalg.det(left)) > 1e-12
    left[~good] = np.eye(8)
    found = np.linalg.solve(left, right)[:, :, 0]
    found[~good] = np.nan
    return np.concatenate([found, np.ones((k, 1))], axis=1).reshape(k, 3, 3)


def _least_height(four: Array) -> Array:
    """(K,) the least height among the four triangles of each foursome (K, 4, 2)."""
    heights = []
    for triangle in combinations(range(4), 3):
        a, b, c = (four[:, i] for i in triangle)
        area = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
        side = np.max([np.linalg.norm(p - q, axis=1) for p, q in ((a, b), (b, c), (c, a))], axis=0)
        heights.append(area / np.maximum(side, 1e-12))
    return np.asarray(np.min(heights, axis=0))


def _some_foursomes(n: int) -> npt.NDArray[np.int64]:
    """`FOURSOMES` foursomes of n points, always the same ones."""
    random = np.random.default_rng(n)
    return random.random((FOURSOMES, n)).argpartition(4, axis=1)[:, :4].astype(np.int64)


def _huber(squares: Array) -> float:
    length = np.sqrt(squares)
    return float(np.where(length <= HUBER, squares, 2 * HUBER * length - HUBER**2).sum())


def _deviate(chi2: float, freedom: int) -> float:
    """The normal deviate of a chi-squared value (Wilson & Hilferty 1931)."""
    return float(((chi2 / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / sqrt(2 / (9 * freedom)))

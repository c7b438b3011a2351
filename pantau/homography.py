"""The fit behind `pantau.ground`: a homography from pairs of points whose errors are known, and the question which pair is wrong.

Normalised DLT (Hartley & Zisserman 2004, §4.4) on the foursome that most others agree with (Fischler & Bolles 1981), then
Levenberg-Marquardt on the error in the picture, each pair whitened by the error of its click and of its place, with Huber's
weights. Everything is computed in normalised coordinates and given in pixels and metres.

Rejected: minimising the error on the ground (a click far away is metres and would rule all others).
"""

from __future__ import annotations

from itertools import combinations
from math import comb, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FOURSOMES: Final = 1500
"""Foursomes of points tried at most; up to 15 points that is all of them."""
ROUNDS: Final = 60
FLAT: Final = 4.0
"""Clicks that a triangle of points must be high, in click errors, to hold the plane up."""
HUBER: Final = 2.0
CONTRADICTION: Final = 3.3
"""Normal deviates at which what is left over is no bad luck any more (1 in 1000)."""


class Pairs:
    """The pairs in normalised coordinates, and every question that is asked of them."""

    def __init__(self, image: Array, ground: Array, click_px: float, place_m: float) -> None:
        self.image, self.ground = image, ground
        self.click, self.place = click_px, place_m
        self.to_image, self.to_ground = _normaliser(image), _normaliser(ground)
        self.u, self.m = apply(self.to_image, image), apply(self.to_ground, ground)

    @property
    def spare(self) -> int:
        """Values that the plane is not needed for."""
        return 2 * len(self.u) - 8

    def without(self, row: int) -> Pairs:
        """The same without one pair."""
        keep = np.arange(len(self.u)) != row
        return Pairs(self.image[keep], self.ground[keep], self.click, self.place)

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
        w = homogeneous(self.m) @ plane[2]
        return bool((w > 0).all() or (w < 0).all())

    def whitened(self, plane: Array) -> tuple[Array, Array]:
        """(N, 2) residuals in standard deviations, and (N, 2, 2) what whitens a residual of the normalised picture."""
        scale = self.to_image[0, 0]
        slope = jacobian(plane, self.m) * self.to_ground[0, 0]
        noise = (self.click * scale) ** 2 * np.eye(2) + self.place**2 * slope @ slope.transpose(0, 2, 1)
        white = np.linalg.inv(np.linalg.cholesky(noise))
        return np.einsum("nij,nj->ni", white, apply(plane, self.m) - self.u), white

    def squares(self, plane: Array) -> Array:
        """(N,) squared residuals, in variances; infinite across the horizon."""
        w = homogeneous(self.m) @ plane[2]
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
            slope = (weight[:, None, None] * (white @ by_entry(plane, self.m))).reshape(-1, 9)
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

    def contradicts(self, fit: Array) -> bool:
        """Whether what is left over is more than clicks a few pixels off explain."""
        return self.spare > 0 and _deviate(float(self.squares(fit).sum()), self.spare) >= CONTRADICTION

    def blamed(self) -> tuple[int, ...]:
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

    def in_pixels(self, fit: Array) -> tuple[Array, Array]:
        """The plane (metres to pixels, of norm 1, positive ahead), and the covariance (9, 9) of its entries, row by row."""
        residuals, white = self.whitened(fit)
        slope = (white @ by_entry(fit, self.m)).reshape(-1, 9)
        variance = max(1.0, float((residuals**2).sum()) / self.spare) if self.spare > 0 else 1.0
        spread = np.linalg.pinv(slope.T @ slope, rcond=1e-10, hermitian=True) * variance
        # G = Tu⁻¹ · fit · Tm, row by row: vec(G) = (Tu⁻¹ ⊗ Tmᵀ) vec(fit)
        turn = np.kron(np.linalg.inv(self.to_image), self.to_ground.T)
        entries = turn @ fit.reshape(-1)
        size = float(np.linalg.norm(entries))
        plane = (entries / size).reshape(3, 3)
        if np.median(homogeneous(self.ground) @ plane[2]) < 0:
            plane = -plane
        return plane, turn @ spread @ turn.T / size**2

    def residual_px(self, fit: Array) -> Array:
        """(N, 2) pixels from each click to where the plane puts its place."""
        return np.asarray((apply(fit, self.m) - self.u) / self.to_image[0, 0])

    def left_out(self, row: int, fit: Array) -> float:
        """Metres between a point and where the plane of the others puts its click; nan where that can't be said."""
        rest = self.without(row)
        if self.spare < 2 or not len(rest.foursomes()):
            return float("nan")
        start = rest.to_image @ np.linalg.inv(self.to_image) @ fit @ self.to_ground @ np.linalg.inv(rest.to_ground)
        without = np.linalg.inv(rest.to_image) @ rest.refine(start) @ rest.to_ground
        found = np.linalg.inv(without) @ np.array([*self.image[row], 1.0])
        return float(np.linalg.norm(found[:2] / found[2] - self.ground[row]))


def _normaliser(points: Array) -> Array:
    """(3, 3) that moves points to their middle and scales them to a mean distance of √2."""
    middle = points.mean(axis=0)
    scale = sqrt(2) / max(float(np.linalg.norm(points - middle, axis=1).mean()), 1e-12)
    return np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1.0]])


def homogeneous(points: Array) -> Array:
    """(N, 3) points with a third coordinate 1."""
    return np.column_stack([points, np.ones(len(points))])


def apply(plane: Array, points: Array) -> Array:
    """(N, 2) where `plane` puts points (N, 2)."""
    found = homogeneous(points) @ plane.T
    return np.asarray(found[:, :2] / found[:, 2:])


def jacobian(plane: Array, points: Array) -> Array:
    """(N, 2, 2) derivatives of `apply` by the points."""
    found = homogeneous(points) @ plane.T
    w = found[:, 2, None, None]
    return np.asarray((plane[None, :2, :2] - (found[:, :2] / found[:, 2:])[:, :, None] * plane[None, None, 2, :2]) / w)


def by_entry(plane: Array, points: Array) -> Array:
    """(N, 2, 9) derivatives of `apply` by the entries of `plane`, row by row."""
    rows = homogeneous(points)
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

"""Where tracked boxes will be: one constant-velocity Kalman filter for all tracks at once.

A box is four numbers that move independently: centre x, centre y, ln width, ln height (a thing that comes nearer grows by
a ratio, not by pixels). With white-noise acceleration (Bar-Shalom, Li & Kirubarajan 2001, §6.2.2) each number has a 2-by-2
covariance, so that N tracks are five (N, 4) arrays and one step is a handful of array operations; no matrix is inverted.

    x' = x + v·dt      P11' = P11 + 2·dt·P12 + dt²·P22 + q·dt³/3
                       P12' = P12 + dt·P22 + q·dt²/2            P22' = P22 + q·dt

Noise is in units of the box: a position is measured to `position` · √(w·h), and acceleration is in box sizes per s². Time
is real seconds, so any cadence, and a gap of any length, is one step. After a gap the covariance has grown so that the
velocity is taken from the two sightings either side of it, which is what OC-SORT's observation-centric re-update (Cao
et al. 2023) approximates with a virtual path.

Detectors err alike from sample to sample: on fixed and moving cameras alike, the error of a box's centre has about half of its
variance in a part that fades over about a second (`python -m bench.detectors`, `memory`). Ten samples a second therefore tell hardly more than five,
and a filter that takes them for independent becomes too sure of itself. So a sample's variance is multiplied by
1 + `memory_s` ÷ dt when it corrects a track, as for the effective number of correlated samples (Bartlett 1946). A box that
is *compared* with a track keeps its own variance.

Rejected: the error as a state of its own (the picture can't tell it from the person's own swaying), the usual 8-by-8 filter per track (20 times slower in numpy), aspect ratio and area as state (a half-hidden box
moves both), pixels or frames as units (a setting would hold for one camera only).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

X, V, P11, P12, P22 = range(5)


@dataclass(frozen=True, slots=True)
class Noise:
    """How well boxes are measured and how freely they move, in box sizes √(w·h), natural logarithms and seconds.

    Args:
        position: standard deviation of a measured centre, box sizes.
        size: standard deviation of a measured ln width or ln height.
        growth: of the size, 1 per s^1.5.
        growth_prior: standard deviation of the rate of growth when a track begins, 1/s.
        memory_s: how long a detector's error lasts, as far as a track can average it out, seconds.
    """

    position: float = 0.10
    size: float = 0.2
    growth: float = 0.3
    growth_prior: float = 0.3
    memory_s: float = 0.3


class Motion:
    """The state of N boxes as a (5, N, 4) array: value, rate, and the three numbers of each covariance."""

    def __init__(self, noise: Noise) -> None:
        self.noise = noise
        self.state: Array = np.empty((5, 0, 4))
        self.agility: Array = np.empty(0)
        self._repeated = 1.0

    def __len__(self) -> int:
        return int(self.state.shape[1])

    def begin(self, boxes: Array, velocity: Array, spread: Array, agility: Array) -> None:
        """Append tracks.

        Args:
            boxes: (M, 4) centre x, centre y, ln w, ln h.
            velocity: (M, 2) expected velocity of the centre, px/s.
            spread: (M,) standard deviation of that velocity, px/s.
            agility: (M,) square root of the spectral density of the centre's acceleration, box sizes per s^1.5.
        """
        new = np.zeros((5, len(boxes), 4))
        new[X] = boxes
        new[V, :, :2] = velocity
        new[P11] = self.measured(boxes)
        new[P22, :, :2] = spread[:, None] ** 2
        new[P22, :, 2:] = self.noise.growth_prior**2
        self.state = np.concatenate([self.state, new], axis=1)
        self.agility = np.concatenate([self.agility, agility])

    def keep(self, rows: npt.NDArray[np.bool_]) -> None:
        """Forget the tracks that are not in `rows`."""
        self.state = self.state[:, rows]
        self.agility = self.agility[rows]

    def predict(self, dt: float) -> None:
        """Move every track `dt` seconds on."""
        x, v, p11, p12, p22 = self.state
        drive = np.empty_like(x)
        drive[:, :2] = (self.agility * box_size(x))[:, None] ** 2
        drive[:, 2:] = self.noise.growth**2
        x += v * dt
        p11 += dt * (2 * p12 + dt * p22) + drive * (dt**3 / 3)
        p12 += dt * p22 + drive * (dt**2 / 2)
        p22 += drive * dt
        self._repeated = 1 + self.noise.memory_s / dt

    def measured(self, boxes: Array) -> Array:
        """Variance (M, 4) of boxes as measured."""
        out = np.full(boxes.shape, self.noise.size**2)
        out[:, :2] = (self.noise.position * box_size(boxes)[:, None]) ** 2
        return out

    def update(self, rows: npt.NDArray[np.int64], boxes: Array, measured: Array) -> None:
        """Correct the tracks `rows` (M,) by their boxes (M, 4), measured with this variance (M, 4), after a `predict`."""
        now = self.state.take(rows, axis=1)
        x, v, p11, p12, p22 = now
        gain = 1 / (p11 + measured * self._repeated)
        residual = boxes - x
        k1, k2 = p11 * gain, p12 * gain
        x += k1 * residual
        v += k2 * residual
        p22 -= k2 * p12
        rest = 1 - k1
        p11 *= rest
        p12 *= rest
        self.state[:, rows] = now


def box_size(boxes: Array) -> Array:
    """√(w·h) in pixels (N,) of boxes (N, 4) given as centre and ln size."""
    return np.asarray(np.exp((boxes[:, 2] + boxes[:, 3]) / 2))


def to_centre(xyxy: npt.NDArray[np.floating]) -> Array:
    """(N, 4) centre x, centre y, ln w, ln h of xyxy boxes."""
    xyxy = xyxy.astype(np.float64)
    extent = xyxy[:, 2:] - xyxy[:, :2]
    return np.concatenate([(xyxy[:, :2] + xyxy[:, 2:]) / 2, np.log(extent)], axis=1)


def to_xyxy(boxes: Array) -> Array:
    """The inverse of `to_centre`."""
    half = np.exp(boxes[:, 2:]) / 2
    return np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)

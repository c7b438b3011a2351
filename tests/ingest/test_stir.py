"""The faint and small is found over several pictures; noise, a change of light and a leap in time are nobody."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pantau.ingest.gate import shrink
from pantau.ingest.stir import TRUST_S, Stir
from pantau.masks import Masks

SIZE = (360, 640)
FPS = 10
Luma = npt.NDArray[np.uint8]


def pictures(
    seconds: float, *, gain_at: float | None = None, walker: tuple[float, float, int] | None = None
) -> list[Luma]:
    """A textured place with noise; `gain_at` brighter by a fifth from then on; `walker` from, to (s) and by so many grey levels."""
    chance = np.random.default_rng(4)
    ground = np.kron(chance.integers(70, 150, (SIZE[0] // 8, SIZE[1] // 8)), np.ones((8, 8)))
    found = []
    for number in range(round(seconds * FPS)):
        t, image = number / FPS, ground.copy()
        if walker and walker[0] <= t < walker[1]:
            left = 200 + round(8 * (t - walker[0]))
            image[150:166, left : left + 8] += walker[2]
        image *= 1.2 if gain_at is not None and t >= gain_at else 1.0
        found.append(np.clip(image + chance.normal(0, 4, SIZE), 0, 255).astype(np.uint8))
    return found


def stirred(images: list[Luma], masks: Masks | None = None) -> list[float]:
    """When, after the first seconds, in which everything is taken to stir."""
    stir = Stir(masks or Masks(()))
    told = [(n / FPS, stir.look(image, n / FPS)) for n, image in enumerate(images)]
    assert all(moved for t, moved in told if t < TRUST_S)
    return [t for t, moved in told if moved and t >= TRUST_S]


def test_of_noise_alone_little_stirs() -> None:
    assert len(stirred(pictures(40))) < 0.1 * 34 * FPS


def test_a_thing_of_eight_by_sixteen_pixels_and_ten_levels_is_found_soon_and_as_long_as_it_walks() -> None:
    times = stirred(pictures(45, walker=(40, 44, 10)))
    there = [t for t in times if 40 <= t < 44]
    assert there[0] <= 40.5
    assert max(b - a for a, b in zip(there, [*there[1:], 44.0], strict=True)) < 1.0


def test_nothing_stirs_where_nobody_may_look() -> None:
    """A walker in the middle of the picture, once behind the mask and once beside it."""
    images = pictures(45, walker=(40, 44, 40))
    behind, beside = (((0.2, 0.3), (0.6, 0.3), (0.6, 0.6), (0.2, 0.6)),), (((0.7, 0.0), (1.0, 0.0), (1.0, 0.4)),)
    assert next(t for t in stirred(images, Masks(beside)) if 40 <= t < 44) <= 40.5
    assert len([t for t in stirred(images, Masks(behind)) if 40 <= t < 44]) < 8


def test_a_camera_that_opens_its_iris_is_nobody_for_long() -> None:
    times = stirred(pictures(45, gain_at=40))
    assert not [t for t in times if t > 42.5]


def test_another_size_and_a_leap_in_time_begin_anew() -> None:
    images, stir = pictures(30), Stir()
    for number, image in enumerate(images):
        stir.look(image, number / FPS)
    assert not stir.look(images[0], 30.0)
    assert stir.look(images[0][:180], 30.1)
    assert stir.look(images[0][:180], 90.0)


def test_another_size_that_is_as_large_when_shrunk_begins_anew_too() -> None:
    images, stir = pictures(30), Stir()
    for number, image in enumerate(images):
        stir.look(image, number / FPS)
    large = np.repeat(np.repeat(images[0], 2, axis=0), 2, axis=1)
    assert shrink(large).shape == shrink(images[0]).shape
    assert stir.look(large, 30.0)
    assert stir.look(large, 30.1), "it knows nothing yet"

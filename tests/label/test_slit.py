"""A slit-scan shows who passes at the right time and place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.errors import DataError
from pantau.label.slit import MARGIN, Change, Slit, columns_for, moments
from pantau.label.strip import TILE, Strip
from pantau.places import Line
from pantau.types import Image

SIZE = (200, 140)
UPRIGHT = Line(id="k.A", camera="k", name="A", start=(0.5, 20 / 140), end=(0.5, 120 / 140))
LEVEL = Line(id="k.B", camera="k", name="B", start=(0.9, 0.5), end=(0.1, 0.5))


def scene(x: int, y: int, side: int = 10) -> Image:
    """Black, with a white square whose upper left corner is at (x, y)."""
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    image[max(y, 0) : max(y + side, 0), max(x, 0) : max(x + side, 0)] = 255
    return image


def test_a_box_that_passes_is_at_its_moment_and_place() -> None:
    slit = Slit(UPRIGHT, SIZE, 2)
    top, bottom = slit.span
    assert (top, bottom) == (-MARGIN, 1 + MARGIN)
    scan = np.concatenate([slit.read(scene(4 * n, 60)) for n in range(50)], axis=1)
    lit = scan[:, :, 1] > 127
    samples = np.flatnonzero(lit.any(axis=0).reshape(50, 2).all(axis=1))
    # The square covers the whole slit (x = 99 … 101) while 4 n <= 99 and 4 n + 10 >= 101.
    assert samples.tolist() == [23, 24]
    rows = np.flatnonzero(lit[:, 2 * 23])
    along = top + (rows + 0.5) / slit.rows * (bottom - top)
    assert along.min() == pytest.approx((60 - 20) / 100, abs=1 / slit.rows)
    assert along.max() == pytest.approx((70 - 20) / 100, abs=1.5 / slit.rows)


def test_the_upper_or_left_end_is_on_top_and_the_forward_side_on_the_left() -> None:
    slit = Slit(LEVEL, SIZE, 4)  # drawn from right to left: its right side is above it
    assert slit.span == (1 + MARGIN, -MARGIN)
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    image[:70, :100] = 255  # above the line, at its end
    sample = slit.read(image)[:, :, 0]
    half = slit.rows // 2
    assert (sample[5 : half - 3, :2] == 255).all()
    assert (sample[:, 2:] == 0).all()
    assert (sample[half + 3 :] == 0).all()


def test_a_slit_beyond_the_picture_is_black_there() -> None:
    slit = Slit(Line(id="k.C", camera="k", name="C", start=(0.0, 0.0), end=(0.0, 1.0)), SIZE, 6)
    sample = slit.read(np.full((SIZE[1], SIZE[0], 3), 200, np.uint8))
    assert (sample[: int(slit.rows * MARGIN / (1 + 2 * MARGIN)) - 1] == 0).all()
    assert sample.max() == 200


def test_a_clip_that_changes_its_size_is_refused() -> None:
    with pytest.raises(DataError, match="200x140, got 100x140"):
        Slit(UPRIGHT, SIZE, 2).read(np.zeros((140, 100, 3), np.uint8))


@given(st.floats(0.1, 60))
def test_columns_keep_the_pace(fps: float) -> None:
    assert 1 <= columns_for(fps) <= 12
    if 5 <= fps <= 25:
        assert 35 <= columns_for(fps) * fps <= 65


def test_moments_are_where_somebody_passes_and_nowhere_else() -> None:
    fps = 10.0
    slit = Slit(UPRIGHT, SIZE, 5)
    change = Change(slit, fps)
    rng = np.random.default_rng(0)
    levels = []
    for n in range(300):  # one passes at 8 s, two at 20.0 and 20.8 s
        image = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
        for at in (80, 200, 208):
            if abs(n - at) <= 2:
                image[50:80, 95:105] = 220
        noise = rng.integers(-3, 4, image.shape)
        levels.append(change.step(slit.read((image + noise).astype(np.uint8)))[0])
    t_s = np.arange(300) / fps
    found = t_s[moments(levels, t_s)]
    assert len(found) == 3
    assert np.abs(found - [8.0, 20.0, 20.8]).max() <= 0.35


def test_what_stays_on_the_line_is_forgotten() -> None:
    slit = Slit(UPRIGHT, SIZE, 5)
    change = Change(slit, 10.0)
    steps = [change.step(slit.read(scene(95, 60, 30) if n >= 10 else scene(300, 60))) for n in range(300)]
    levels = [level for level, _ in steps]
    assert steps[10][1] == pytest.approx((75 - 20) / 100, abs=0.1)
    assert max(levels[:10]) == 0
    assert levels[10] > 100
    assert levels[-1] == 0


def test_a_strip_holds_every_sample_once() -> None:
    seen: list[Image] = []

    def encode(image: Image) -> bytes:
        seen.append(image.copy())
        return bytes([len(seen)])

    strip = Strip(Slit(UPRIGHT, SIZE, 2), 10.0, encode)
    assert strip.tile(0) == b""
    for n in range(TILE + 3):
        strip.append(scene(4 * n, 60))
    assert (strip.tile(0), strip.tile(1), strip.tile(2)) == (b"\x01", b"\x02", b"")
    whole, part = seen
    assert (whole[:, 46:50, 1] > 127).any(axis=0).all()
    assert not part[:, 6:].any()


def test_no_samples_have_no_moments() -> None:
    assert moments([], np.empty(0)).size == 0

"""The demo's staged quarter of an hour: each thing is there when it should be, and only then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pantau.commands.teach import taken
from pantau.demo.smoke import BEGIN_S, DAYS, END_S, PER_DAY, sort_stills, thickness, veil
from pantau.demo.staged import CLOTH_S, DROPPED_AT, HIGHEST_CM, LITTER_S, POST, WATER_S, level_cm, staged
from pantau.types import Image


@pytest.fixture(scope="module")
def plaza() -> Image:
    return np.random.default_rng(0).integers(60, 160, (576, 768, 3), np.uint8)


@pytest.fixture(scope="module")
def litter() -> tuple[Image, np.ndarray[tuple[int, int], np.dtype[np.float32]]]:
    return np.full((16, 46, 3), 250, np.uint8), np.ones((16, 46), np.float32)


def test_the_water_rises_stays_and_falls() -> None:
    assert [level_cm(t) for t in (0, WATER_S[0], WATER_S[1], WATER_S[2], WATER_S[3], 800)] == [0, 0, HIGHEST_CM, HIGHEST_CM, 0, 0]  # fmt: skip


def test_each_thing_has_its_time(
    plaza: Image, litter: tuple[Image, np.ndarray[tuple[int, int], np.dtype[np.float32]]]
) -> None:
    left, top = DROPPED_AT
    assert (staged(plaza, 100.0, litter) == plaza).all()
    lying = staged(plaza, LITTER_S[0], litter)
    assert (lying[top : top + 16, left : left + 46] == 250).all()
    assert (lying[300:] == plaza[300:]).all()
    flooded = staged(plaza, WATER_S[1], litter)
    assert (flooded[POST[1] :, POST[0]] != plaza[POST[1] :, POST[0]]).any(axis=1).mean() > 0.9
    assert (flooded[:150] == plaza[:150]).all()
    covered = staged(plaza, CLOTH_S[0], litter)
    assert covered.mean() < 90
    assert (staged(plaza, CLOTH_S[1], litter) == plaza).all()


def test_smoke_comes_and_goes_before_the_building_and_hides_nothing_else(plaza: Image) -> None:
    assert [thickness(t) for t in (0, BEGIN_S, BEGIN_S + 60, END_S, 600)] == [0, 0, 1, 0, 0]
    assert (veil(plaza, 150.0, 0.0) == plaza).all()
    changed = np.abs(veil(plaza, 150.0, 1.0).astype(int) - plaza) > 3
    assert changed[40:180, 500:620].any(axis=2).mean() > 0.8
    assert not changed[300:].any()
    assert not changed[:, :250].any()
    assert (veil(plaza, 150.0, 1.0) != veil(plaza, 160.0, 1.0)).any()  # it drifts


def test_stills_to_teach_from_are_sorted_dated_in_no_real_year_and_whole(plaza: Image, tmp_path: Path) -> None:
    sort_stills([plaza], tmp_path / "contoh")
    normal, smoky = (sorted((tmp_path / "contoh" / kind).iterdir()) for kind in ("normal", "asap"))
    assert len(normal) == len(smoky) == DAYS * PER_DAY
    assert {taken(path).year for path in (*normal, *smoky)} == {2000}
    assert len({taken(path).date() for path in normal}) == DAYS
    assert not list(tmp_path.glob("*.part"))
